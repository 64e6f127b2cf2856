//! The one sentence that says why a release got its verdict.

use super::{Ground, Group, without_data};
use crate::release::Thresholds;
use crate::scorecard::{Counted, MetricResult, Outcome, Verdict};
use crate::wording::{compact, few};

/// What the sentence is about.
pub(super) struct Case<'a> {
    pub(super) verdict: Verdict,
    pub(super) score: f64,
    pub(super) ground: &'a Ground,
    pub(super) live: &'a [&'a MetricResult],
    pub(super) groups: &'a [Group],
    pub(super) thresholds: Thresholds,
    pub(super) least_coverage: f64,
}

pub(super) fn sentence(case: &Case<'_>) -> String {
    match case.ground {
        Ground::NothingDecided if case.live.is_empty() => "there is no metric to judge".to_owned(),
        Ground::NothingDecided => format!("nothing was decided: {}", undecided(case.live)),
        Ground::CriticalFailure => failed(case.live, |metric| metric.critical_failure),
        Ground::TooMuchMissing => too_much_missing(case.live),
        Ground::Score { .. } => by_score(case),
    }
}

fn by_score(case: &Case<'_>) -> String {
    let (pass, marginal) = (case.thresholds.pass(), case.thresholds.marginal());
    let any_failed = case.live.iter().any(|m| m.counted == Counted::Failed);
    match case.verdict {
        Verdict::Pass => format!(
            "score {} reaches the pass threshold {pass}{}",
            case.score,
            all_the_same(case.live)
        ),
        Verdict::Marginal if any_failed => failed(case.live, |_| true),
        Verdict::Fail if any_failed => failed(case.live, |_| true),
        Verdict::Marginal => format!(
            "score {} is below the pass threshold {pass}: {}",
            case.score,
            lost_weight(case)
        ),
        Verdict::Fail => format!(
            "score {} is below the marginal threshold {marginal}: {}",
            case.score,
            lost_weight(case)
        ),
        Verdict::Inconclusive => {
            let undecided = undecided(case.live);
            if undecided.is_empty() {
                // Only possible where groups weigh nothing or less, or all weight has to be decided.
                format!(
                    "less than {} % of the weight was decided",
                    case.least_coverage * 100.0
                )
            } else {
                format!("too little was decided: {undecided}")
            }
        }
    }
}

/// What a pass must not hide: the metrics that failed, were taken for chance, or were not decided.
fn all_the_same(live: &[&MetricResult]) -> String {
    let set_aside = |metric: &MetricResult| matches!(metric.outcome, Outcome::High | Outcome::Low);
    let ignored = |wanted: &dyn Fn(&MetricResult) -> bool| -> Vec<&MetricResult> {
        let ignored = (live.iter().copied()).filter(|metric| metric.counted == Counted::Ignored);
        ignored.filter(|metric| wanted(metric)).collect()
    };
    let mut clauses = Vec::new();
    let failed = failed(live, |_| true);
    if !failed.is_empty() {
        clauses.push(failed);
    }
    for (metrics, one, several) in [
        (
            ignored(&set_aside),
            "was taken for chance",
            "were taken for chance",
        ),
        (ignored(&without_data), "has no data", "have no data"),
        (
            ignored(&|metric| !set_aside(metric) && !without_data(metric)),
            "is undecided",
            "are undecided",
        ),
    ] {
        match metrics.as_slice() {
            [] => {}
            [only] => clauses.push(format!("{} {one}", only.name)),
            more => clauses.push(format!("{} {several}", names(more))),
        }
    }
    if clauses.is_empty() {
        String::new()
    } else {
        format!("; but {}", clauses.join("; "))
    }
}

/// Why points are missing although nothing failed.
fn lost_weight(case: &Case<'_>) -> String {
    let undecided = undecided(case.live);
    if !undecided.is_empty() {
        return undecided;
    }
    let weight: f64 = case.groups.iter().map(|group| group.entry.weight).sum();
    format!(
        "the groups that have metrics weigh {} of 100",
        compact(weight)
    )
}

/// The failed metrics that decided, the worst change first.
fn failed(live: &[&MetricResult], decided: impl Fn(&MetricResult) -> bool) -> String {
    let mut failed: Vec<&MetricResult> = live
        .iter()
        .copied()
        .filter(|metric| metric.counted == Counted::Failed && decided(metric))
        .collect();
    failed.sort_by(|a, b| severity(b).total_cmp(&severity(a)));
    few(&failed.into_iter().map(named).collect::<Vec<_>>())
}

/// The size of a change in percent; a change from 0 is larger than any, and missing data is none.
fn severity(metric: &MetricResult) -> f64 {
    match (metric.outcome, metric.change_percent) {
        (Outcome::High | Outcome::Low, None) => f64::INFINITY,
        (Outcome::High | Outcome::Low, Some(percent)) => percent.abs(),
        (Outcome::Nodata | Outcome::Pass | Outcome::Inconclusive | Outcome::Error, _) => -1.0,
    }
}

/// The metrics that were not decided, required ones first; those that lack the same thing are said together.
fn undecided(live: &[&MetricResult]) -> String {
    let mut undecided: Vec<&MetricResult> = live
        .iter()
        .copied()
        .filter(|metric| metric.counted == Counted::Ignored)
        .collect();
    undecided.sort_by_key(|metric| !metric.required);
    let mut reasons: Vec<(&str, Vec<&MetricResult>)> = Vec::new();
    for metric in undecided {
        match reasons
            .iter_mut()
            .find(|(reason, _)| *reason == metric.reason)
        {
            Some((_, metrics)) => metrics.push(metric),
            None => reasons.push((&metric.reason, vec![metric])),
        }
    }
    let said: Vec<String> = reasons
        .into_iter()
        .map(|(reason, metrics)| match metrics.as_slice() {
            [only] => named(only),
            several => format!("{reason} ({})", names(several)),
        })
        .collect();
    few(&said)
}

/// The names of several metrics: all, or as many as a sentence bears.
fn names(metrics: &[&MetricResult]) -> String {
    const SHOWN: usize = 5;
    let mut shown: Vec<&str> = metrics
        .iter()
        .take(SHOWN)
        .map(|metric| metric.name.as_str())
        .collect();
    let more = format!("{} more", metrics.len().saturating_sub(SHOWN));
    if metrics.len() > SHOWN {
        shown.push(&more);
    }
    shown.join(", ")
}

fn too_much_missing(live: &[&MetricResult]) -> String {
    let missing: Vec<String> = live
        .iter()
        .filter(|metric| without_data(metric))
        .map(|metric| metric.name.clone())
        .collect();
    format!(
        "{} of {} metrics have no data: {}",
        missing.len(),
        live.len(),
        few(&missing)
    )
}

/// A metric's reason, beginning with its name.
fn named(metric: &MetricResult) -> String {
    if metric.reason.starts_with(&metric.name) {
        metric.reason.clone()
    } else {
        format!("{}: {}", metric.name, metric.reason)
    }
}
