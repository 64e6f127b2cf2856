//! What Datadog is asked.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{QueryError, RangeQuery};

/// The query's text with the step in seconds in the place of `$interval`.
///
/// # Errors
/// When the step is no whole number of seconds, in which Datadog counts.
pub(super) fn text(query: &RangeQuery) -> Result<String, QueryError> {
    let millis = query.step.as_millis();
    if millis % 1000 != 0 {
        return Err(invalid(format!(
            "Datadog's steps are whole seconds, not {}",
            query.step
        )));
    }
    let seconds = (millis / 1000).to_string();
    Ok(query.text.replace("$interval", &seconds))
}

/// Several metric queries and what to make of them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    queries: Vec<Named>,
    formulas: Vec<String>,
}

impl Written {
    /// Each text a query and a formula.
    fn of_each(texts: &[&str]) -> Self {
        let named = |(number, text): (usize, &&str)| Named {
            name: format!("q{number}"),
            query: (*text).to_owned(),
        };
        let queries: Vec<_> = texts.iter().enumerate().map(named).collect();
        let formulas = queries.iter().map(|query| query.name.clone()).collect();
        Self { queries, formulas }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    name: String,
    query: String,
}

/// The body for version 2, for the buckets that begin from `from_ms` and before `to_ms`.
///
/// # Errors
/// When a text that begins like JSON is not of the form this crate reads.
pub(super) fn body(
    text: &str,
    (from_ms, to_ms): (i64, i64),
    interval_ms: i64,
) -> Result<Value, QueryError> {
    let written = if is_json(text) {
        serde_json::from_str(text).map_err(|error| {
            invalid(format!(
                "the query is not of the form {{\"queries\": [{{\"name\": \"a\", \"query\": \"..\"}}], \"formulas\": [\"a\"]}}: {error}"
            ))
        })?
    } else {
        Written::of_each(&[text])
    };
    Ok(request(&written, (from_ms, to_ms), interval_ms))
}

/// The body for several texts that are not JSON: each has a formula, in their order.
pub(super) fn body_of_each(
    texts: &[&str],
    (from_ms, to_ms): (i64, i64),
    interval_ms: i64,
) -> Value {
    request(&Written::of_each(texts), (from_ms, to_ms), interval_ms)
}

/// Whether a text says itself which queries and formulas it has.
pub(super) fn is_json(text: &str) -> bool {
    text.trim_start().starts_with('{')
}

fn request(written: &Written, (from_ms, to_ms): (i64, i64), interval_ms: i64) -> Value {
    let queries: Vec<_> = written
        .queries
        .iter()
        .map(
            |Named { name, query }| json!({"data_source": "metrics", "name": name, "query": query}),
        )
        .collect();
    let formulas: Vec<_> = written
        .formulas
        .iter()
        .map(|formula| json!({"formula": formula}))
        .collect();
    let attributes = json!({
        "from": from_ms, "to": to_ms, "interval": interval_ms,
        "queries": queries, "formulas": formulas,
    });
    json!({"data": {"type": "timeseries_request", "attributes": attributes}})
}

fn invalid(detail: String) -> QueryError {
    QueryError::InvalidQuery { detail }
}
