//! What a judge elsewhere is asked.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{MetricSetPair, ScoreThresholds};

/// What a judge elsewhere is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CanaryJudgeRequest {
    /// The canary config.
    #[schema(value_type = Object)]
    pub canary_config: Value,
    /// From which scores on a canary passes or is marginal.
    pub score_thresholds: ScoreThresholds,
    /// The samples.
    pub metric_set_pair_list: Vec<MetricSetPair>,
}
