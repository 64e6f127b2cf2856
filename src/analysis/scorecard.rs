//! The scorecard: the judge's decision together with everything it rests on.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serinus_judge::{self as judge, Evidence, Metric, Release, Thresholds};
use utoipa::ToSchema;

use super::{
    Fetched, MetricEvidence, Plan, Run,
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

/// Judges what was fetched.
pub fn judge_fetched(
    run: &Run,
    plan: &Plan,
    fetched: Vec<Fetched>,
    mut timings: Timings,
) -> Scorecard {
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
    let mut scorecard = judge_gathered(
        run.application(),
        &plan.config,
        plan.identity.clone(),
        plan.thresholds,
        gathered,
    );
    timings.judge_millis = started.elapsed().as_secs_f64() * 1e3;
    scorecard.labels.clone_from(run.labels());
    scorecard.timings = timings;
    scorecard
}

/// Judges samples that are already lined up.
pub(super) fn judge_gathered(
    application: &str,
    config: &CanaryConfig,
    identity: ConfigIdentity,
    thresholds: Thresholds,
    gathered: Vec<Gathered>,
) -> Scorecard {
    let (evidence, records): (Vec<_>, Vec<_>) = gathered
        .into_iter()
        .map(|gathered| (gathered.evidence, gathered.record))
        .unzip();
    let release = Release {
        metrics: config
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
            .collect(),
        weights: config.groups.clone(),
        thresholds,
    };
    Scorecard {
        application: application.to_owned(),
        config: identity,
        labels: BTreeMap::new(),
        decision: config.judge.judge().judge(&release),
        evidence: records,
        timings: Timings::default(),
    }
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
