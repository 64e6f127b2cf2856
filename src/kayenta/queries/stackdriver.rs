//! Google Cloud Monitoring (Stackdriver): the filter of a time series list.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Custom, Problem, RESOURCE, Source, literal, param_name, text};
use crate::kayenta::warnings::Warnings;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Query {
    metric_type: Option<String>,
    resource_type: Option<String>,
    cross_series_reducer: Option<String>,
    per_series_aligner: Option<String>,
    group_by_fields: Option<Vec<String>>,
    #[serde(flatten)]
    custom: Custom,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// Labels of a Kubernetes resource that a parameter of the same name selects by.
const KUBERNETES: [&str; 6] = [
    "location",
    "node_name",
    "cluster_name",
    "pod_name",
    "container_name",
    "namespace_name",
];
/// The same for the older kind of container.
const GKE_CONTAINER: [&str; 6] = [
    "cluster_name",
    "namespace_id",
    "instance_id",
    "pod_id",
    "container_name",
    "zone",
];
const PROJECT: &str = "project=${project}";
/// What stands before the name of a user label in a parameter's name.
const USER_LABELS: &str = "user_labels.";

pub(super) fn build(source: &Source<'_>, warnings: &mut Warnings) -> Result<String, Problem> {
    let query: Query = source.read()?;
    source.unread(&query.rest, &[], warnings);
    let metric_type = literal(source.required(&query.metric_type, "metricType")?);
    let own = text(&query.resource_type);
    let resource = own
        .or_else(|| source.param("resourceType"))
        .ok_or_else(|| Problem::unknown_param("resourceType"))?;
    let own: Vec<_> = own.map(|own| ("resourceType", own)).into_iter().collect();
    let conditions = match source.custom(&query.custom, RESOURCE, &own, warnings)? {
        Some(filter) => vec![filter],
        None => by_resource(source, resource)?,
    };
    if source.param("project").is_none() && conditions.iter().any(|one| one == PROJECT) {
        warnings.add(
            source.at,
            "give the parameter `project` where Kayenta took the account's project",
        );
    }
    let aligner = text(&query.per_series_aligner).unwrap_or("ALIGN_MEAN");
    let reducer = text(&query.cross_series_reducer).unwrap_or("REDUCE_MEAN");
    let groups = query.group_by_fields.unwrap_or_default();
    let groups = if groups.is_empty() {
        String::new()
    } else {
        format!(", grouped by {}", groups.join(", "))
    };
    warnings.add(
        source.at,
        format!("the query is the filter alone; Kayenta aligns by {aligner} and reduces by {reducer}{groups}"),
    );
    let first = [
        format!("metric.type=\"{metric_type}\""),
        format!("resource.type={}", literal(resource)),
    ];
    Ok([&first[..], &conditions].concat().join(" AND "))
}

/// What selects a side where there is no template.
fn by_resource(source: &Source<'_>, resource: &str) -> Result<Vec<String>, Problem> {
    let project = PROJECT.to_owned();
    Ok(match resource {
        "gce_instance" => vec![
            project,
            "metadata.user_labels.\"spinnaker-region\"=${location}".to_owned(),
            "metadata.user_labels.\"spinnaker-server-group\"=${scope}".to_owned(),
        ],
        "aws_ec2_instance" => vec![
            "resource.labels.region=\"aws:${location}\"".to_owned(),
            "metadata.user_labels.\"aws:autoscaling:groupname\"=${scope}".to_owned(),
        ],
        "gae_app" => [project, "resource.labels.version_id=${scope}".to_owned()]
            .into_iter()
            .chain(
                (source.param("service"))
                    .map(|_| "resource.labels.module_id=${service}".to_owned()),
            )
            .collect(),
        "k8s_container" | "k8s_pod" | "k8s_node" => labelled(source, project, &KUBERNETES),
        "gke_container" => labelled(source, project, &GKE_CONTAINER),
        "global" => Vec::new(),
        other => {
            let detail = format!("Kayenta has no filter for {other:?}; it needs a template");
            return Err(source.rejected("/resourceType", detail));
        }
    })
}

/// By the labels for which there are parameters.
fn labelled(source: &Source<'_>, project: String, labels: &[&str]) -> Vec<String> {
    let variable = |name: &str| format!("${{{}}}", param_name(name));
    let of_resource = (labels.iter())
        .filter(|label| source.param(label).is_some())
        .map(|label| format!("resource.labels.{label}={}", variable(label)));
    let of_user = source.params.iter().filter_map(|(name, _)| {
        let label = name.strip_prefix(USER_LABELS)?;
        Some(format!(
            "metadata.user_labels.\"{label}\"=\"{}\"",
            variable(name)
        ))
    });
    std::iter::once(project)
        .chain(of_resource)
        .chain(of_user)
        .collect()
}
