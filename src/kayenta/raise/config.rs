//! Configs as Kayenta's clients show them.

use serde_json::{Map, Value, json};

use super::judge_name;
use crate::canary_config::{CanaryConfig, MetricConfig, MetricQuery, Name};

/// The config with `${` as Spinnaker's own expressions leave it alone, in the places where Kayenta hides it.
pub fn escaped(config: &Value) -> Value {
    let mut config = config.clone();
    let templates = config.get_mut("templates").and_then(Value::as_object_mut);
    templates
        .into_iter()
        .flat_map(Map::values_mut)
        .for_each(hide);
    let metrics = config.get_mut("metrics").and_then(Value::as_array_mut);
    for metric in metrics.into_iter().flatten() {
        if let Some(template) = metric.pointer_mut("/query/customInlineTemplate") {
            hide(template);
        }
    }
    config
}

fn hide(template: &mut Value) {
    if let Value::String(text) = template {
        *text = text.replace("${", "$\\{");
    }
}

/// A native config in Kayenta's form: enough for its clients to show what was compared. It is not what a run goes by, and
/// leaves out what Kayenta has no words for.
pub fn shown(config: &CanaryConfig) -> Value {
    let metrics: Vec<_> = (config.metrics.iter())
        .map(|metric| of_metric(metric, config))
        .collect();
    let weights: Map<String, Value> = (config.groups.iter())
        .map(|(group, weight)| (group.to_owned(), weight.into()))
        .collect();
    json!({
        "name": config.name,
        "description": config.description,
        "configVersion": "1",
        "applications": [],
        "judge": {"name": judge_name(config.judge.judged_by()), "judgeConfigurations": {}},
        "metrics": metrics,
        "templates": {},
        "classifier": {
            "groupWeights": weights,
            "scoreThresholds": {"pass": config.thresholds.pass(), "marginal": config.thresholds.marginal()},
        },
    })
}

fn of_metric(metric: &MetricConfig, config: &CanaryConfig) -> Value {
    let account = metric.account.as_ref().or(config.defaults.account.as_ref());
    let account = account.map_or("", Name::as_str);
    let query = match &metric.query {
        MetricQuery::Series(query) => query.as_str().to_owned(),
        MetricQuery::Counts(counts) => {
            format!("({}) / ({})", counts.errors.as_str(), counts.of.as_str())
        }
    };
    json!({
        "name": metric.name,
        // Not a type of Kayenta's: its page offers no form to change it then.
        "query": {"type": account, "serviceType": account, "customInlineTemplate": query},
        "groups": metric.groups,
        "analysisConfigurations": {"canary": {
            "direction": metric.direction,
            "critical": metric.critical,
            "muted": metric.muted,
        }},
        "scopeName": metric.scope.as_ref().map_or("default", Name::as_str),
    })
}
