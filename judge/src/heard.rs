//! What a judge elsewhere said of a release, held to what holds under every judge.

use serde::{Deserialize, Serialize};

use crate::judge::Judge;
use crate::judges::netflix_aca::{Answer, Label};
use crate::observations::Observations;
use crate::preconditions::{self, present};
use crate::release::{Evidence, Metric, Release};
use crate::score;
use crate::scorecard::{Counted, MetricResult, Outcome, Scorecard, finite};
use crate::stats::Summary;

/// What a judge elsewhere said, in Kayenta's words.
#[derive(Clone, Debug, PartialEq)]
pub struct Heard {
    score: f64,
    metrics: Vec<HeardMetric>,
}

/// What it said of one metric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeardMetric {
    /// The metric.
    pub name: String,
    /// Its label.
    pub label: Label,
    /// Its reason, if it gave one.
    pub reason: Option<String>,
    /// Mean of the canary over mean of the baseline, if it is a finite number.
    pub ratio: Option<f64>,
    /// Whether it fails the release by itself.
    pub critical: bool,
}

/// An answer that is none to what was asked.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum InvalidAnswer {
    /// The score is none.
    #[error("its score is {0}, which is not between 0 and 100")]
    Score(f64),
    /// It says nothing of a metric.
    #[error("it says nothing of the metric {0:?}")]
    Missing(String),
    /// It speaks of a metric that was not asked about, or twice of one.
    #[error("it speaks of a metric {0:?}, which was not asked about, or twice")]
    Unexpected(String),
}

impl Heard {
    /// An answer about a release: a score, and a word about each of its metrics and no other.
    ///
    /// # Errors
    /// It is none.
    pub fn new(
        score: f64,
        mut said: Vec<HeardMetric>,
        release: &Release,
    ) -> Result<Self, InvalidAnswer> {
        if !(0.0..=100.0).contains(&score) {
            return Err(InvalidAnswer::Score(score));
        }
        let mut metrics = Vec::new();
        for metric in &release.metrics {
            let place = said.iter().position(|said| said.name == metric.name);
            let place = place.ok_or_else(|| InvalidAnswer::Missing(metric.name.clone()))?;
            metrics.push(said.swap_remove(place));
        }
        match said.pop() {
            Some(other) => Err(InvalidAnswer::Unexpected(other.name)),
            None => Ok(Self { score, metrics }),
        }
    }

    /// The decision about the release it was asked about.
    ///
    /// What another judge lets pass has to meet the preconditions here, and a release has not passed of which too little was
    /// decided. Guardrails fail it whatever was said. What it fails is failed.
    pub(crate) fn scorecard(
        &self,
        release: &Release,
        finish: impl Fn(&Metric, MetricResult) -> MetricResult,
    ) -> Scorecard {
        let metrics = release.metrics.iter().zip(&self.metrics);
        let metrics = metrics.map(|(metric, said)| finish(metric, said.result(metric)));
        score::heard(self.score, release, metrics.collect())
    }
}

impl HeardMetric {
    fn result(&self, metric: &Metric) -> MetricResult {
        match &metric.evidence {
            Evidence::Observed(observations) => {
                let said = self.said(metric, observations);
                let unmet = match said.counted {
                    Counted::Passed => preconditions::unmet(&metric.rules, observations),
                    Counted::Failed | Counted::Ignored => None,
                };
                let result = match unmet {
                    Some(unmet) => unmet.result(metric, observations),
                    None => said.wherever(observations),
                };
                result.guarded(metric, observations)
            }
            // Nothing another judge says makes up for what could not be measured.
            Evidence::Reserved(..) | Evidence::Undecidable(_) | Evidence::Failed(_) => {
                Judge::default().decide(metric)
            }
        }
    }

    fn said(&self, metric: &Metric, observations: &Observations) -> MetricResult {
        let (outcome, counted) = match self.label {
            Label::Pass => (Outcome::Pass, Counted::Passed),
            Label::High => (Outcome::High, Counted::Failed),
            Label::Low => (Outcome::Low, Counted::Failed),
            Label::Nodata if self.critical => (Outcome::Nodata, Counted::Failed),
            Label::Nodata => (Outcome::Nodata, Counted::Ignored),
            Label::NodataFailMetric => (Outcome::Nodata, Counted::Failed),
            Label::Error => (Outcome::Error, Counted::Ignored),
        };
        let reason = self
            .reason
            .clone()
            .filter(|reason| !reason.trim().is_empty());
        let reason = reason.unwrap_or_else(|| {
            let (name, label) = (&metric.name, self.label);
            format!("{name} was classified as {label} by the remote judge")
        });
        let baseline = Summary::of(&present(observations.baseline()));
        let canary = Summary::of(&present(observations.canary()));
        let change = baseline.mean.zip(canary.mean);
        MetricResult {
            critical_failure: self.critical && counted == Counted::Failed,
            design: Some(observations.design()),
            ratio: self.ratio,
            change_percent: change.and_then(|(baseline, canary)| {
                finite((canary - baseline) / baseline.abs() * 100.0)
            }),
            baseline,
            canary,
            netflix_aca: Some(Answer {
                classification: self.label,
                reason: self.reason.clone(),
                ratio: self.ratio,
            }),
            ..MetricResult::unjudged(metric, outcome, counted, reason)
        }
    }
}
