//! Queries against a server that answers with JSON.

use async_trait::async_trait;
use jiff::SignedDuration;

use super::target::Target;
use super::{Config, ListPath, Stamp, wire};
use crate::account::ConnectError;
use crate::collect::{self, Collected};
use crate::http::{Body, HttpStore, JSON, Reply, Request, Settings};
use crate::{Answer, MetricSource, QueryError, RangeQuery};

/// A connected account.
#[derive(Debug)]
pub(crate) struct Web {
    http: HttpStore,
    times: ListPath,
    values: ListPath,
    stamp: Stamp,
    check: Target,
    max_bytes: usize,
}

impl Web {
    pub(crate) fn connect(config: &Config) -> Result<Self, ConnectError> {
        let check = Target::parse(&config.check_path)
            .map_err(|error| ConnectError::Settings(format!("`checkPath`: {error}")))?;
        let http = HttpStore::connect(&Settings {
            url: &config.url,
            auth: &config.auth,
            headers: &config.headers,
            tls: &config.tls,
            limits: &config.limits,
        })?;
        Ok(Self {
            http,
            times: config.times.clone(),
            values: config.values.clone(),
            stamp: config.stamp,
            check,
            max_bytes: config.limits.max_response_bytes.get(),
        })
    }

    async fn get(&self, target: &Target) -> Result<Reply, QueryError> {
        let pairs: Vec<_> = target
            .pairs
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let request = Request {
            path: &target.path,
            query: &pairs,
            accept: JSON,
            body: Body::None,
        };
        self.http.send(&request, self.max_bytes).await
    }
}

#[async_trait]
impl MetricSource for Web {
    async fn query(&self, query: &RangeQuery) -> Result<Answer, QueryError> {
        let target = Target::of(query, self.stamp)?;
        let reply = self.get(&target).await?;
        let stamp = match self.stamp {
            Stamp::End => collect::Stamp::End,
            Stamp::Start => collect::Stamp::Start(query.step),
        };
        let mut collected = Collected::new(query);
        wire::read(&reply, &self.times, &self.values, stamp, &mut collected)?;
        collected.finish(query.step)
    }

    async fn check(&self) -> Result<(), QueryError> {
        let reply = self.get(&self.check).await?;
        if reply.status.is_success() {
            Ok(())
        } else {
            Err(reply.failure(&reply.said()))
        }
    }

    fn clock_offset(&self) -> Option<SignedDuration> {
        self.http.clock_offset()
    }
}
