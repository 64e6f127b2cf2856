//! Range queries against the Prometheus API.

use async_trait::async_trait;
use jiff::SignedDuration;
use reqwest::StatusCode;
use tracing::debug;

use super::flavour::{Flavour, PartialResponses};
use super::wire::{DataError, Envelope, Status, matrix};
use super::{Config, chunks};
use crate::account::ConnectError;
use crate::collect::{Collected, Stamp};
use crate::http::{Body, HttpStore, JSON, Reply, Request, Settings};
use crate::{Answer, MetricSource, QueryError, RangeQuery, Series};

/// A connected account.
#[derive(Debug)]
pub(crate) struct Prometheus {
    http: HttpStore,
    timeout: String,
    max_bytes: usize,
    flavour: Flavour,
    partial: PartialResponses,
}

impl Prometheus {
    pub(crate) fn connect(config: &Config) -> Result<Self, ConnectError> {
        let headers = config.flavour.headers(config)?;
        let http = HttpStore::connect(&Settings {
            url: &config.url,
            auth: &config.auth,
            headers: &headers,
            tls: &config.tls,
            limits: &config.limits,
        })?;
        Ok(Self {
            http,
            // Tells the server when to give up, for the case that a proxy hides our hanging up.
            timeout: format!("{}ms", config.limits.timeout.as_millis().max(1)),
            max_bytes: config.limits.max_response_bytes.get(),
            flavour: config.flavour,
            partial: config.partial_responses,
        })
    }

    async fn post(
        &self,
        path: &str,
        form: &[(&str, &str)],
        room: usize,
    ) -> Result<Reply, QueryError> {
        let form: Vec<_> = form
            .iter()
            .chain(&[("timeout", self.timeout.as_str())])
            .chain(self.flavour.parameters(self.partial))
            .copied()
            .collect();
        let request = Request {
            path,
            query: &[],
            accept: JSON,
            body: Body::Form(&form),
        };
        self.http.send(&request, room).await
    }
}

#[async_trait]
impl MetricSource for Prometheus {
    async fn query(&self, query: &RangeQuery) -> Result<Answer, QueryError> {
        let (window, step) = (&query.window, query.step);
        let pieces = chunks::split(window, step).ok_or_else(|| QueryError::TooMuchData {
            detail: format!(
                "{} points at a step of {step}, more than {} allow",
                window.points(step),
                chunks::MAX_POINTS * chunks::MAX_CHUNKS
            ),
        })?;
        let step_text = step.to_string();
        let mut collected = Collected::new(query);
        let mut room = self.max_bytes;
        for (start, end) in pieces {
            let (start, end) = (seconds(start), seconds(end));
            let form = [
                ("query", query.text.as_str()),
                ("start", &start),
                ("end", &end),
                ("step", &step_text),
            ];
            let reply = self.post("api/v1/query_range", &form, room).await?;
            // The limit is on what the whole query brings into memory, however many requests that takes.
            room -= reply.body.len();
            join(&mut collected, read_range(&reply, self.partial)?)?;
        }
        let answer = collected.finish(step)?;
        debug!(
            series = answer.series.len(),
            notes = answer.notes.len(),
            bytes = self.max_bytes - room,
            "range query answered"
        );
        Ok(answer)
    }

    /// Evaluates `vector(1)`: unlike a health page, it takes the same way and needs the same rights as every query.
    async fn check(&self) -> Result<(), QueryError> {
        let form = [("query", "vector(1)")];
        let reply = self.post("api/v1/query", &form, self.max_bytes).await?;
        envelope(&reply).map(|_| ())
    }

    async fn metric_names(&self) -> Result<Vec<String>, QueryError> {
        let request = Request {
            path: "api/v1/label/__name__/values",
            query: self.flavour.parameters(self.partial),
            accept: JSON,
            body: Body::None,
        };
        let reply = self.http.send(&request, self.max_bytes).await?;
        let data = envelope(&reply)?.data;
        let data = data.ok_or_else(|| reply.malformed("a success without `data`"))?;
        serde_json::from_str(data.get())
            .map_err(|error| reply.malformed(&format!("not a list of names ({error})")))
    }

    fn clock_offset(&self) -> Option<SignedDuration> {
        self.http.clock_offset()
    }
}

/// Seconds since 1970 as the API wants them, to the millisecond.
fn seconds(millis: i64) -> String {
    let sign = if millis < 0 { "-" } else { "" };
    let millis = millis.unsigned_abs();
    format!("{sign}{}.{:03}", millis / 1000, millis % 1000)
}

