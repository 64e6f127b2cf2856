//! Short ways to write releases and metrics.

use std::collections::BTreeMap;

use serinus_judge::netflix_aca::Settings;
use serinus_judge::{
    Evidence, GroupWeights, Judge, Metric, MetricResult, Observations, OnNoData, Release, Rules,
    Scorecard, Thresholds,
};

/// A metric in one group.
pub(crate) fn metric(name: &str, group: &str, rules: Rules, evidence: Evidence) -> Metric {
    Metric {
        name: name.to_owned(),
        groups: vec![group.to_owned()],
        rules,
        evidence,
    }
}

pub(crate) fn independent(baseline: Vec<f64>, canary: Vec<f64>) -> Evidence {
    Evidence::Observed(Observations::independent(baseline, canary))
}

pub(crate) fn paired(baseline: Vec<f64>, canary: Vec<f64>) -> Evidence {
    Evidence::Observed(Observations::paired(baseline, canary).unwrap())
}

/// Thirty samples around `level` that vary by a tenth of it.
pub(crate) fn around(level: f64) -> Vec<f64> {
    (0..30)
        .map(|i| level * (1.0 + f64::from(i * 7 % 30) / 300.0))
        .collect()
}

/// A metric that passes.
pub(crate) fn good(name: &str, group: &str) -> Metric {
    let canary = around(10.0).into_iter().rev().map(|x| x * 1.001).collect();
    let evidence = independent(around(10.0), canary);
    metric(name, group, Rules::default(), evidence)
}

/// A metric that is up by `percent`.
pub(crate) fn bad(name: &str, group: &str, percent: f64) -> Metric {
    let canary = around(10.0 * (1.0 + percent / 100.0));
    metric(
        name,
        group,
        Rules::default(),
        independent(around(10.0), canary),
    )
}

/// A metric without samples, about which nothing is said.
pub(crate) fn silent(name: &str, group: &str) -> Metric {
    metric(
        name,
        group,
        Rules::default(),
        independent(vec![], around(10.0)),
    )
}

/// A metric whose fetch failed.
pub(crate) fn broken(name: &str, group: &str) -> Metric {
    let evidence = Evidence::Failed("the store answered 503".to_owned());
    metric(name, group, Rules::default(), evidence)
}

/// A metric that cannot be decided.
pub(crate) fn unclear(name: &str, group: &str) -> Metric {
    let evidence = Evidence::Undecidable("the canary served 3 requests, 200 needed".to_owned());
    metric(name, group, Rules::default(), evidence)
}

pub(crate) fn critical(mut metric: Metric) -> Metric {
    metric.rules.critical = true;
    metric
}

pub(crate) fn muted(mut metric: Metric) -> Metric {
    metric.rules.muted = true;
    metric
}

pub(crate) fn on_no_data(policy: OnNoData, mut metric: Metric) -> Metric {
    metric.rules.on_no_data = policy;
    metric
}

/// Leaves the metric to the judge's own rules.
pub(crate) fn unguarded(mut metric: Metric) -> Metric {
    metric.rules.minimum_samples = 0;
    metric
}

pub(crate) fn weights<const N: usize>(weights: [(&str, f64); N]) -> GroupWeights {
    let weights: BTreeMap<String, f64> = weights
        .into_iter()
        .map(|(group, weight)| (group.to_owned(), weight))
        .collect();
    GroupWeights::new(weights).unwrap()
}

/// Kayenta's judge.
pub(crate) fn netflix_aca() -> Judge {
    Judge::NetflixAca(Settings::default())
}

/// Judges as Kayenta does, with thresholds 90 and 75.
pub(crate) fn judge(weights: GroupWeights, metrics: Vec<Metric>) -> Scorecard {
    netflix_aca().judge(&Release {
        metrics,
        weights,
        thresholds: Thresholds::new(90.0, 75.0).unwrap(),
    })
}

/// Judges a single metric.
pub(crate) fn judge_one(metric: Metric) -> MetricResult {
    let mut card = judge(GroupWeights::default(), vec![metric]);
    card.metrics.remove(0)
}
