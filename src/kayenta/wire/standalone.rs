//! Standalone analyses: several judgements while a window fills.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{CanaryResult, Double, ExecutionException, ExecutionStatus, ScoreThresholds};

/// A request for a standalone analysis. A null is as good as an absent field.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StandaloneRequest {
    /// The populations. The times and the step of the first count for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scopes: Option<Vec<StandaloneScope>>,
    /// From which score on it passes or is marginal; without it the config's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thresholds: Option<ScoreThresholds>,
    /// How long the canary is watched, in minutes; an end of the first scope counts before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lifetime_duration_mins: Option<Double>,
    /// How long the canary warms up before it is watched, in minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begin_after_mins: Option<Double>,
    /// How far back each judgement sees, in minutes; if 0, to the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lookback_mins: Option<Double>,
    /// From one judgement to the next, in minutes; without it there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub analysis_interval_mins: Option<Double>,
    /// Whatever else there is, `siteLocal` among it; echoed.
    #[serde(flatten)]
    #[schema(additional_properties, value_type = Object)]
    pub rest: Map<String, Value>,
}

/// A request for a standalone analysis under a config that comes with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StandaloneAdhocRequest {
    /// The config.
    #[schema(value_type = Option<Object>)]
    pub canary_config: Option<Value>,
    /// The request.
    pub execution_request: Option<StandaloneRequest>,
}

/// Two populations and their time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StandaloneScope {
    /// What metrics call it; `default` if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope_name: Option<String>,
    /// The baseline's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control_scope: Option<String>,
    /// Where the baseline runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control_location: Option<String>,
    /// How much earlier the baseline is looked at, in minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control_offset_in_minutes: Option<Double>,
    /// The canary's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub experiment_scope: Option<String>,
    /// Where the canary runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub experiment_location: Option<String>,
    /// The start; now if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub start_time_iso: Option<Timestamp>,
    /// The end, of an analysis of the past.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub end_time_iso: Option<Timestamp>,
    /// Seconds between two samples; 60 if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Double>,
    /// Further variables for queries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub extended_scope_params: Option<Map<String, Value>>,
}

/// Where a standalone analysis stands, and what came out.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StandaloneStatus {
    /// The application that is released.
    pub application: String,
    /// Who asked for it.
    pub user: String,
    /// The pipeline's run, as the request named it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_pipeline_execution_id: Option<String>,
    /// The analysis.
    pub pipeline_id: String,
    /// Where its parts stand.
    pub stage_status: Vec<StandaloneStage>,
    /// Whether it has ended.
    pub complete: bool,
    /// Where it stands, in upper case.
    pub execution_status: &'static str,
    /// Where it stands.
    pub status: ExecutionStatus,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exception: Option<ExecutionException>,
    /// What came out, once it has ended by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canary_analysis_execution_result: Option<StandaloneResult>,
    /// What was asked for, as it was sent.
    #[schema(value_type = Object)]
    pub canary_analysis_execution_request: Value,
    /// The config, with `${` written as `$\{`.
    #[schema(value_type = Object)]
    pub canary_config: Value,
    /// The config's id, or `ad-hoc`.
    pub canary_config_id: String,
    /// When it was asked for, in milliseconds since 1970.
    pub build_time_millis: i64,
    /// When it was asked for.
    #[schema(value_type = String, format = DateTime)]
    pub build_time_iso: Timestamp,
    /// When it began, in milliseconds since 1970.
    pub start_time_millis: i64,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub start_time_iso: Timestamp,
    /// When it ended, in milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_time_millis: Option<i64>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub end_time_iso: Option<Timestamp>,
    /// The account of the analysis' records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_account_name: Option<String>,
    /// The account that was asked for samples.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metrics_account_name: Option<String>,
    /// The account of the config; none for a config that came with the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub configuration_account_name: Option<String>,
}

/// A part of a standalone analysis.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StandaloneStage {
    /// What kind of part it is.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// Where it stands, in upper case.
    pub status: &'static str,
    /// The judgement's run, once there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution_id: Option<String>,
}

/// What came out of a standalone analysis.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StandaloneResult {
    /// Whether the last score is one that passes.
    pub did_pass_thresholds: bool,
    /// Whether a judgement has warnings.
    pub has_warnings: bool,
    /// What the scores mean.
    pub canary_score_message: String,
    /// The scores, in order.
    pub canary_scores: Vec<f64>,
    /// The judgements, in order.
    pub canary_execution_results: Vec<StandaloneExecution>,
}

/// One judgement of a standalone analysis.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StandaloneExecution {
    /// Its run.
    pub execution_id: String,
    /// Where it stands, in upper case.
    pub execution_status: &'static str,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exception: Option<ExecutionException>,
    /// What came out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<CanaryResult>,
    /// The start of what it saw of the baseline.
    #[schema(value_type = String, format = DateTime)]
    pub judgement_start_time_iso: Timestamp,
    /// The start of what it saw of the baseline, in milliseconds since 1970.
    pub judgement_start_time_millis: i64,
    /// The end of what it saw of the baseline.
    #[schema(value_type = String, format = DateTime)]
    pub judgement_end_time_iso: Timestamp,
    /// The end of what it saw of the baseline, in milliseconds since 1970.
    pub judgement_end_time_millis: i64,
    /// What makes its score less certain.
    pub warnings: Vec<String>,
    /// The samples that were compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metric_set_pair_list_id: Option<String>,
    /// When it was asked for, in milliseconds since 1970.
    pub build_time_millis: i64,
    /// When it was asked for.
    #[schema(value_type = String, format = DateTime)]
    pub build_time_iso: Timestamp,
    /// When it began, in milliseconds since 1970.
    pub start_time_millis: i64,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub start_time_iso: Timestamp,
    /// When it ended, in milliseconds since 1970.
    pub end_time_millis: i64,
    /// When it ended.
    #[schema(value_type = String, format = DateTime)]
    pub end_time_iso: Timestamp,
    /// The account of its records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_account_name: Option<String>,
}
