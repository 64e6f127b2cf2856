//! Wavefront: `ts(..)`, perhaps in an aggregation.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Problem, Source, literal, text};
use crate::kayenta::warnings::Warnings;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Query {
    metric_name: Option<String>,
    summarization: Option<String>,
    aggregate: Option<String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

pub(super) fn build(source: &Source<'_>, warnings: &mut Warnings) -> Result<String, Problem> {
    let query: Query = source.read()?;
    source.unread(&query.rest, &[], warnings);
    if let Some(summarization) = text(&query.summarization) {
        warnings.add(
            format!("{}/summarization", source.at),
            format!(
                "Kayenta asks for points summarized by {summarization}; a query does not say that"
            ),
        );
    }
    let metric = literal(source.required(&query.metric_name, "metricName")?);
    let series = format!("ts({metric}, ${{scope}})");
    Ok(match text(&query.aggregate) {
        Some(aggregate) => format!("{}({series})", literal(aggregate)),
        None => series,
    })
}
