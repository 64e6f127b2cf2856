//! Kayenta's JSON, as loosely typed as Kayenta reads it. A null is as good as an absent field.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

/// A canary config.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Config {
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) judge: Option<Judge>,
    pub(super) metrics: Option<Vec<Metric>>,
    pub(super) templates: Option<BTreeMap<String, Option<String>>>,
    pub(super) classifier: Option<Classifier>,
    #[serde(flatten)]
    pub(super) rest: Map<String, Value>,
}

/// Fields of a config with which Kayenta and its page keep books; a native config has no use for them.
pub(super) const BOOKKEEPING: [&str; 9] = [
    "id",
    "applications",
    "configVersion",
    "createdTimestamp",
    "createdTimestampIso",
    "updatedTimestamp",
    "updatedTimestampIso",
    "isNew",
    "owner",
];

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Judge {
    pub(super) name: Option<String>,
    pub(super) judge_configurations: Option<Map<String, Value>>,
    #[serde(flatten)]
    pub(super) rest: Map<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Metric {
    pub(super) name: Option<String>,
    pub(super) query: Option<Map<String, Value>>,
    pub(super) groups: Option<Vec<String>>,
    pub(super) analysis_configurations: Option<Map<String, Value>>,
    pub(super) scope_name: Option<String>,
    #[serde(flatten)]
    pub(super) rest: Map<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Classifier {
    pub(super) group_weights: Option<BTreeMap<String, Value>>,
    pub(super) score_thresholds: Option<Thresholds>,
    #[serde(flatten)]
    pub(super) rest: Map<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Thresholds {
    pub(super) pass: Option<Value>,
    pub(super) marginal: Option<Value>,
    #[serde(flatten)]
    pub(super) rest: Map<String, Value>,
}
