//! Argo Rollouts' `AnalysisTemplate` and `ClusterAnalysisTemplate`: the metrics whose provider takes a query.

mod condition;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use serinus_judge::{Direction, Thresholds};

use super::{
    Given,
    draft::{Counts, Draft, Query, config},
    limit::Range,
    notes::Notes,
    read, resources, template,
};
use crate::canary_config::{CanaryConfig, Mistake, escape_pointer};
use condition::Wanted;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    #[serde(default)]
    metrics: Vec<Metric>,
    #[serde(default)]
    dry_run: Vec<DryRun>,
    /// What they are is up to the request: its scopes and their parameters.
    #[serde(default)]
    args: Vec<Value>,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DryRun {
    metric_name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metric {
    name: String,
    success_condition: Option<String>,
    failure_condition: Option<String>,
    #[serde(default)]
    provider: BTreeMap<String, Value>,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

/// The config of all templates in the documents.
pub(super) fn lower(
    documents: &[Value],
    given: &Given,
    notes: &mut Notes,
) -> Result<CanaryConfig, Vec<Mistake>> {
    let mut drafts = Vec::new();
    let mut of = "";
    for resource in resources(documents) {
        let at = format!("{}/spec", resource.at);
        if !matches!(
            resource.kind,
            "AnalysisTemplate" | "ClusterAnalysisTemplate"
        ) {
            notes.add(
                resource.at,
                "this is no template of an analysis and is left out",
            );
            continue;
        }
        of = if of.is_empty() { resource.name } else { of };
        let spec: Spec = read(resource.spec, &at)?;
        notes.unread(&at, &spec.rest);
        if !spec.args.is_empty() {
            let detail =
                "each argument is the variable of its name: give it in the request's `params`";
            notes.add(format!("{at}/args"), detail);
        }
        let dry = |name: &str| {
            let mut patterns = spec.dry_run.iter().map(|dry| dry.metric_name.as_str());
            patterns.any(|pattern| matches!(pattern, ".*" | "*") || pattern == name)
        };
        for (index, run) in spec.dry_run.iter().enumerate() {
            let name = run.metric_name.as_str();
            if !matches!(name, ".*" | "*") && !spec.metrics.iter().any(|it| it.name == name) {
                let detail = "only a metric's whole name and `.*` are understood here; the pattern is left out";
                notes.add(format!("{at}/dryRun/{index}"), detail);
            }
        }
        for (index, metric) in spec.metrics.iter().enumerate() {
            let counts = if dry(&metric.name) {
                Counts::Not
            } else {
                Counts::Alone
            };
            drafts.push(draft(
                metric,
                counts,
                format!("{at}/metrics/{index}"),
                notes,
            ));
        }
    }
    config(of, drafts, Thresholds::default(), given, notes)
}

fn draft(metric: &Metric, counts: Counts, at: String, notes: &mut Notes) -> Draft {
    notes.unread(&at, &metric.rest);
    let (store, query) = provider(&metric.provider, &at, notes);
    let mut range = Range::default();
    let conditions = [
        (
            &metric.success_condition,
            Wanted::Success,
            "successCondition",
        ),
        (
            &metric.failure_condition,
            Wanted::Failure,
            "failureCondition",
        ),
    ];
    for (condition, wanted, field) in conditions {
        if let Some(condition) = condition {
            condition::read(
                condition,
                wanted,
                &format!("{at}/{field}"),
                &mut range,
                notes,
            );
        }
    }
    if metric.success_condition.is_some() && metric.failure_condition.is_some() {
        let detail = "between both conditions a measurement is inconclusive there; here it is beyond the narrower one and fails";
        notes.add(format!("{at}/successCondition"), detail);
    }
    if metric.success_condition.is_none() && metric.failure_condition.is_none() {
        let detail =
            "without a condition it always succeeds there; here it is compared with the baseline";
        notes.add(at.as_str(), detail);
    }
    let limits = range.limits(&at, notes);
    Draft {
        name: metric.name.clone(),
        query,
        store,
        compared: limits.is_empty(),
        limits,
        allowed: None,
        direction: Direction::Either,
        counts,
        weight: 1.0,
        step: None,
        at,
    }
}

/// The store and the query of a metric.
fn provider(provider: &BTreeMap<String, Value>, at: &str, notes: &mut Notes) -> (String, Query) {
    let at = format!("{at}/provider");
    let Some((kind, asked)) = provider.iter().next() else {
        let nothing = Value::Object(serde_json::Map::new());
        return ("unknown".to_owned(), Query::received(&nothing));
    };
    let at = format!("{at}/{}", escape_pointer(kind));
    let store = match kind.as_str() {
        "prometheus" | "datadog" | "influxdb" | "graphite" | "wavefront" => kind.as_str(),
        "newRelic" => "newrelic",
        "cloudWatch" => "cloudwatch",
        other => other,
    };
    let known = matches!(
        kind.as_str(),
        "prometheus" | "datadog" | "influxdb" | "graphite" | "wavefront" | "newRelic"
    );
    let text = asked.get("query").and_then(Value::as_str);
    let Some(text) = text.filter(|text| known && !text.trim().is_empty()) else {
        return (store.to_owned(), Query::received(asked));
    };
    for (field, value) in asked.as_object().into_iter().flatten() {
        if field != "query" && !value.is_null() {
            let detail = "where and how the store is asked is a matter of the account";
            notes.add(format!("{at}/{}", escape_pointer(field)), detail);
        }
    }
    let native = |expression: &str| template::variable(expression.strip_prefix("args.")?);
    let (text, whole) = template::braces(text.trim(), &format!("{at}/query"), notes, native);
    let query = if whole {
        Query::Native(text)
    } else {
        Query::Received(text)
    };
    (store.to_owned(), query)
}
