//! Atlas: a stack expression, to which a common query for the scope is added.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Problem, Source, literal};
use crate::kayenta::warnings::Warnings;

#[derive(Debug, Deserialize)]
struct Query {
    q: Option<String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

pub(super) fn build(source: &Source<'_>, warnings: &mut Warnings) -> Result<String, Problem> {
    let query: Query = source.read()?;
    source.unread(&query.rest, &[], warnings);
    let expression = literal(source.required(&query.q, "q")?);
    let common = match source.param("type").unwrap_or("cluster") {
        "asg" => "nf.asg,${scope},:eq",
        "cluster" => "nf.cluster,${scope},:eq",
        "query" => {
            warnings.add(
                source.at,
                "values are made tag values, so a scope cannot be an expression: write its condition into the query in the place of `${scope}`",
            );
            "${scope}"
        }
        other => {
            let detail =
                format!("Kayenta knows the scope types asg, cluster and query, not {other:?}");
            return Err(source.rejected("", detail));
        }
    };
    if source.param("type").is_none() {
        warnings.add(
            source.at,
            "the scope is the name of a cluster, unless the request's parameter `type` says `asg` or `query`; import with `--param type=..`",
        );
    }
    Ok(format!("{expression},:list,(,{common},:cq,),:each"))
}
