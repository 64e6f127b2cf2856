//! Queries against Datadog.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use super::{Config, Version, request, v1, v2};
use crate::account::ConnectError;
use crate::collect::Collected;
use crate::http::{Auth, Body, HeaderText, HttpStore, JSON, Reply, Request, Settings};
use crate::{Answer, Labels, MetricSource, QueryError, RangeQuery, Step, Window};

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
                let request = Request {
                    path: "api/v2/query/timeseries",
                    query: &[],
                    accept: JSON,
                    body: Body::Json(&body),
                };
                self.http.send(&request, self.max_bytes).await?
            }
        };
        if reply.status.is_success() {
            Ok(reply)
        } else {
            Err(failure(&reply))
        }
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
