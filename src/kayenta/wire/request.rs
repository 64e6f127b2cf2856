//! What a run is asked to do.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::Double;

/// A request for a run under a stored config. A null is as good as an absent field.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CanaryExecutionRequest {
    /// The populations, by the names that metrics use for them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<BTreeMap<String, CanaryScopePair>>,
    /// From which score on the run passes or is marginal; without it the config's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thresholds: Option<ScoreThresholds>,
    /// Whatever else there is, `metadata` and `siteLocal` among it; echoed.
    #[serde(flatten)]
    #[schema(additional_properties, value_type = Object)]
    pub rest: Map<String, Value>,
}

/// A request for a run under a config that comes with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CanaryAdhocExecutionRequest {
    /// The config.
    #[schema(value_type = Option<Object>)]
    pub canary_config: Option<Value>,
    /// The request.
    pub execution_request: Option<CanaryExecutionRequest>,
}

/// The two populations of one comparison.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CanaryScopePair {
    /// The baseline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control_scope: Option<CanaryScope>,
    /// The canary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub experiment_scope: Option<CanaryScope>,
}

/// One population and its window.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CanaryScope {
    /// The population's name: `${scope}` in queries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Where it runs: `${location}` in queries. Older clients say `region`.
    #[serde(default, alias = "region", skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The start of the window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub start: Option<Timestamp>,
    /// The end of the window. If it lies ahead, the run waits for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub end: Option<Timestamp>,
    /// Seconds between two samples; without it the config's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Double>,
    /// Further variables for queries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub extended_scope_params: Option<Map<String, Value>>,
}

/// From which scores on a run passes or is marginal.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScoreThresholds {
    /// From this score on it passes.
    pub pass: Double,
    /// From this score on it is marginal.
    pub marginal: Double,
}