/// Checks a reply down to its `status` field.
fn envelope(reply: &Reply) -> Result<Envelope<'_>, QueryError> {
    let parsed = serde_json::from_slice::<Envelope<'_>>(&reply.body);
    let envelope = match parsed {
        Ok(envelope) => envelope,
        Err(error) if reply.status.is_success() => {
            return Err(reply.malformed(&format!("not an answer of the Prometheus API ({error})")));
        }
        Err(_) => return Err(reply.failure(&reply.head())),
    };
    if envelope.status == Status::Success && reply.status.is_success() {
        return Ok(envelope);
    }
    let message = envelope.error.unwrap_or_default();
    Err(failure(reply, envelope.error_type.as_deref(), &message))
}

/// The parts of messages that mean a limit on the amount of data, whatever the status: Prometheus (`promql/engine.go`,
/// `web/api/v1/api.go`), Mimir and Cortex (`err-mimir-max-..`, "query hit the max number of"), `VictoriaMetrics` (its
/// flags).
const TOO_MUCH: [&str; 7] = [
    "too many samples",
    "exceeded maximum resolution",
    "err-mimir-max-",
    "query hit the max number of",
    "maxSamplesPerQuery",
    "maxPointsPerTimeseries",
    "maxUniqueTimeseries",
];

/// An error of the API. Its type decides where it is known; some servers put the status there, or nothing.
fn failure(reply: &Reply, error_type: Option<&str>, message: &str) -> QueryError {
    let said = match error_type {
        Some(kind) => format!("{kind}: {message}"),
        None => message.to_owned(),
    };
    if matches!(
        reply.status,
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS
    ) {
        return reply.failure(&said);
    }
    let detail = reply.detail(&said);
    if TOO_MUCH.iter().any(|part| message.contains(part)) {
        return QueryError::TooMuchData { detail };
    }
    match error_type {
        Some("bad_data" | "execution" | "not_found" | "not_acceptable") => {
            QueryError::InvalidQuery { detail }
        }
        Some("timeout") => QueryError::Timeout { detail },
        Some("canceled" | "internal" | "unavailable") => QueryError::Unavailable { detail },
        Some("too_many_requests") => reply.failure(&said),
        Some(_) | None if reply.status.is_success() => QueryError::Unavailable { detail },
        Some(_) | None => reply.failure(&said),
    }
}

struct Part {
    series: Vec<Series>,
    notes: Vec<String>,
}

fn read_range(reply: &Reply, partial: PartialResponses) -> Result<Part, QueryError> {
    let envelope = envelope(reply)?;
    let Some(data) = envelope.data else {
        return Err(reply.malformed("a success without `data`"));
    };
    let series = matrix(data.get()).map_err(|error| match error {
        DataError::Histogram(labels) => QueryError::InvalidQuery {
            detail: reply.detail(&format!(
                "{labels} is a native histogram, not one number per instant; use a function such as histogram_quantile"
            )),
        },
        DataError::Unreadable(error) => reply.unreadable("an answer of the Prometheus API", &error),
        DataError::Malformed(problem) => reply.malformed(&problem),
    })?;
    let warnings = envelope.warnings.unwrap_or_default();
    let missing = if envelope.is_partial {
        Some("some of the store's nodes did not answer")
    } else {
        let mut storage = warnings.iter().filter(|warning| !is_advice(warning));
        storage.next().map(String::as_str)
    };
    if let (Some(missing), PartialResponses::Refuse) = (missing, partial) {
        return Err(QueryError::Unavailable {
            detail: reply.detail(&format!(
                "the answer may be incomplete, which the account does not allow: {missing}"
            )),
        });
    }
    let said = warnings.iter().chain(envelope.infos.iter().flatten());
    let mut notes: Vec<String> = said.map(|note| reply.words(note)).collect();
    if envelope.is_partial {
        notes.push(
            "the store calls this answer partial: some of its nodes did not answer".to_owned(),
        );
    }
    Ok(Part { series, notes })
}

/// Whether a warning is about the query's wording (`util/annotations` of Prometheus). All others are about storage
/// that did not answer, or answered in part.
fn is_advice(warning: &str) -> bool {
    warning.starts_with("PromQL warning") || warning.starts_with("PromQL info")
}

/// Adds a later piece. A store that moves times to multiples of the step makes pieces overlap by a sample.
fn join(collected: &mut Collected, part: Part) -> Result<(), QueryError> {
    for Series { labels, samples } in part.series {
        let last = collected.last(&labels);
        let later = samples
            .into_iter()
            .filter(|sample| last.is_none_or(|last| last < sample.at));
        collected.add(labels, later, Stamp::End)?;
    }
    for note in part.notes {
        collected.note(note);
    }
    Ok(())
}
