//! One run of a Kayenta: what was decided there, and what both judges decide about its samples.

use serde::Serialize;
use serde_json::Value;
use serinus_judge::JudgeName;

use super::kayenta::Kayenta;
use crate::kayenta::{
    judging::Asked,
    wire::{
        CanaryExecutionStatus, CanaryJudgeRequest, CanaryJudgeResult, MetricJudgement,
        MetricSetPair, ScoreLabel, ScoreThresholds,
    },
};

/// A run, decided three times.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Compared {
    /// The application.
    pub application: String,
    /// The config's name.
    pub config: String,
    /// The run's id there.
    pub run: String,
    /// What Kayenta decided.
    pub kayenta: Told,
    /// What Kayenta's judge decides here.
    pub netflix_aca: Told,
    /// What the judge `serinus` decides.
    pub serinus: Told,
}

/// A decision.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Told {
    /// `pass`, `marginal`, `fail`, or `inconclusive`, which Kayenta does not know.
    pub verdict: &'static str,
    /// 0 to 100.
    pub score: f64,
    /// Why.
    pub reason: String,
    /// Metrics that came out otherwise than in Kayenta.
    pub differences: Vec<Difference>,
}

/// A metric that came out otherwise than in Kayenta.
#[derive(Debug, Clone, Serialize)]
pub struct Difference {
    /// The metric.
    pub metric: String,
    /// Kayenta's word for it; none if it says nothing of it.
    pub kayenta: Option<String>,
    /// The word here.
    pub here: String,
    /// Why.
    pub reason: String,
}

impl Compared {
    /// Whether Kayenta's own judge decides as it did.
    pub fn is_confirmed(&self) -> bool {
        self.netflix_aca.verdict == self.kayenta.verdict && self.netflix_aca.differences.is_empty()
    }

    /// Whether the judge `serinus` leads to something else than Kayenta did.
    pub fn would_change(&self) -> bool {
        self.serinus.verdict != self.kayenta.verdict
    }
}

/// The id of a run, as far as it can be read.
pub(super) fn id_of(run: &Value) -> String {
    let id = run.get("pipelineId").and_then(Value::as_str);
    id.unwrap_or("without an id").chars().take(100).collect()
}

/// Judges a run again; `None` if it has no result to compare with.
///
/// # Errors
/// It cannot be read or judged; a sentence.
pub(super) async fn run(kayenta: &Kayenta, received: Value) -> Result<Option<Compared>, String> {
    let run: CanaryExecutionStatus =
        serde_json::from_value(received).map_err(|error| error.to_string())?;
    let Some(result) = run.result.as_ref().map(|result| &result.judge_result) else {
        return Ok(None);
    };
    let config = run
        .config
        .as_ref()
        .ok_or("it does not say under which config")?;
    let list = run.metric_set_pair_list_id.as_deref();
    let list = list.ok_or("it has no list of samples")?;
    let thresholds = thresholds(&run).ok_or("its request has no thresholds")?;
    let pairs = kayenta
        .pairs(list, run.storage_account_name.as_deref())
        .await;
    let pairs = pairs.map_err(|error| error.to_string())?;
    let judge = |judge| judged(config, thresholds, &pairs, judge, result);
    let name = config.get("name").and_then(Value::as_str);
    Ok(Some(Compared {
        application: run.application.clone(),
        config: name.unwrap_or_default().to_owned(),
        run: run.pipeline_id.clone(),
        kayenta: Told {
            verdict: word(result.score.classification)?,
            score: result.score.score.0,
            reason: result.score.classification_reason.clone(),
            differences: Vec::new(),
        },
        netflix_aca: judge(JudgeName::NetflixAca)?,
        serinus: judge(JudgeName::Serinus)?,
    }))
}

fn thresholds(run: &CanaryExecutionStatus) -> Option<ScoreThresholds> {
    let request = serde_json::to_value(&run.canary_execution_request).ok()?;
    serde_json::from_value(request.get("thresholds")?.clone()).ok()
}

fn word(label: ScoreLabel) -> Result<&'static str, String> {
    match label {
        ScoreLabel::Pass => Ok("pass"),
        ScoreLabel::Marginal => Ok("marginal"),
        ScoreLabel::Fail => Ok("fail"),
        ScoreLabel::Nodata | ScoreLabel::Error => Err(format!("its score is called {label:?}")),
    }
}

fn judged(
    config: &Value,
    thresholds: ScoreThresholds,
    pairs: &[MetricSetPair],
    judge: JudgeName,
    there: &CanaryJudgeResult,
) -> Result<Told, String> {
    let request = CanaryJudgeRequest {
        canary_config: config.clone(),
        score_thresholds: thresholds,
        metric_set_pair_list: pairs.to_vec(),
    };
    let asked = Asked::new(request, Some(judge.into())).map_err(|error| error.to_string())?;
    let (case, told) = asked.into_parts();
    let looked = case.judged().map_err(|error| error.to_string())?;
    let decision = &looked.scorecard.decision;
    let result = told.result(decision);
    let differences = decision.metrics.iter().zip(&result.results);
    let differences = differences.filter_map(|(metric, here)| {
        let same =
            |other: &&MetricJudgement| (&here.name, &here.tags) == (&other.name, &other.tags);
        let other = there.results.iter().find(same);
        let label = other.map(|other| other.classification);
        (label != Some(here.classification)).then(|| Difference {
            metric: here.name.clone(),
            kayenta: label.map(|label| label.to_string()),
            here: here.classification.to_string(),
            reason: metric.reason.clone(),
        })
    });
    Ok(Told {
        verdict: decision.verdict.as_str(),
        score: decision.score,
        reason: decision.reason.clone(),
        differences: differences.collect(),
    })
}
