//! The answers of `NerdGraph` to NRQL.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::collect::{Collected, Stamp};
use crate::http::Reply;
use crate::{Labels, QueryError, Sample, Step, instant};

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(default, borrow)]
    data: Option<Data<'a>>,
    #[serde(default)]
    errors: Vec<GraphError>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    actor: Option<Actor<'a>>,
}

#[derive(Deserialize)]
struct Actor<'a> {
    #[serde(borrow)]
    account: Option<Account<'a>>,
}

#[derive(Deserialize)]
struct Account<'a> {
    #[serde(borrow)]
    nrql: Option<Nrql<'a>>,
}

#[derive(Deserialize)]
pub(super) struct Nrql<'a> {
    /// Unread, because a row that is read takes many times its bytes.
    #[serde(borrow)]
    results: Vec<&'a RawValue>,
    #[serde(default)]
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Metadata {
    #[serde(default)]
    facets: Option<Vec<Option<String>>>,
}

#[derive(Deserialize)]
struct GraphError {
    message: String,
    #[serde(default)]
    extensions: Extensions,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Extensions {
    #[serde(default)]
    error_class: String,
}

/// One row: a bucket of time, of one combination of facets.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bucket {
    begin_time_seconds: f64,
    end_time_seconds: f64,
    #[serde(default)]
    facet: Value,
    #[serde(flatten)]
    columns: Map<String, Value>,
}

/// Reads an answer and gives back the longest step of its buckets, if there are any.
pub(super) fn read(
    reply: &Reply,
    facet_limit: usize,
    collected: &mut Collected,
) -> Result<Option<Step>, QueryError> {
    let Nrql { results, metadata } = results(reply)?;
    let names = metadata.and_then(|metadata| metadata.facets);
    let names: Vec<String> = (names.into_iter().flatten())
        .map(|name| name.unwrap_or_else(|| "facet".to_owned()))
        .collect();
    let mut longest = None;
    let mut facets = BTreeSet::new();
    for row in results {
        let bucket: Bucket = serde_json::from_str(row.get()).map_err(|error| {
            reply.malformed(&format!("a row that is no bucket of time ({error})"))
        })?;
        let no_time = || reply.malformed("a bucket without a time");
        let begin = instant::from_seconds(bucket.begin_time_seconds).ok_or_else(no_time)?;
        let end = instant::from_seconds(bucket.end_time_seconds).ok_or_else(no_time)?;
        let length = SignedDuration::from_millis(end.as_millisecond() - begin.as_millisecond());
        let length = Step::try_from(length).map_err(|_| no_time())?;
        longest = longest.max(Some(length));
        let labels = facet_labels(&names, &bucket.facet);
        if !labels.is_empty() {
            facets.insert(labels.clone());
        }
        let columns = (bucket.columns.iter()).filter(|(name, _)| !names.contains(name));
        for (name, value) in columns {
            for (column, value) in numbers(reply, name, value)? {
                let mut labels = labels.clone();
                labels.insert("value".to_owned(), column);
                let sample = Sample { at: begin, value };
                collected.add(Labels(labels), [sample], Stamp::Start(length))?;
            }
        }
    }
    if facets.len() >= facet_limit {
        return Err(QueryError::TooMuchData {
            detail: reply.detail(&format!(
                "{} facets, as many as the query's LIMIT: there may be others; raise it",
                facets.len()
            )),
        });
    }
    Ok(longest)
}

/// The rows of an answer that has no error in it.
pub(super) fn results(reply: &Reply) -> Result<Nrql<'_>, QueryError> {
    if !reply.status.is_success() {
        return Err(reply.failure(&reply.said()));
    }
    let body: Body<'_> = reply.json("an answer of NerdGraph")?;
    if let Some(error) = body.errors.first() {
        return Err(failure(reply, error));
    }
    let actor = body.data.and_then(|data| data.actor);
    actor
        .and_then(|actor| actor.account)
        .and_then(|account| account.nrql)
        .ok_or_else(|| reply.malformed("an answer without results"))
}

fn failure(reply: &Reply, error: &GraphError) -> QueryError {
    let class = error.extensions.error_class.as_str();
    let detail = reply.detail(&format!("{class} {}", error.message));
    match class {
        "TIMEOUT" => QueryError::Timeout { detail },
        "ACCESS_DENIED" | "FORBIDDEN" | "UNAUTHENTICATED" | "UNAUTHORIZED" => {
            QueryError::Unauthorized { detail }
        }
        "TOO_MANY_REQUESTS" => QueryError::RateLimited {
            retry_after: None,
            detail,
        },
        "INVALID_INPUT" | "BAD_USER_INPUT" => QueryError::InvalidQuery { detail },
        _ if error.message.contains("NRQL Syntax Error") => QueryError::InvalidQuery { detail },
        _ => QueryError::Unavailable { detail },
    }
}

/// The names of facets and their values here: one text, or a list of several.
fn facet_labels(names: &[String], facet: &Value) -> BTreeMap<String, String> {
    let values = match facet {
        Value::Null => return BTreeMap::new(),
        Value::Array(values) => values.as_slice(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            std::slice::from_ref(facet)
        }
    };
    let text = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    let values = values.iter().map(text).enumerate();
    values
        .map(|(index, value)| {
            let name = names.get(index).cloned();
            (name.unwrap_or_else(|| format!("facet{index}")), value)
        })
        .collect()
}

/// The numbers of a column: one, none for null, or several by name, as `percentile(..)` has them.
fn numbers(reply: &Reply, name: &str, value: &Value) -> Result<Vec<(String, f64)>, QueryError> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Number(number) => {
            let number = number
                .as_f64()
                .ok_or_else(|| reply.malformed("a number that is none"))?;
            Ok(vec![(name.to_owned(), number)])
        }
        Value::Object(parts) => {
            let parts = parts.iter().map(|(part, value)| match value {
                Value::Null | Value::Number(_) => numbers(reply, &format!("{name}.{part}"), value),
                Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
                    Err(no_number(reply, name))
                }
            });
            Ok(parts.collect::<Result<Vec<_>, _>>()?.concat())
        }
        Value::Bool(_) | Value::String(_) | Value::Array(_) => Err(no_number(reply, name)),
    }
}

fn no_number(reply: &Reply, name: &str) -> QueryError {
    QueryError::InvalidQuery {
        detail: reply.detail(&format!("{name} is not one number for each step")),
    }
}
