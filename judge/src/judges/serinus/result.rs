//! From samples to a metric's entry in the scorecard.

use super::compare::compare;
use super::decide::decide;
use super::differences::finite as numbers;
use super::explain::sentence;
use super::finding::{Finding, Subject};
use super::named::limit;
use super::notes::notes;
use super::question::Question;
use super::settings::Settings;
use crate::observations::Observations;
use crate::preconditions::{Unmet, present};
use crate::release::{Metric, Rules};
use crate::scorecard::{Counted, Interval, MetricResult, Outcome, finite};
use crate::stats::{Summary, superiority};
use crate::test_name::Test;

/// Judges one metric.
pub(crate) fn result(
    settings: Settings,
    metric: &Metric,
    observations: &Observations,
) -> MetricResult {
    let rules = &metric.rules;
    if let Some(unmet) = Unmet::no_data(observations) {
        return unmet.result(metric, observations);
    }
    let [baseline, canary] =
        [observations.baseline(), observations.canary()].map(|side| Summary::of(&present(side)));
    let question = Question { rules, settings };
    let finding = compare(&question, observations);
    let decision = decide(&finding, settings);
    let counted = match decision.outcome {
        Outcome::Pass => Counted::Passed,
        Outcome::High | Outcome::Low => Counted::Failed,
        Outcome::Nodata | Outcome::Inconclusive | Outcome::Error => Counted::Ignored,
    };
    let means = levels(observations).or(baseline.mean.zip(canary.mean));
    let reason = sentence(metric, observations, &finding, &decision);
    MetricResult {
        design: Some(observations.design()),
        test: Some(finding.test),
        estimate: finite(finding.scale.in_units(finding.shift.estimate)),
        interval: interval(&finding, settings),
        level: level(&finding),
        ratio: means.and_then(|(b, c)| finite(c / b)),
        change_percent: means.and_then(|(b, c)| finite((c - b) / b.abs() * 100.0)),
        cles: superiority(
            &numbers(observations.baseline()),
            &numbers(observations.canary()),
        ),
        p_value: decision.p.and_then(finite),
        effective_samples: finite(finding.shift.effective).filter(|count| *count > 0.0),
        detectable_percent: detectable(&finding),
        notes: notes(observations),
        baseline,
        canary,
        ..MetricResult::unjudged(metric, decision.outcome, counted, reason)
    }
}

/// The result of a metric whose samples cannot be compared, if its canary is beyond a limit all the same.
pub(crate) fn beyond_limit(
    settings: Settings,
    metric: &Metric,
    observations: &Observations,
) -> Option<MetricResult> {
    let rules = &metric.rules;
    let canary = present(observations.canary());
    if canary.len() < rules.minimum_samples {
        return None;
    }
    let question = Question { rules, settings };
    limit::guard(&question, &canary)?;
    let alone = Observations::CanaryOnly(observations.canary().to_vec());
    let by_limit = Metric {
        rules: Rules {
            test: Test::Limit,
            ..rules.clone()
        },
        ..metric.clone()
    };
    Some(MetricResult {
        design: Some(observations.design()),
        baseline: Summary::of(&present(observations.baseline())),
        ..result(settings, &by_limit, &alone)
    })
}

/// The levels that a change is given of: of counts the shares of the whole window, elsewhere the means of the samples.
fn levels(observations: &Observations) -> Option<(f64, f64)> {
    if let Observations::Counts(counts) = observations {
        Some((counts.baseline().share()?, counts.canary().share()?))
    } else {
        None
    }
}

/// The level that the estimate is a change from.
fn level(finding: &Finding) -> Option<f64> {
    match finding.subject {
        Subject::Change | Subject::Growth | Subject::RelativeGrowth => {
            finite(finding.scale.reference()).filter(|_| finding.shift.estimate.is_finite())
        }
        Subject::Level { .. } => None,
    }
}

/// The confidence interval in the metric's unit.
fn interval(finding: &Finding, settings: Settings) -> Option<Interval> {
    let bounds = finding.shift.interval;
    let end = |bound: f64| finite(finding.scale.in_units(finite(bound)?));
    Some(Interval {
        lower: end(bounds.lower)?,
        upper: end(bounds.upper)?,
        confidence: 1.0 - settings.alpha(),
    })
}

/// The smallest change that is found with the usual power, in percent.
fn detectable(finding: &Finding) -> Option<f64> {
    match finding.subject {
        Subject::Change | Subject::Growth | Subject::RelativeGrowth => {
            let change = finding.scale.relative(finding.shift.detectable);
            finite(change.max(finding.tolerance.allowed) * 100.0)
        }
        Subject::Level { .. } => None,
    }
}
