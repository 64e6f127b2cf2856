//! Where a run stands, and what came out.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::CanaryJudgeResult;

/// Where a run stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CanaryExecutionStatus {
    /// The application that is released.
    pub application: String,
    /// The pipeline's run, as the request named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_pipeline_execution_id: Option<String>,
    /// The run.
    #[serde(default)]
    pub pipeline_id: String,
    /// Where its parts stand.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, String>)]
    pub stage_status: BTreeMap<String, ExecutionStatus>,
    /// Whether it has ended.
    pub complete: bool,
    /// Where it stands. A run that ended in `Fail` has `succeeded`.
    pub status: ExecutionStatus,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exception: Option<ExecutionException>,
    /// What came out, if it succeeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<CanaryResult>,
    /// The config, with `${` written as `$\{`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub config: Option<Value>,
    /// The config's id, or `ad-hoc`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary_config_id: Option<String>,
    /// What was asked for, as it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub canary_execution_request: Option<Value>,
    /// The samples that were compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric_set_pair_list_id: Option<String>,
    /// When it was asked for, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build_time_millis: Option<i64>,
    /// When it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub build_time_iso: Option<Timestamp>,
    /// When it began, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_time_millis: Option<i64>,
    /// When it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub start_time_iso: Option<Timestamp>,
    /// When it ended, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_time_millis: Option<i64>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub end_time_iso: Option<Timestamp>,
    /// The account of the run's records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storage_account_name: Option<String>,
    /// The account that was asked for samples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics_account_name: Option<String>,
    /// The account of the config; none for a config that came with the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub configuration_account_name: Option<String>,
}

/// What came out of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CanaryResult {
    /// The judgement.
    pub judge_result: CanaryJudgeResult,
    /// How long the window was, if all were as long (`PT1H`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canary_duration: Option<String>,
}

/// Where something stands, in Orca's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExecutionStatus {
    /// Not yet begun.
    NotStarted,
    /// Under way, or waiting for its window to end.
    Running,
    /// Held.
    Paused,
    /// Held.
    Suspended,
    /// Ended as it should, whatever was found.
    Succeeded,
    /// Failed, and others went on.
    FailedContinue,
    /// Failed.
    Terminal,
    /// Ended by its caller.
    Canceled,
    /// Taken elsewhere.
    Redirect,
    /// Ended by others' failure.
    Stopped,
    /// Left out.
    Skipped,
    /// Waiting for its turn.
    Buffered,
}

impl ExecutionStatus {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::NotStarted,
        Self::Running,
        Self::Paused,
        Self::Suspended,
        Self::Succeeded,
        Self::FailedContinue,
        Self::Terminal,
        Self::Canceled,
        Self::Redirect,
        Self::Stopped,
        Self::Skipped,
        Self::Buffered,
    ];

    /// The word in upper case, as queries and standalone analyses write it.
    pub fn upper_case(self) -> &'static str {
        match self {
            Self::NotStarted => "NOT_STARTED",
            Self::Running => "RUNNING",
            Self::Paused => "PAUSED",
            Self::Suspended => "SUSPENDED",
            Self::Succeeded => "SUCCEEDED",
            Self::FailedContinue => "FAILED_CONTINUE",
            Self::Terminal => "TERMINAL",
            Self::Canceled => "CANCELED",
            Self::Redirect => "REDIRECT",
            Self::Stopped => "STOPPED",
            Self::Skipped => "SKIPPED",
            Self::Buffered => "BUFFERED",
        }
    }
}

/// Why a run failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExecutionException {
    /// When, in milliseconds since 1970.
    #[serde(default)]
    pub timestamp: i64,
    /// What kind of failure it was.
    #[serde(default)]
    pub exception_type: String,
    /// What was being done.
    #[serde(default)]
    pub operation: String,
    /// What went wrong.
    pub details: ExceptionDetails,
    /// Whether it pays to try again.
    #[serde(default)]
    pub should_retry: bool,
}

/// What went wrong.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExceptionDetails {
    /// In short.
    #[serde(default)]
    pub error: String,
    /// In full.
    #[serde(default)]
    pub errors: Vec<String>,
}
