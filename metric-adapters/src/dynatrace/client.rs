//! Asking for the data points of a metric selector.

use async_trait::async_trait;
use jiff::SignedDuration;

use super::{Config, resolution, wire};
use crate::account::ConnectError;
use crate::collect::Collected;
use crate::http::{Auth, Body, HttpStore, JSON, Reply, Request, Settings};
use crate::{Answer, MetricSource, QueryError, RangeQuery};

/// A connected account.
#[derive(Debug)]
pub(crate) struct Dynatrace {
    http: HttpStore,
    max_bytes: usize,
}

impl Dynatrace {
    pub(crate) fn connect(config: &Config) -> Result<Self, ConnectError> {
        let auth = Auth::ApiToken {
            token: config.api_token.clone(),
        };
        let http = HttpStore::connect(&Settings {
            url: &config.url,
            auth: &auth,
            headers: &config.headers,
            tls: &config.tls,
            limits: &config.limits,
        })?;
        Ok(Self {
            http,
            max_bytes: config.limits.max_response_bytes.get(),
        })
    }

    async fn get(&self, path: &str, query: &[(&str, &str)]) -> Result<Reply, QueryError> {
        let request = Request {
            path,
            query,
            accept: JSON,
            body: Body::None,
        };
        self.http.send(&request, self.max_bytes).await
    }
}

#[async_trait]
impl MetricSource for Dynatrace {
    async fn query(&self, query: &RangeQuery) -> Result<Answer, QueryError> {
        let step = query.step;
        let resolution = resolution::of(step).ok_or_else(|| QueryError::InvalidQuery {
            detail: format!("Dynatrace's steps are whole minutes, not {step}"),
        })?;
        let from = query.window.covered_from_ms(step).to_string();
        let to = query.window.end_ms().to_string();
        let asked = [
            ("metricSelector", query.text.as_str()),
            ("resolution", &resolution),
            ("from", &from),
            ("to", &to),
        ];
        let reply = self.get("api/v2/metrics/query", &asked).await?;
        let mut collected = Collected::new(query);
        let own = wire::read(&reply, &mut collected)?;
        collected.finish(own)
    }

    /// Lists one metric, which takes the same right as a query.
    async fn check(&self) -> Result<(), QueryError> {
        let reply = self.get("api/v2/metrics", &[("pageSize", "1")]).await?;
        wire::verify(&reply)
    }

    fn clock_offset(&self) -> Option<SignedDuration> {
        self.http.clock_offset()
    }
}
