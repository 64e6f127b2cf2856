//! A canary config, as loosely typed as Kayenta reads it. A null is as good as an absent field.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

/// A canary config.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::kayenta) struct Config {
    pub(in crate::kayenta) name: Option<String>,
    pub(in crate::kayenta) description: Option<String>,
    pub(in crate::kayenta) judge: Option<Judge>,
    pub(in crate::kayenta) metrics: Option<Vec<Metric>>,
    pub(in crate::kayenta) templates: Option<BTreeMap<String, Option<String>>>,
    pub(in crate::kayenta) classifier: Option<Classifier>,
    #[serde(flatten)]
    pub(in crate::kayenta) rest: Map<String, Value>,
}

/// Fields of a config with which Kayenta and its page keep books; a native config has no use for them.
pub(in crate::kayenta) const BOOKKEEPING: [&str; 9] = [
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
pub(in crate::kayenta) struct Judge {
    pub(in crate::kayenta) name: Option<String>,
    pub(in crate::kayenta) judge_configurations: Option<Map<String, Value>>,
    #[serde(flatten)]
    pub(in crate::kayenta) rest: Map<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::kayenta) struct Metric {
    pub(in crate::kayenta) name: Option<String>,
    pub(in crate::kayenta) query: Option<Map<String, Value>>,
    pub(in crate::kayenta) groups: Option<Vec<String>>,
    pub(in crate::kayenta) analysis_configurations: Option<Map<String, Value>>,
    pub(in crate::kayenta) scope_name: Option<String>,
    #[serde(flatten)]
    pub(in crate::kayenta) rest: Map<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::kayenta) struct Classifier {
    pub(in crate::kayenta) group_weights: Option<BTreeMap<String, Value>>,
    pub(in crate::kayenta) score_thresholds: Option<Thresholds>,
    #[serde(flatten)]
    pub(in crate::kayenta) rest: Map<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(in crate::kayenta) struct Thresholds {
    pub(in crate::kayenta) pass: Option<Value>,
    pub(in crate::kayenta) marginal: Option<Value>,
    #[serde(flatten)]
    pub(in crate::kayenta) rest: Map<String, Value>,
}
