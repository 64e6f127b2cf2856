//! Range queries against the Prometheus API.

use std::collections::BTreeMap;

use async_trait::async_trait;
use reqwest::StatusCode;
use tracing::debug;

use super::wire::{DataError, Envelope, Status, matrix};
use super::{Config, chunks};
use crate::account::ConnectError;
use crate::http::{HttpStore, Reply, Settings};
use crate::{Answer, Labels, MetricSource, QueryError, RangeQuery, Sample, Series, Step, Window};

/// A connected account.
#[derive(Debug)]
pub(crate) struct Prometheus {
    http: HttpStore,
    timeout: String,
    max_bytes: usize,
}

impl Prometheus {
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
            // Tells the server when to give up, for the case that a proxy hides our hanging up.
            timeout: format!("{}ms", config.limits.timeout.as_millis().max(1)),
            max_bytes: config.limits.max_response_bytes.get(),
        })
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
        let mut joined = Joined::default();
        let mut room = self.max_bytes;
        for (start, end) in pieces {
            let (start, end) = (seconds(start), seconds(end));
            let form = [
                ("query", query.text.as_str()),
                ("start", &start),
                ("end", &end),
                ("step", &step_text),
                ("timeout", &self.timeout),
            ];
            let reply = self
                .http
                .post_form("api/v1/query_range", &form, room)
                .await?;
            // The limit is on what the whole query brings into memory, however many requests that takes.
            room -= reply.body.len();
            joined.add(read_range(&reply)?, window);
        }
        let answer = joined.finish(window, step);
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
        let form = [("query", "vector(1)"), ("timeout", &self.timeout)];
        let reply = self
            .http
            .post_form("api/v1/query", &form, self.max_bytes)
            .await?;
        envelope(&reply).map(|_| ())
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

fn read_range(reply: &Reply) -> Result<Part, QueryError> {
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
        DataError::Malformed(problem) => reply.malformed(&problem),
    })?;
    let said = envelope
        .warnings
        .into_iter()
        .chain(envelope.infos)
        .flatten();
    let mut notes: Vec<String> = said.map(|note| reply.words(&note)).collect();
    if envelope.is_partial {
        notes.push(
            "the store calls this answer partial: some of its nodes did not answer".to_owned(),
        );
    }
    Ok(Part { series, notes })
}

/// The answers of several requests, put together per label set.
#[derive(Default)]
struct Joined {
    series: BTreeMap<Labels, Vec<Sample>>,
    notes: Vec<String>,
    outside: usize,
}

impl Joined {
    /// Adds a later piece. `VictoriaMetrics` moves times to multiples of the step, so that pieces may overlap by a
    /// sample and reach out of the window: such samples are left out.
    fn add(&mut self, part: Part, window: &Window) {
        for Series { labels, samples } in part.series {
            let joined = self.series.entry(labels).or_default();
            let last = joined.last().map(|sample| sample.at);
            for sample in samples {
                if !window.contains(sample.at) {
                    self.outside += 1;
                } else if last.is_none_or(|last| last < sample.at) {
                    joined.push(sample);
                }
            }
        }
        for note in part.notes {
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
    }

    fn finish(mut self, window: &Window, step: Step) -> Answer {
        if self.outside > 0 {
            self.notes.push(format!(
                "{} samples outside the window were left out",
                self.outside
            ));
        }
        let off_grid = |sample: &Sample| {
            (sample.at.as_millisecond() - window.start_ms()) % step.as_millis() != 0
        };
        let moved = self
            .series
            .values()
            .flatten()
            .filter(|s| off_grid(s))
            .count();
        if moved > 0 {
            self.notes.push(format!(
                "{moved} samples are not at the instants asked for: the store moved them"
            ));
        }
        let series = self
            .series
            .into_iter()
            .filter(|(_, samples)| !samples.is_empty())
            .map(|(labels, samples)| Series { labels, samples })
            .collect();
        Answer {
            series,
            notes: self.notes,
            step,
        }
    }
}
