//! The scorecard: the judge's decision together with everything it rests on.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serinus_judge::{
    self as judge, EarlierLook, Evidence, LookDecision, Metric, Release, Thresholds, Watch,
};
use utoipa::ToSchema;

use super::{
    Fetched, MetricEvidence, Plan, Run, Tolerance,
    bounded::bound,
    gather::{Gathered, gather},
};
use crate::canary_config::{CanaryConfig, MetricConfig};

/// Which version of which config was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConfigIdentity {
    /// The config's name.
    pub name: String,
    /// The SHA-256 of its canonical form, in hex.
    pub digest: String,
}

impl ConfigIdentity {
    /// The identity of a config.
    pub fn of(config: &CanaryConfig) -> Self {
        Self {
            name: config.name.to_string(),
            digest: config.digest(),
        }
    }
}

/// What was decided about a release, and everything it rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Scorecard {
    /// The application.
    pub application: String,
    /// The config in use.
    pub config: ConfigIdentity,
    /// The labels of the request.
    pub labels: BTreeMap<String, String>,
    /// The judge's decision: verdict, score, groups, metrics.
    #[serde(flatten)]
    pub decision: judge::Scorecard,
    /// What each metric's decision rests on, in the order of `metrics`.
    pub evidence: Vec<MetricEvidence>,
    /// How long each part took.
    pub timings: Timings,
}

/// How long the parts of an analysis took, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Timings {
    /// Fetching, from the first query to the last answer.
    pub fetch_millis: f64,
    /// Judging.
    pub judge_millis: f64,
}

/// What a look found.
#[derive(Debug, Clone, PartialEq)]
pub struct Looked {
    /// Its scorecard.
    pub scorecard: Scorecard,
    /// Whether the run ends with it.
    pub decision: LookDecision,
    /// Why, in a sentence.
    pub reason: String,
    /// What later looks have to know of it.
    pub record: EarlierLook,
}

/// Judges what was fetched for a look of a run.
pub fn judge_look(
    run: &Run,
    plan: &Plan,
    (watch, look): (&Watch, &judge::Look),
    mut fetched: Vec<Fetched>,
    mut timings: Timings,
) -> Looked {
    bound(plan, &mut fetched);
    let gathered = plan
        .config
        .metrics
        .iter()
        .zip(&plan.metrics)
        .zip(&fetched)
        .map(|((metric, planned), fetched)| {
            gather(plan.config.minimum_work(metric), planned, fetched)
        })
        .collect();
    let started = std::time::Instant::now();
    let (release, evidence) = release(&plan.config, plan.thresholds, gathered);
    let judged = watch.look(look, &release);
    timings.judge_millis = started.elapsed().as_secs_f64() * 1e3;
    Looked {
        scorecard: Scorecard {
            application: run.application().to_owned(),
            config: plan.identity.clone(),
            labels: run.labels().clone(),
            decision: judged.scorecard,
            evidence,
            timings,
        },
        decision: judged.decision,
        reason: judged.reason,
        record: judged.record,
    }
}

/// Judges samples that are already lined up.
pub(super) fn judge_gathered(
    application: &str,
    config: &CanaryConfig,
    identity: ConfigIdentity,
    thresholds: Thresholds,
    gathered: Vec<Gathered>,
) -> Scorecard {
    let (release, evidence) = release(config, thresholds, gathered);
    Scorecard {
        application: application.to_owned(),
        config: identity,
        labels: BTreeMap::new(),
        decision: config.judge.judge().judge(&release),
        evidence,
        timings: Timings::default(),
    }
}

/// What the judge gets, and the record of it.
fn release(
    config: &CanaryConfig,
    thresholds: Thresholds,
    gathered: Vec<Gathered>,
) -> (Release, Vec<MetricEvidence>) {
    let (evidence, records): (Vec<_>, Vec<_>) = gathered
        .into_iter()
        .zip(&config.metrics)
        .map(|(gathered, metric)| {
            let record = MetricEvidence {
                tolerance: Tolerance::of(metric, config),
                ..gathered.record
            };
            (gathered.evidence, record)
        })
        .unzip();
    let metrics = config
        .metrics
        .iter()
        .zip(evidence)
        .zip(&records)
        .map(|((metric, evidence), record)| {
            let step = match record.canary.step_millis {
                0 => metric.step.unwrap_or(config.defaults.step),
                millis => SignedDuration::from_millis(millis),
            };
            judged(metric, config, step, evidence)
        })
        .collect();
    let release = Release {
        metrics,
        weights: config.groups.clone(),
        thresholds,
    };
    (release, records)
}

fn judged(
    metric: &MetricConfig,
    config: &CanaryConfig,
    step: SignedDuration,
    evidence: Evidence,
) -> Metric {
    Metric {
        name: metric.name.to_string(),
        groups: metric.groups.iter().map(ToString::to_string).collect(),
        rules: metric.rules(&config.defaults, step),
        evidence,
    }
}
