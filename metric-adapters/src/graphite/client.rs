//! Queries against Graphite's render API.

use std::num::NonZeroUsize;

use async_trait::async_trait;
use jiff::SignedDuration;

use super::{Config, marks, wire};
use crate::account::ConnectError;
use crate::collect::Collected;
use crate::http::{Body, HttpStore, JSON, Reply, Request, Settings};
use crate::{Answer, Batch, MetricSource, QueryError, RangeQuery, Step, Window};

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

    /// Asks for the points of a window.
    async fn ask(&self, targets: &[&str], window: Window, step: Step) -> Result<Reply, QueryError> {
        if step.as_millis() % 1000 != 0 {
            return Err(QueryError::InvalidQuery {
                detail: format!("Graphite's steps are whole seconds, not {step}"),
            });
        }
        // Times are whole seconds; what the server has before `from` and at `until` does not count.
        let from = window.covered_from_ms(step).div_euclid(1000) - 1;
        let until = window.end_ms().div_euclid(1000) - 1;
        self.render(targets, &from.to_string(), &until.to_string())
            .await
    }

    async fn render(&self, targets: &[&str], from: &str, until: &str) -> Result<Reply, QueryError> {
        let mut form: Vec<_> = targets.iter().map(|target| ("target", *target)).collect();
        form.extend([("from", from), ("until", until), ("format", "json")]);
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
        let reply = self.ask(&[&query.text], query.window, query.step).await?;
        let mut collected = Collected::new(query);
        let longest = wire::read(&reply, query.step, &mut collected)?;
        collected.finish(longest.unwrap_or(query.step))
    }

    /// Four: the server evaluates the targets of a request one after the other.
    fn questions_per_request(&self) -> NonZeroUsize {
        const FOUR: NonZeroUsize = NonZeroUsize::new(4).expect("4 is not zero");
        FOUR
    }

    async fn query_together(&self, batch: &Batch) -> Result<Vec<Option<Answer>>, QueryError> {
        let targets: Vec<_> = batch.texts.iter().enumerate().map(marks::marked).collect();
        let targets: Vec<_> = targets.iter().map(String::as_str).collect();
        let reply = self.ask(&targets, batch.window, batch.step).await?;
        let mut collected: Vec<_> = batch
            .queries()
            .map(|query| Collected::new(&query))
            .collect();
        let longest = wire::read_together(&reply, batch.step, &mut collected)?;
        let answers = collected.into_iter().zip(longest);
        // Nothing is also what the server makes of a target it cannot parse.
        let answers = answers.map(|(collected, longest)| collected.finish(longest?).ok());
        Ok(answers.collect())
    }

    /// Draws a constant, which needs no data.
    async fn check(&self) -> Result<(), QueryError> {
        let reply = self.render(&["constantLine(1)"], "-1min", "now").await?;
        wire::verify(&reply)
    }

    fn clock_offset(&self) -> Option<SignedDuration> {
        self.http.clock_offset()
    }
}
