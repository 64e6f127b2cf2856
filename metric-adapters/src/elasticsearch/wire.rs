//! The answers of `_search`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::request::{PAGE, TIME};
use crate::bounded::Bounded;
use crate::collect::{Collected, Stamp};
use crate::http::Reply;
use crate::number::Number;
use crate::{Labels, QueryError, Sample, Step, instant};

#[derive(Deserialize)]
struct Body {
    timed_out: bool,
    #[serde(rename = "_shards")]
    shards: Parts,
    /// Of a search over several clusters.
    #[serde(default, rename = "_clusters")]
    clusters: Parts,
    #[serde(default)]
    aggregations: Option<Aggregations>,
}

/// How many parts did not take part. Skipped shards hold nothing that matches; skipped clusters could not be reached.
#[derive(Default, Deserialize)]
struct Parts {
    #[serde(default)]
    failed: u64,
    #[serde(default)]
    partial: u64,
    #[serde(default)]
    skipped: u64,
}

#[derive(Deserialize)]
struct Aggregations {
    steps: Steps,
}

#[derive(Deserialize)]
struct Steps {
    buckets: Bounded<Bucket, PAGE>,
    #[serde(default)]
    after_key: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
struct Bucket {
    key: Map<String, Value>,
    doc_count: u64,
    #[serde(default)]
    value: Option<Measured>,
}

/// What an aggregation gives. The first that fits counts, so each asks for a field of its own.
#[derive(Deserialize)]
#[serde(untagged)]
enum Measured {
    /// Percentiles.
    Percentiles {
        values: BTreeMap<String, Option<Number>>,
    },
    /// A filter.
    Count { doc_count: u64 },
    /// A metric; null if no document has the field.
    Metric {
        #[serde(deserialize_with = "Option::deserialize")]
        value: Option<Number>,
    },
}

/// Reads a page and gives back where the next one begins.
pub(super) fn read(
    reply: &Reply,
    step: Step,
    collected: &mut Collected,
) -> Result<Option<Map<String, Value>>, QueryError> {
    let steps = parse(reply)?
        .aggregations
        .ok_or_else(|| reply.malformed("an answer without aggregations"))?
        .steps;
    let full = steps.buckets.0.len() >= PAGE;
    for Bucket {
        mut key,
        doc_count,
        value,
    } in steps.buckets.0
    {
        let at = (key.remove(TIME).as_ref().and_then(Value::as_f64))
            .and_then(instant::from_millis)
            .ok_or_else(|| reply.malformed("a bucket without a time"))?;
        let value = match value {
            Some(measured) => number(reply, measured)?,
            None => Some(count(doc_count)),
        };
        let text = |value: Value| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        };
        let labels = Labels(
            key.into_iter()
                .map(|(name, value)| (name, text(value)))
                .collect(),
        );
        let sample = value.map(|value| Sample { at, value });
        collected.add(labels, sample, Stamp::Start(step))?;
    }
    match steps.after_key {
        Some(after) if full => Ok(Some(after)),
        None if full => {
            Err(reply.malformed("a full page that does not say where the next one begins"))
        }
        Some(_) | None => Ok(None),
    }
}

/// Looks for errors in an answer whose documents do not matter.
pub(super) fn verify(reply: &Reply) -> Result<(), QueryError> {
    parse(reply).map(|_| ())
}

fn parse(reply: &Reply) -> Result<Body, QueryError> {
    if !reply.status.is_success() {
        return Err(failure(reply));
    }
    let body: Body = reply.json("an answer of a search")?;
    let clusters = &body.clusters;
    let missing = if body.timed_out {
        "the search timed out"
    } else if body.shards.failed > 0 {
        "some shards failed"
    } else if clusters.failed + clusters.partial + clusters.skipped > 0 {
        "some clusters did not answer"
    } else {
        return Ok(body);
    };
    Err(QueryError::Unavailable {
        detail: reply.detail(&format!("the answer is incomplete: {missing}")),
    })
}

fn number(reply: &Reply, measured: Measured) -> Result<Option<f64>, QueryError> {
    let value = match measured {
        Measured::Metric { value } => value,
        Measured::Count { doc_count } => return Ok(Some(count(doc_count))),
        Measured::Percentiles { values } => {
            let mut values = values.into_values();
            match (values.next(), values.next()) {
                (Some(value), None) => value,
                (None, _) | (Some(_), Some(_)) => {
                    return Err(QueryError::InvalidQuery {
                        detail: reply.detail("`value` is not one number: ask for one percentile"),
                    });
                }
            }
        }
    };
    Ok(value.map(|Number(value)| value))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a sample is a double; no count of documents is large enough to matter"
)]
fn count(documents: u64) -> f64 {
    documents as f64
}

fn failure(reply: &Reply) -> QueryError {
    #[derive(Deserialize)]
    struct Said {
        error: Failure,
    }
    #[derive(Deserialize)]
    struct Failure {
        #[serde(default)]
        root_cause: Vec<Cause>,
        #[serde(flatten)]
        cause: Cause,
    }
    #[derive(Deserialize)]
    struct Cause {
        #[serde(rename = "type")]
        kind: String,
        #[serde(default)]
        reason: Option<String>,
    }
    let Ok(Said { error }) = serde_json::from_slice(&reply.body) else {
        return reply.failure(&reply.said());
    };
    let cause = error.root_cause.into_iter().next().unwrap_or(error.cause);
    let said = format!("{}: {}", cause.kind, cause.reason.unwrap_or_default());
    if cause.kind == "too_many_buckets_exception" {
        return QueryError::TooMuchData {
            detail: reply.detail(&said),
        };
    }
    reply.failure(&said)
}
