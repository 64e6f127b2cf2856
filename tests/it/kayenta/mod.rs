//! Kayenta's canary configs: what they become, and that they are judged as the native ones are.

mod commands;
mod directory;
mod imports;
mod judge;
mod live;
mod queries;

use serde_json::{Value, json};

/// A config with metrics of these queries, in one group.
fn config_of(queries: &[Value]) -> Value {
    let metrics: Vec<_> = (queries.iter().enumerate())
        .map(|(index, query)| {
            json!({
                "name": format!("metric {index}"),
                "query": query,
                "groups": ["all"],
                "analysisConfigurations": {"canary": {"direction": "increase"}},
                "scopeName": "default",
            })
        })
        .collect();
    json!({
        "name": "checkout",
        "applications": ["shop"],
        "judge": {"name": "NetflixACAJudge-v1.0"},
        "metrics": metrics,
        "classifier": {"groupWeights": {"all": 100}, "scoreThresholds": {"pass": 90, "marginal": 75}},
    })
}
