//! Queries against Graphite's render API.

use async_trait::async_trait;
use jiff::SignedDuration;

use super::{Config, wire};
use crate::account::ConnectError;
use crate::collect::Collected;
use crate::http::{Body, HttpStore, JSON, Reply, Request, Settings};
use crate::{Answer, MetricSource, QueryError, RangeQuery};

/// A connected account.
#[derive(Debug)]
pub(crate) struct Graphite {
    http: HttpStore,
    max_bytes: usize,
}

impl Graphite {
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

    async fn render(&self, target: &str, from: &str, until: &str) -> Result<Reply, QueryError> {
        let form = [
            ("target", target),
            ("from", from),
            ("until", until),
            ("format", "json"),
        ];
        let request = Request {
            path: "render",
            query: &[],
            accept: JSON,
            body: Body::Form(&form),
        };
        self.http.send(&request, self.max_bytes).await
    }
}

#[async_trait]
impl MetricSource for Graphite {
    async fn query(&self, query: &RangeQuery) -> Result<Answer, QueryError> {
        let step = query.step;
        if step.as_millis() % 1000 != 0 {
            return Err(QueryError::InvalidQuery {
                detail: format!("Graphite's steps are whole seconds, not {step}"),
            });
        }
        // Times are whole seconds; what the server has before `from` and at `until` does not count.
        let from = query.window.covered_from_ms(step).div_euclid(1000) - 1;
        let until = query.window.end_ms().div_euclid(1000) - 1;
        let reply = self
            .render(&query.text, &from.to_string(), &until.to_string())
            .await?;
        let mut collected = Collected::new(query);
        let longest = wire::read(&reply, step, &mut collected)?;
        collected.finish(longest.unwrap_or(step))
    }

    /// Draws a constant, which needs no data.
    async fn check(&self) -> Result<(), QueryError> {
        let reply = self.render("constantLine(1)", "-1min", "now").await?;
        wire::verify(&reply)
    }

    fn clock_offset(&self) -> Option<SignedDuration> {
        self.http.clock_offset()
    }
}
