//! What a judge answers, remote or not.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serinus_judge::netflix_aca::Label;
use utoipa::ToSchema;

use super::Double;

/// The judgement of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CanaryJudgeResult {
    /// The judge.
    #[serde(default)]
    pub judge_name: String,
    /// An entry per metric, muted ones included.
    pub results: Vec<MetricJudgement>,
    /// An entry per group.
    #[serde(default)]
    pub group_scores: Vec<GroupScore>,
    /// The whole.
    pub score: Score,
}

/// The judgement of one metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricJudgement {
    /// The metric.
    pub name: String,
    /// The labels that both sides' series have.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// The pair of series that was compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What came out.
    pub classification: Label,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classification_reason: Option<String>,
    /// The groups it counts in.
    #[serde(default)]
    pub groups: Vec<String>,
    /// The canary's samples, as compared.
    #[serde(default)]
    pub experiment_metadata: SideMetadata,
    /// The baseline's samples, as compared.
    #[serde(default)]
    pub control_metadata: SideMetadata,
    /// What was computed; nothing if the metric could not be compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result_metadata: Option<ResultMetadata>,
    /// Whether it fails the run whatever the others say.
    #[serde(default)]
    pub critical: bool,
    /// Whether it is left out of the score.
    #[serde(default)]
    pub muted: bool,
}

/// What is known of one side.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SideMetadata {
    /// Its samples in figures.
    #[serde(default)]
    pub stats: Stats,
}

/// Samples in figures; all 0 where there are none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub struct Stats {
    /// The smallest.
    pub min: Double,
    /// The largest.
    pub max: Double,
    /// Their mean.
    pub mean: Double,
    /// Their standard deviation.
    pub std: Double,
    /// How many there are.
    pub count: u64,
}

/// What was computed of a metric. All but the ratio are additions to what Kayenta answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResultMetadata {
    /// Mean of the canary over mean of the baseline.
    #[serde(default = "Double::none")]
    pub ratio: Double,
    /// Estimated shift from baseline to canary, in the metric's unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimate: Option<f64>,
    /// Lower end of the confidence interval of that shift.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lower: Option<f64>,
    /// Upper end of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upper: Option<f64>,
    /// What came out, in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
}

/// The score of one group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupScore {
    /// The group.
    pub name: String,
    /// 0 to 100.
    pub score: Double,
    /// Always empty.
    #[serde(default)]
    pub classification: String,
    /// Always empty.
    #[serde(default)]
    pub classification_reason: String,
}

/// The score of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Score {
    /// 0 to 100.
    pub score: Double,
    /// What it means.
    pub classification: ScoreLabel,
    /// Why; may be empty.
    #[serde(default)]
    pub classification_reason: String,
}

/// What a score means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum ScoreLabel {
    /// Good enough.
    Pass,
    /// Somebody should look.
    Marginal,
    /// Worse.
    Fail,
    /// Nothing was there to judge; Kayenta knows the word and never says it.
    Nodata,
    /// It could not be judged; Kayenta knows the word and never says it.
    Error,
}
