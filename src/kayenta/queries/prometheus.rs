//! Prometheus: a whole PromQL expression, or the average over what a selector finds.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Custom, Problem, Source, literal, text};
use crate::kayenta::warnings::Warnings;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Query {
    metric_name: Option<String>,
    resource_type: Option<String>,
    label_bindings: Option<Vec<String>>,
    group_by_fields: Option<Vec<String>>,
    #[serde(flatten)]
    custom: Custom,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// The prefix of a template that is the whole query.
const WHOLE: &str = "PromQL:";

pub(super) fn build(source: &Source<'_>, warnings: &mut Warnings) -> Result<String, Problem> {
    let query: Query = source.read()?;
    // Written by Spinnaker's page for itself.
    source.unread(&query.rest, &["queryType"], warnings);
    let own = text(&query.resource_type);
    let resource_type = own.or_else(|| source.param("resourceType"));
    let own: Vec<_> = own.map(|own| ("resourceType", own)).into_iter().collect();
    let filter = source.custom(&query.custom, super::RESOURCE, &own, warnings)?;
    if let Some(whole) = filter
        .as_deref()
        .and_then(|filter| filter.strip_prefix(WHOLE))
    {
        return Ok(whole.to_owned());
    }
    let metric = source.required(&query.metric_name, "metricName")?;
    let bindings = query.label_bindings.unwrap_or_default();
    let bindings = bindings.iter().map(|binding| literal(binding));
    let selector: Vec<String> = match filter {
        Some(filter) => std::iter::once(filter.trim_end_matches(',').to_owned())
            .chain(bindings)
            .collect(),
        None => bindings
            .chain(by_resource(source, resource_type, warnings)?)
            .collect(),
    };
    let groups = query.group_by_fields.unwrap_or_default();
    let by = if groups.is_empty() {
        String::new()
    } else {
        warnings.add(
            format!("{}/groupByFields", source.at),
            "Kayenta judges every group by itself; here several series a side are an error unless the metric's `compare` says what they are",
        );
        format!(" by ({})", literal(&groups.join(",")))
    };
    let metric = literal(metric);
    Ok(format!("avg({metric}{{{}}}){by}", selector.join(",")))
}

/// What selects a side's instances where there is no template.
fn by_resource(
    source: &Source<'_>,
    resource_type: Option<&str>,
    warnings: &mut Warnings,
) -> Result<[String; 2], Problem> {
    match resource_type {
        Some("gce_instance") => {
            warnings.add(
                source.at,
                "instances are found by the label `instance`; a Kayenta server can be set to use another one (`scopeLabel`)",
            );
            let project = source
                .param("project")
                .map_or("", |_| "projects/${project}/");
            Ok([
                "instance=~\"${scope}-.{4}\"".to_owned(),
                format!("zone=~\".+/{project}zones/${{location}}-.{{1}}\""),
            ])
        }
        Some("aws_ec2_instance") => Ok([
            "asg_groupName=\"${scope}\"".to_owned(),
            "zone=~\"${location}.{1}\"".to_owned(),
        ]),
        Some(other) => Err(source.rejected(
            "/resourceType",
            format!("Kayenta has no query for {other:?}; it needs a template"),
        )),
        None => Err(Problem::unknown_param("resourceType")),
    }
}
