//! Datadog: a whole query, or a metric of one scope.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Custom, Problem, SCOPE, Source, literal};
use crate::kayenta::warnings::Warnings;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Query {
    metric_name: Option<String>,
    #[serde(flatten)]
    custom: Custom,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

pub(super) fn build(source: &Source<'_>, warnings: &mut Warnings) -> Result<String, Problem> {
    let query: Query = source.read()?;
    source.unread(&query.rest, &[], warnings);
    if let Some(whole) = source.custom(&query.custom, SCOPE, &[], warnings)? {
        return Ok(whole);
    }
    let metric = literal(source.required(&query.metric_name, "metricName")?);
    warnings.add(
        source.at,
        "the scope is one tag (`name:value`) here; for several, write the query with one variable for each",
    );
    Ok(format!("{metric}{{${{scope}}}}"))
}
