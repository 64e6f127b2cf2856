//! Range queries against Loki.

use async_trait::async_trait;
use jiff::SignedDuration;

use super::{Config, PartialResponses};
use crate::account::ConnectError;
use crate::collect::{Collected, Stamp};
use crate::http::{Body, HeaderText, HttpStore, JSON, Reply, Request, Settings};
use crate::prometheus::wire::{DataError, Envelope, Status, matrix};
use crate::{Answer, MetricSource, QueryError, RangeQuery};

const TENANT: &str = "X-Scope-OrgID";
/// The parts of errors that mean a limit on the amount of data.
const TOO_MUCH: [&str; 4] = [
    "maximum of series",
    "too many bytes",
    "query time range exceeds the limit",
    "exceeded maximum resolution",
];

/// A connected account.
#[derive(Debug)]
pub(crate) struct Loki {
    http: HttpStore,
    max_bytes: usize,
    partial: PartialResponses,
}

impl Loki {
    pub(crate) fn connect(config: &Config) -> Result<Self, ConnectError> {
        let mut headers = config.headers.clone();
        if let Some(tenant) = &config.tenant {
            if headers.keys().any(|name| name.eq_ignore_ascii_case(TENANT)) {
                return Err(ConnectError::Settings(format!(
                    "`tenant` and the header `{TENANT}` exclude each other"
                )));
            }
            headers.insert(TENANT.to_owned(), HeaderText::Literal(tenant.clone()));
        }
        let http = HttpStore::connect(&Settings {
            url: &config.url,
            auth: &config.auth,
            headers: &headers,
            tls: &config.tls,
            limits: &config.limits,
        })?;
        Ok(Self {
            http,
            max_bytes: config.limits.max_response_bytes.get(),
            partial: config.partial_responses,
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

    fn read(&self, reply: &Reply, collected: &mut Collected) -> Result<(), QueryError> {
        let envelope = envelope(reply)?;
        let data = envelope
            .data
            .ok_or_else(|| reply.malformed("a success without `data`"))?;
        let series = matrix(data.get()).map_err(|error| match error {
            DataError::Histogram(_) => reply.malformed("a histogram, which Loki has none of"),
            DataError::Unreadable(error) => reply.unreadable("an answer of Loki's API", &error),
            DataError::Malformed(problem) => reply.malformed(&format!(
                "{problem}; a query of log lines needs a function such as count_over_time"
            )),
        })?;
        for warning in envelope.warnings.iter().flatten() {
            if self.partial == PartialResponses::Refuse {
                return Err(QueryError::Unavailable {
                    detail: reply.detail(&format!(
                        "the answer may be incomplete, which the account does not allow: {warning}"
                    )),
                });
            }
            collected.note(reply.words(warning));
        }
        for series in series {
            collected.add(series.labels, series.samples, Stamp::End)?;
        }
        Ok(())
    }
}

#[async_trait]
impl MetricSource for Loki {
    async fn query(&self, query: &RangeQuery) -> Result<Answer, QueryError> {
        let (start, end) = (
            nanoseconds(query.window.start_ms()),
            nanoseconds(query.window.end_ms()),
        );
        let step = query.step.to_string();
        let asked = [
            ("query", query.text.as_str()),
            ("start", &start),
            ("end", &end),
            ("step", &step),
        ];
        let reply = self.get("loki/api/v1/query_range", &asked).await?;
        let mut collected = Collected::new(query);
        self.read(&reply, &mut collected)?;
        collected.finish(query.step)
    }

    /// Evaluates a constant, which takes the same way and the same rights as every query.
    async fn check(&self) -> Result<(), QueryError> {
        let asked = [("query", "vector(1)")];
        let reply = self.get("loki/api/v1/query", &asked).await?;
        envelope(&reply).map(|_| ())
    }

    fn clock_offset(&self) -> Option<SignedDuration> {
        self.http.clock_offset()
    }
}

/// Nanoseconds since 1970.
fn nanoseconds(millis: i64) -> String {
    format!("{}", i128::from(millis) * 1_000_000)
}

/// Checks a reply down to its `status` field. Loki writes most errors as plain text.
fn envelope(reply: &Reply) -> Result<Envelope<'_>, QueryError> {
    if !reply.status.is_success() {
        let said = reply.said();
        return Err(if TOO_MUCH.iter().any(|part| said.contains(part)) {
            QueryError::TooMuchData {
                detail: reply.detail(&said),
            }
        } else {
            reply.failure(&said)
        });
    }
    let envelope: Envelope<'_> = reply.json("an answer of Loki's API")?;
    match envelope.status {
        Status::Success => Ok(envelope),
        Status::Error => Err(QueryError::Unavailable {
            detail: reply.detail(&envelope.error.unwrap_or_default()),
        }),
    }
}
