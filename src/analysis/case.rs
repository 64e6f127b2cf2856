//! A case: everything a judge is asked about a release at once, with the record of where it comes from.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serinus_judge::{
    self as judge, EarlierLook, Evidence, Heard, InvalidLook, JudgedBy, LookJudgement, LookRule,
    Metric, Place, Progress, Release, Thresholds, UnsuitedRule, Watch,
};
use utoipa::ToSchema;

use super::{
    ConfigIdentity, Fetched, Looked, MetricEvidence, Plan, Run, Scorecard, Timings, Tolerance,
    bounded::bound,
    gather::{Gathered, gather},
};
use crate::canary_config::{CanaryConfig, MetricConfig};

/// What a judge is asked, and what is known of where it comes from.
#[derive(Debug, Clone)]
pub struct Case {
    application: String,
    labels: BTreeMap<String, String>,
    config: Arc<CanaryConfig>,
    identity: ConfigIdentity,
    release: Release,
    evidence: Vec<MetricEvidence>,
    sitting: Sitting,
    timings: Timings,
}

/// Which of a run's looks a case is for: how strict the judge has to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Sitting {
    /// How the looks of the run share its error rates.
    pub rule: LookRule,
    /// How far the run is.
    pub progress: Progress,
    /// Whether another look follows.
    pub place: Place,
    /// What the looks before found, in order.
    pub earlier: Vec<EarlierLook>,
}

impl Sitting {
    /// The look of a run with this number.
    ///
    /// # Errors
    /// Its looks are not in order.
    pub fn of(run: &Run, number: u32, judge: JudgedBy) -> Result<Self, InvalidLook> {
        let earlier = run.looks.iter().filter(|look| look.number < number);
        let earlier = earlier.filter_map(|look| look.record.clone()).collect();
        let look = run.request.place_of(number, earlier)?;
        Ok(Self {
            rule: run.request.look_rule(judge),
            progress: look.progress(),
            place: look.place(),
            earlier: look.earlier().to_vec(),
        })
    }

    /// The look for the judge.
    ///
    /// # Errors
    /// The looks before are not in order.
    pub fn look(&self) -> Result<judge::Look, InvalidLook> {
        judge::Look::new(self.progress, self.earlier.clone(), self.place)
    }
}

/// Why a case cannot be judged in this way.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum Unfit {
    /// The judge cannot look as the run is to be looked at.
    #[error(transparent)]
    Rule(#[from] UnsuitedRule),
    /// The looks before are not in order.
    #[error(transparent)]
    Look(#[from] InvalidLook),
    /// Its judge has to be asked over the network.
    #[error("the config names a remote judge, which only the service can ask")]
    Elsewhere,
}

/// What a case is about.
#[derive(Debug, Clone)]
pub(super) struct About {
    pub(super) application: String,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) config: Arc<CanaryConfig>,
    pub(super) identity: ConfigIdentity,
    pub(super) thresholds: Thresholds,
}

impl Case {
    /// The case of a look of a run, of what was fetched for it.
    pub fn of_look(
        run: &Run,
        plan: &Plan,
        sitting: Sitting,
        mut fetched: Vec<Fetched>,
        timings: Timings,
    ) -> Self {
        bound(plan, &mut fetched);
        let metrics = plan.config.metrics.iter().zip(&plan.metrics).zip(&fetched);
        let gathered = metrics.map(|((metric, planned), fetched)| {
            gather(plan.config.minimum_work(metric), planned, fetched)
        });
        let about = About {
            application: run.application().to_owned(),
            labels: run.labels().clone(),
            config: plan.config.clone(),
            identity: plan.identity.clone(),
            thresholds: plan.thresholds,
        };
        Self {
            timings,
            ..Self::new(about, sitting, gathered.collect())
        }
    }

    /// A case of samples that are already lined up, in the order of the config's metrics.
    pub(super) fn new(about: About, sitting: Sitting, gathered: Vec<Gathered>) -> Self {
        let About {
            application,
            labels,
            config,
            identity,
            thresholds,
        } = about;
        let (release, evidence) = release(&config, thresholds, gathered);
        Self {
            application,
            labels,
            config,
            identity,
            release,
            evidence,
            sitting,
            timings: Timings::default(),
        }
    }

    /// The application.
    pub fn application(&self) -> &str {
        &self.application
    }

    /// The config it is judged under.
    pub fn config(&self) -> &CanaryConfig {
        &self.config
    }

    /// What the judge is asked.
    pub fn release(&self) -> &Release {
        &self.release
    }

    /// What it rests on, in the order of the release's metrics.
    pub fn evidence(&self) -> &[MetricEvidence] {
        &self.evidence
    }

    /// Judges it by its own judge, which has to be one of this program.
    ///
    /// # Errors
    /// It cannot be judged here, or not in this way.
    pub fn judged(self) -> Result<Looked, Unfit> {
        let started = Instant::now();
        let Some(judge) = self.config.judge.local() else {
            return Err(Unfit::Elsewhere);
        };
        let watch = Watch::new(judge, self.sitting.rule)?;
        let judged = watch.look(&self.sitting.look()?, &self.release);
        let judge_millis = started.elapsed().as_secs_f64() * 1e3;
        Ok(self.closed(judged, judge_millis))
    }

    /// Takes what a judge elsewhere said, who took so long.
    ///
    /// # Errors
    /// Nobody elsewhere can be asked in this way.
    pub fn heard(self, heard: &Heard, took: Duration) -> Result<Looked, Unfit> {
        let look = self.sitting.look()?;
        let judged = LookJudgement::heard(self.sitting.rule, &look, &self.release, heard)?;
        Ok(self.closed(judged, took.as_secs_f64() * 1e3))
    }

    fn closed(self, judged: LookJudgement, judge_millis: f64) -> Looked {
        Looked {
            scorecard: Scorecard {
                application: self.application,
                config: self.identity,
                labels: self.labels,
                decision: judged.scorecard,
                evidence: self.evidence,
                timings: Timings {
                    judge_millis,
                    ..self.timings
                },
                links: None,
            },
            decision: judged.decision,
            reason: judged.reason,
            record: judged.record,
        }
    }
}

impl Default for Sitting {
    /// A look that is the only one.
    fn default() -> Self {
        Self {
            rule: LookRule::Single,
            progress: Progress::WHOLE,
            place: Place::Last,
            earlier: Vec::new(),
        }
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
