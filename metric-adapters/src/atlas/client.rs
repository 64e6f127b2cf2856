//! Queries against Atlas' graph API.

use async_trait::async_trait;
use jiff::SignedDuration;

use super::{Config, wire};
use crate::account::ConnectError;
use crate::collect::Collected;
use crate::http::{Body, HttpStore, JSON, Reply, Request, Settings};
use crate::{Answer, MetricSource, QueryError, RangeQuery};

/// A connected account.
#[derive(Debug)]
pub(crate) struct Atlas {
    http: HttpStore,
    max_bytes: usize,
}

impl Atlas {
    pub(crate) fn connect(config: &Config) -> Result<Self, ConnectError> {
        let http = HttpStore::connect(&Settings {
            url: &config.url,
            auth: &config.auth,
            headers: &config.headers,
            tls: &config.tls,
            limits: &config.limits,
        })?;
        Ok(Self {
            http,
            max_bytes: config.limits.max_response_bytes.get(),
        })
    }

    async fn graph(
        &self,
        expression: &str,
        (start, end): (&str, &str),
        step: &str,
    ) -> Result<Reply, QueryError> {
        let request = Request {
            path: "api/v1/graph",
            query: &[
                ("q", expression),
                ("s", start),
                ("e", end),
                ("step", step),
                ("format", "std.json"),
            ],
            accept: JSON,
            body: Body::None,
        };
        self.http.send(&request, self.max_bytes).await
    }
}

#[async_trait]
impl MetricSource for Atlas {
    async fn query(&self, query: &RangeQuery) -> Result<Answer, QueryError> {
        let step = query.step;
        if step.as_millis() % 1000 != 0 {
            return Err(QueryError::InvalidQuery {
                detail: format!("Atlas' steps are whole seconds, not {step}"),
            });
        }
        let start = query.window.covered_from_ms(step).to_string();
        let end = query.window.end_ms().to_string();
        let reply = self
            .graph(&query.text, (&start, &end), &step.to_string())
            .await?;
        let mut collected = Collected::new(query);
        let own = wire::read(&reply, &mut collected)?;
        collected.finish(own)
    }

    /// Draws a constant, which needs no data.
    async fn check(&self) -> Result<(), QueryError> {
        let reply = self.graph("42", ("e-3m", "now"), "60s").await?;
        wire::verify(&reply)
    }

    fn clock_offset(&self) -> Option<SignedDuration> {
        self.http.clock_offset()
    }
}
