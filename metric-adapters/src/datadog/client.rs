//! Queries against Datadog.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{Config, Version, request, v1, v2};
use crate::account::ConnectError;
use crate::collect::Collected;
use crate::http::{Auth, Body, HeaderText, HttpStore, JSON, Reply, Request, Settings};
use crate::{Answer, Batch, Labels, MetricSource, QueryError, RangeQuery, Step, Window};

/// A connected account.
#[derive(Debug)]
pub(crate) struct Datadog {
    http: HttpStore,
    api: Version,
    max_bytes: usize,
}

impl Datadog {
    pub(crate) fn connect(config: &Config) -> Result<Self, ConnectError> {
        let settings = |detail: &str| ConnectError::Settings(detail.to_owned());
        let url = config.address()?;
        let mut headers = config.headers.clone();
        for (name, key) in [
            ("DD-API-KEY", &config.api_key),
            ("DD-APPLICATION-KEY", &config.application_key),
        ] {
            if headers
                .keys()
                .any(|header| header.eq_ignore_ascii_case(name))
            {
                return Err(settings(
                    "the keys are given by `apiKey` and `applicationKey`",
                ));
            }
            headers.insert(name.to_owned(), HeaderText::Secret(key.clone()));
        }
        let http = HttpStore::connect(&Settings {
            url: &url,
            auth: &Auth::None,
            headers: &headers,
            tls: &config.tls,
            limits: &config.limits,
        })?;
        Ok(Self {
            http,
            api: config.api,
            max_bytes: config.limits.max_response_bytes.get(),
        })
    }

    /// Asks for the buckets of a window. Datadog's begin at multiples of their length since 1970.
    async fn ask(&self, text: &str, window: Window, step: Step) -> Result<Reply, QueryError> {
        let (from, to) = (window.covered_from_ms(step), window.end_ms());
        let reply = match self.api {
            Version::V1 => {
                let from = from.div_euclid(1000).to_string();
                let to = to.div_euclid(1000).to_string();
                let request = Request {
                    path: "api/v1/query",
                    query: &[("from", &from), ("to", &to), ("query", text)],
                    accept: JSON,
                    body: Body::None,
                };
                self.http.send(&request, self.max_bytes).await?
            }
            Version::V2 => {
                let body = request::body(text, (from, to), step.as_millis())?;
                self.timeseries(&body).await?
            }
        };
        successful(reply)
    }

    /// Sends a body to version 2.
    async fn timeseries(&self, body: &Value) -> Result<Reply, QueryError> {
        let request = Request {
            path: "api/v2/query/timeseries",
            query: &[],
            accept: JSON,
            body: Body::Json(body),
        };
        self.http.send(&request, self.max_bytes).await
    }

    fn read(
        &self,
        reply: &Reply,
        step: Step,
        collected: &mut Collected,
    ) -> Result<Step, QueryError> {
        match self.api {
            Version::V1 => Ok(v1::read(reply, collected)?.unwrap_or(step)),
            Version::V2 => v2::read(reply, step, collected),
        }
    }
}

#[async_trait]
impl MetricSource for Datadog {
    async fn query(&self, query: &RangeQuery) -> Result<Answer, QueryError> {
        let text = request::text(query)?;
        let reply = self.ask(&text, query.window, query.step).await?;
        let mut collected = Collected::new(query);
        let step = self.read(&reply, query.step, &mut collected)?;
        collected.finish(step)
    }

    /// In version 2 ten; nothing is said of a limit. How version 1 tells several queries apart in one text is not
    /// documented.
    fn questions_per_request(&self) -> NonZeroUsize {
        const TEN: NonZeroUsize = NonZeroUsize::new(10).expect("10 is not zero");
        match self.api {
            Version::V1 => NonZeroUsize::MIN,
            Version::V2 => TEN,
        }
    }

    /// Questions written as JSON are left to be asked alone: their names of queries may be the same.
    async fn query_together(&self, batch: &Batch) -> Result<Vec<Option<Answer>>, QueryError> {
        let mut answers = vec![None; batch.texts.len()];
        let queries: Vec<_> = batch.queries().enumerate().collect();
        let queries = queries.iter();
        let plain: Vec<_> = queries
            .filter(|(_, query)| !request::is_json(&query.text))
            .collect();
        if self.api == Version::V1 || plain.len() < 2 {
            return Ok(answers);
        }
        let texts = plain.iter().map(|(_, query)| request::text(query));
        let texts: Vec<_> = texts.collect::<Result<_, _>>()?;
        let texts: Vec<_> = texts.iter().map(String::as_str).collect();
        let span = (
            batch.window.covered_from_ms(batch.step),
            batch.window.end_ms(),
        );
        let body = request::body_of_each(&texts, span, batch.step.as_millis());
        let reply = successful(self.timeseries(&body).await?)?;
        let mut collected: Vec<_> = plain
            .iter()
            .map(|(_, query)| Collected::new(query))
            .collect();
        let steps = v2::read_together(&reply, batch.step, &mut collected)?;
        for ((place, _), (collected, step)) in plain.iter().zip(collected.into_iter().zip(steps)) {
            answers[*place] = step.and_then(|step| collected.finish(step).ok());
        }
        Ok(answers)
    }

    /// Asks for one minute of a metric that nobody has: that takes both keys.
    async fn check(&self) -> Result<(), QueryError> {
        let now = Timestamp::now();
        let minute = SignedDuration::from_mins(1);
        let invalid = |_| QueryError::Unavailable {
            detail: "this machine's clock is wrong".to_owned(),
        };
        let query = RangeQuery {
            text: "avg:serinus.check{*}".to_owned(),
            window: Window::new(now, now).map_err(invalid)?,
            step: Step::try_from(minute).unwrap_or(Step::MILLISECOND),
        };
        self.query(&query).await.map(|_| ())
    }

    fn clock_offset(&self) -> Option<SignedDuration> {
        self.http.clock_offset()
    }
}

/// Tags such as `pod:a`, and which of several queries or formulas the series is of.
pub(super) fn labels(query_index: u32, tags: &[String]) -> Labels {
    let mut labels = BTreeMap::from([("query".to_owned(), query_index.to_string())]);
    for tag in tags {
        let (name, value) = tag.split_once(':').unwrap_or((tag, ""));
        let label: &mut String = labels.entry(name.to_owned()).or_default();
        // A series may have several tags of one name.
        if !label.is_empty() {
            label.push(',');
        }
        label.push_str(value);
    }
    Labels(labels)
}

fn successful(reply: Reply) -> Result<Reply, QueryError> {
    if reply.status.is_success() {
        Ok(reply)
    } else {
        Err(failure(&reply))
    }
}

/// Datadog says in headers of its own how long to wait.
fn failure(reply: &Reply) -> QueryError {
    let mut error = reply.failure(&reply.said());
    if let QueryError::RateLimited { retry_after, .. } = &mut error
        && retry_after.is_none()
    {
        *retry_after = ["x-ratelimit-reset", "x-ratelimit-period"]
            .iter()
            .find_map(|name| reply.header(name)?.parse().ok())
            .map(Duration::from_secs);
    }
    error
}
