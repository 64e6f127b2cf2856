//! The scorecard: the judge's decision together with everything it rests on.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serinus_judge::{
    self as judge, Design, Evidence, Metric, Observations, Release, Side, Thresholds,
};
use utoipa::ToSchema;

use super::{Grid, Plan, PlannedQuery, Run, fetch::Fetched, fetch::FetchedSide};
use crate::canary_config::{CanaryConfig, MetricConfig, MinimumWork};

/// Which version of which config was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConfigIdentity {
    /// The config's name.
    pub name: String,
    /// The SHA-256 of its canonical form, in hex.
    pub digest: String,
}

/// How a metric's two sides are compared, and why in this way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Comparison {
    /// The form of the observations.
    pub design: Design,
    /// Why this form was chosen.
    pub reason: String,
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

/// What the decision about one metric rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricEvidence {
    /// The metric's name.
    pub metric: String,
    /// How the sides were compared.
    pub comparison: Comparison,
    /// The baseline's samples.
    pub baseline: SideEvidence,
    /// The canary's samples.
    pub canary: SideEvidence,
}

/// One side's samples and where they came from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SideEvidence {
    /// The account that was asked; empty for samples that came with the request.
    pub account: String,
    /// The query as it was sent; empty for samples that came with the request.
    pub query: String,
    /// The labels of the series.
    pub labels: BTreeMap<String, String>,
    /// The time of the first value.
    #[schema(value_type = String, format = DateTime)]
    pub start: Timestamp,
    /// Milliseconds between two values.
    pub step_millis: i64,
    /// The values, `null` where there was no sample.
    pub values: Vec<Option<f64>>,
    /// The work done, where a minimum was asked for.
    pub work: Option<f64>,
    /// What was noticed: warnings of the store, samples left out.
    pub notes: Vec<String>,
    /// How long the store took, in milliseconds.
    pub fetch_millis: f64,
}

impl SideEvidence {
    /// A side without any sample.
    pub(super) fn empty() -> Self {
        Self {
            account: String::new(),
            query: String::new(),
            labels: BTreeMap::new(),
            start: Timestamp::UNIX_EPOCH,
            step_millis: 0,
            values: Vec::new(),
            work: None,
            notes: Vec::new(),
            fetch_millis: 0.0,
        }
    }
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

/// One metric with its samples, ready to be judged.
#[derive(Debug)]
pub(super) struct Gathered {
    pub(super) evidence: Evidence,
    pub(super) record: MetricEvidence,
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
        .zip(fetched)
        .map(|((config, planned), fetched)| {
            let failed = fetched
                .failure()
                .map(|(side, error)| Evidence::Failed(format!("{side}: {error}")));
            let work = fetched
                .work
                .map(|(baseline, canary)| (baseline.ok(), canary.ok()));
            let problem = failed.or_else(|| {
                plan.config
                    .minimum_work(config)
                    .zip(work)
                    .and_then(|(minimum, work)| work_problem(minimum, work))
            });
            let (baseline_work, canary_work) = work.unwrap_or_default();
            let (baseline, baseline_record) =
                side(&planned.baseline, fetched.baseline, baseline_work);
            let (canary, canary_record) = side(&planned.canary, fetched.canary, canary_work);
            Gathered {
                evidence: problem
                    .unwrap_or_else(|| observed(planned.comparison.design, baseline, canary)),
                record: MetricEvidence {
                    metric: config.name.to_string(),
                    comparison: planned.comparison.clone(),
                    baseline: baseline_record,
                    canary: canary_record,
                },
            }
        })
        .collect();
    let started = std::time::Instant::now();
    let mut scorecard = judge_gathered(
        &run.application,
        &plan.config,
        plan.identity.clone(),
        plan.thresholds,
        gathered,
    );
    timings.judge_millis = started.elapsed().as_secs_f64() * 1e3;
    scorecard.labels.clone_from(&run.labels);
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
            .map(|(metric, evidence)| judged(metric, config, evidence))
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

/// The observations in the form the plan chose.
pub(super) fn observed(design: Design, baseline: Vec<f64>, canary: Vec<f64>) -> Evidence {
    match design {
        Design::Paired => Observations::paired(baseline, canary).map_or_else(
            |error| Evidence::Failed(error.to_string()),
            Evidence::Observed,
        ),
        Design::Independent => Evidence::Observed(Observations::independent(baseline, canary)),
        // The plan does not choose these yet; one series a side would not be enough for them.
        Design::BeforeAfter
        | Design::Replicas
        | Design::Strata
        | Design::Counts
        | Design::CanaryOnly => Evidence::Failed(format!(
            "a comparison {design:?} needs more than one series a side"
        )),
    }
}

/// A record of samples on a grid.
pub(super) fn record(grid: &Grid, values: &[f64]) -> SideEvidence {
    SideEvidence {
        start: grid.first(),
        step_millis: grid.step().as_millis(),
        values: values
            .iter()
            .map(|value| value.is_finite().then_some(*value))
            .collect(),
        ..SideEvidence::empty()
    }
}

fn judged(metric: &MetricConfig, config: &CanaryConfig, evidence: Evidence) -> Metric {
    Metric {
        name: metric.name.to_string(),
        groups: metric.groups.iter().map(ToString::to_string).collect(),
        rules: metric.rules(&config.defaults),
        evidence,
    }
}

fn side(
    planned: &PlannedQuery,
    fetched: Result<FetchedSide, super::FetchError>,
    work: Option<f64>,
) -> (Vec<f64>, SideEvidence) {
    let (values, labels, notes, fetch_millis): (Vec<f64>, _, _, _) = match fetched {
        Ok(side) => {
            let millis = side.elapsed.as_secs_f64() * 1e3;
            (
                side.aligned.values,
                side.labels.0,
                side.aligned.notes,
                millis,
            )
        }
        Err(error) => (Vec::new(), BTreeMap::new(), vec![error.message], 0.0),
    };
    let record = SideEvidence {
        account: planned.account.clone(),
        query: planned.text.clone(),
        labels,
        work: work.filter(|work| work.is_finite()),
        notes,
        fetch_millis,
        ..record(&planned.grid, &values)
    };
    (values, record)
}

/// Why the work that was done does not allow a decision, if so. Work that is missing or unknown is none.
pub(super) fn work_problem(
    minimum: &MinimumWork,
    (baseline, canary): (Option<f64>, Option<f64>),
) -> Option<Evidence> {
    let known = |work: Option<f64>| work.filter(|work| work.is_finite()).unwrap_or_default();
    let (baseline, canary) = (known(baseline), known(canary));
    let needed = minimum.at_least.0;
    for (side, work) in [(Side::Canary, canary), (Side::Baseline, baseline)] {
        if work < needed {
            return Some(Evidence::Undecidable(format!(
                "the {side} did too little work: {work:.0} of {needed} needed"
            )));
        }
    }
    let planned = minimum.canary_share?.get();
    let odds = |share: f64| share / (1.0 - share);
    let share = canary / (baseline + canary);
    let off = odds(share) / odds(planned);
    // Not a number where both sides did nothing: no share at all is not the planned one.
    if (0.5..=2.0).contains(&off) {
        return None;
    }
    Some(Evidence::Undecidable(format!(
        "the canary did {:.1} % of the work where {:.1} % was planned",
        known(Some(share)) * 100.0,
        planned * 100.0
    )))
}
