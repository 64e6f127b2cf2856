//! `SignalFx`: a `SignalFlow` program.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::keys::{Dimension, Dimensions, Names};
use super::{Custom, Problem, SCOPE, Source, literal};
use crate::kayenta::warnings::Warnings;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Query {
    metric_name: Option<String>,
    query_pairs: Option<Vec<QueryPair>>,
    aggregation_method: Option<String>,
    #[serde(flatten)]
    custom: Custom,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
struct QueryPair {
    key: String,
    value: String,
}

pub(super) fn build(source: &Source<'_>, warnings: &mut Warnings) -> Result<String, Problem> {
    let query: Query = source.read()?;
    source.unread(&query.rest, &[], warnings);
    if let Some(whole) = source.custom(&query.custom, SCOPE, &[], warnings)? {
        return Ok(whole);
    }
    let metric = literal(source.required(&query.metric_name, "metricName")?);
    let method = query.aggregation_method.as_deref().unwrap_or("mean");
    let sides = Dimensions::of(source, Names::Quoted, warnings)?;
    let is = |Dimension { key, value }: &Dimension| format!("filter('{key}', '{value}')");
    let filters: Vec<String> = (query.query_pairs.iter().flatten().map(of_pair))
        .chain([is(&sides.scope)])
        .chain(sides.location.as_ref().map(is))
        .chain(sides.params.iter().map(is))
        .collect();
    let by: Vec<&str> = (sides.params.iter())
        .chain(&sides.location)
        .chain([&sides.scope])
        .map(|dimension| dimension.key.as_str())
        .collect();
    Ok(format!(
        "data('{metric}', filter={}).{}(by=['{}']).publish()",
        filters.join(" and "),
        literal(method),
        by.join("', '")
    ))
}

/// A pair whose key begins with `!` excludes; a value with commas is a list.
fn of_pair(QueryPair { key, value }: &QueryPair) -> String {
    let plain = key.strip_prefix('!');
    let values = if value.contains(',') {
        let values: Vec<_> = value
            .split(',')
            .map(|value| format!("'{}'", value.trim()))
            .collect();
        values.join(",")
    } else {
        format!("'{value}'")
    };
    let filter = literal(&format!("filter('{}', {values})", plain.unwrap_or(key)));
    match plain {
        Some(_) => format!("(not {filter})"),
        None => filter,
    }
}
