//! Queries against Wavefront's chart API.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use super::{Config, wire};
use crate::account::ConnectError;
use crate::collect::Collected;
use crate::http::{Auth, Body, HttpStore, JSON, Request, Settings};
use crate::{Answer, MetricSource, QueryError, RangeQuery, Step, Window};

/// The distances points can have, in milliseconds, with their names.
const GRANULARITIES: [(i64, &str); 4] = [
    (24 * 3_600_000, "d"),
    (3_600_000, "h"),
    (60_000, "m"),
    (1000, "s"),
];

/// A connected account.
#[derive(Debug)]
pub(crate) struct Wavefront {
    http: HttpStore,
    max_bytes: usize,
}

impl Wavefront {
    pub(crate) fn connect(config: &Config) -> Result<Self, ConnectError> {
        let auth = Auth::Bearer {
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
}

/// The longest granularity of which the step is a multiple.
///
/// # Errors
/// When there is none, or the points would be finer than the step.
fn granularity(query: &RangeQuery) -> Result<&'static str, QueryError> {
    let step = query.step.as_millis();
    let fits = GRANULARITIES.iter().find(|(millis, _)| step % millis == 0);
    let detail = match fits {
        Some((millis, name)) if *millis == step || query.text.contains("align(") => {
            return Ok(name);
        }
        Some((_, name)) => format!(
            "Wavefront's points are 1{name} apart, not {}: wrap the query in align({0}, mean, ..)",
            query.step
        ),
        None => format!("Wavefront's steps are whole seconds, not {}", query.step),
    };
    Err(QueryError::InvalidQuery { detail })
}

#[async_trait]
impl MetricSource for Wavefront {
    async fn query(&self, query: &RangeQuery) -> Result<Answer, QueryError> {
        let granularity = granularity(query)?;
        let start = query.window.covered_from_ms(query.step).to_string();
        let end = query.window.end_ms().to_string();
        let request = Request {
            path: "api/v2/chart/api",
            query: &[
                ("q", &query.text),
                ("s", &start),
                ("e", &end),
                ("g", granularity),
                ("summarization", "MEAN"),
                ("strict", "true"),
                ("i", "false"),
                // A baseline that is gone has not been reporting recently.
                ("includeObsoleteMetrics", "true"),
            ],
            accept: JSON,
            body: Body::None,
        };
        let reply = self.http.send(&request, self.max_bytes).await?;
        let mut collected = Collected::new(query);
        wire::read(&reply, query.step, &mut collected)?;
        collected.finish(query.step)
    }

    /// Asks for a minute of a metric that nobody has.
    async fn check(&self) -> Result<(), QueryError> {
        let invalid = |_| QueryError::Unavailable {
            detail: "this machine's clock is wrong".to_owned(),
        };
        let now = Timestamp::now();
        let query = RangeQuery {
            text: "ts(\"serinus.check\")".to_owned(),
            window: Window::new(now, now).map_err(invalid)?,
            step: Step::try_from(SignedDuration::from_mins(1)).unwrap_or(Step::MILLISECOND),
        };
        self.query(&query).await.map(|_| ())
    }

    fn clock_offset(&self) -> Option<SignedDuration> {
        self.http.clock_offset()
    }
}
