//! What Elasticsearch is asked.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{QueryError, RangeQuery};

/// How many buckets a page has; by default a cluster allows no more in versions before 7.9.
pub(super) const PAGE: usize = 10_000;
/// The name of the source that is the time. Field names do not begin so.
pub(super) const TIME: &str = "=time";

/// The text of a query.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    query: Option<Map<String, Value>>,
    #[serde(default)]
    by: Vec<String>,
    #[serde(default)]
    value: Option<Map<String, Value>>,
}

/// The body for the first page. Buckets begin with the window.
///
/// # Errors
/// When the text is not of the form this crate reads.
pub(super) fn body(query: &RangeQuery, time_field: &str) -> Result<Value, QueryError> {
    let written = serde_json::from_str::<Map<String, Value>>(&query.text);
    let written = written.and_then(|written| serde_json::from_value(Value::Object(written)));
    let Written {
        query: only,
        by,
        value,
    } = written.map_err(|error| QueryError::InvalidQuery {
        detail: format!(
            "the query is not of the form {{\"query\": {{..}}, \"by\": [\"field\"], \"value\": {{..}}}}: {error}"
        ),
    })?;
    let (from, to) = (
        query.window.covered_from_ms(query.step),
        query.window.end_ms(),
    );
    let step = query.step.as_millis();
    let time = json!({"range": {time_field: {"gte": from, "lt": to, "format": "epoch_millis"}}});
    let filter: Vec<_> = [time].into_iter().chain(only.map(Value::Object)).collect();
    let time = json!({"date_histogram": {
        "field": time_field,
        "fixed_interval": format!("{step}ms"),
        "offset": format!("{}ms", from.rem_euclid(step)),
    }});
    let named = by
        .iter()
        .map(|field| (field.as_str(), json!({"terms": {"field": field}})));
    let sources: Vec<_> = (named.chain([(TIME, time)]))
        .map(|(name, source)| json!({name: source}))
        .collect();
    let mut steps = json!({"composite": {"size": PAGE, "sources": sources}});
    if let Some(value) = value {
        steps["aggs"] = json!({"value": value});
    }
    Ok(json!({
        "size": 0,
        "track_total_hits": false,
        "query": {"bool": {"filter": filter}},
        "aggs": {"steps": steps},
    }))
}
