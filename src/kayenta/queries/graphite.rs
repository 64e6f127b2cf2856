//! Graphite: a target in which `$scope` and `$location` are replaced.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Problem, Source, literal};
use crate::kayenta::warnings::Warnings;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Query {
    metric_name: Option<String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

pub(super) fn build(source: &Source<'_>, warnings: &mut Warnings) -> Result<String, Problem> {
    let query: Query = source.read()?;
    source.unread(&query.rest, &[], warnings);
    let target = source.required(&query.metric_name, "metricName")?;
    if target.contains("${") {
        warnings.add(
            format!("{}/metricName", source.at),
            "Kayenta replaces `$scope` and `$location` here, not `${..}`, which stays as it is",
        );
    }
    Ok(literal(target)
        .replace("$scope", "${scope}")
        .replace("$location", "${location}"))
}
