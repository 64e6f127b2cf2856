//! From a classification to a metric's entry in the scorecard.

use super::answer::{Answer, Classification, Label};
use super::classify::classify;
use super::options::Measure;
use super::settings::Settings;
use crate::observations::Observations;
use crate::release::{Direction, Metric, OnNoData, Rules};
use crate::scorecard::{Counted, Interval, MetricResult, Outcome, finite};
use crate::wording::{Missing, compact};

/// Judges one metric.
pub(crate) fn result(
    settings: Settings,
    metric: &Metric,
    observations: &Observations,
) -> MetricResult {
    let rules = &metric.rules;
    let answer = classify(
        &metric.name,
        rules,
        settings,
        observations.baseline(),
        observations.canary(),
    );
    let unseen = unseen(observations);
    let counted = counted(rules, &answer);
    let change = change_percent(&answer);
    MetricResult {
        critical_failure: answer.critical && counted == Counted::Failed,
        design: Some(observations.design()),
        estimate: answer.estimate,
        interval: answer
            .lower
            .zip(answer.upper)
            .map(|(lower, upper)| Interval {
                lower,
                upper,
                confidence: settings.confidence(),
            }),
        level: (answer.baseline.mean.map(f64::abs)).filter(|level| *level > 0.0),
        ratio: answer.ratio,
        change_percent: change,
        cles: answer.cles,
        baseline: answer.baseline,
        canary: answer.canary,
        ..MetricResult::unjudged(
            metric,
            outcome(answer.label, unseen),
            counted,
            sentence(&metric.name, rules, settings, &answer, unseen),
        )
    }
    .with_answer(answer)
}

impl MetricResult {
    fn with_answer(self, answer: Classification) -> Self {
        Self {
            netflix_aca: Some(Answer {
                classification: answer.label,
                reason: answer.reason,
                ratio: answer.ratio,
            }),
            ..self
        }
    }
}

/// The sides of which nothing was seen, whatever is put in its place.
fn unseen(observations: &Observations) -> Option<Missing> {
    let empty = |side: &[f64]| side.iter().all(|x| x.is_nan());
    Missing::of(empty(observations.baseline()), empty(observations.canary()))
}

/// A pass by zeros that nobody saw counts in the score, as in Kayenta, and decides nothing: with no other metric, the release
/// has not been looked at.
fn outcome(label: Label, unseen: Option<Missing>) -> Outcome {
    match label {
        Label::Pass if unseen.is_some() => Outcome::Nodata,
        Label::Pass => Outcome::Pass,
        Label::High => Outcome::High,
        Label::Low => Outcome::Low,
        Label::Nodata | Label::NodataFailMetric => Outcome::Nodata,
        Label::Error => Outcome::Error,
    }
}

/// A critical metric without data fails the release in Kayenta, unless no data is declared good news.
fn counted(rules: &Rules, answer: &Classification) -> Counted {
    match answer.label {
        Label::Pass => Counted::Passed,
        Label::High | Label::Low | Label::NodataFailMetric => Counted::Failed,
        Label::Nodata if rules.on_no_data == OnNoData::Pass => Counted::Passed,
        Label::Nodata if answer.critical => Counted::Failed,
        Label::Nodata | Label::Error => Counted::Ignored,
    }
}

fn change_percent(answer: &Classification) -> Option<f64> {
    let (baseline, canary) = answer.baseline.mean.zip(answer.canary.mean)?;
    finite((canary - baseline) / baseline.abs() * 100.0)
}

/// Which way a metric moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Move {
    Up,
    Down,
}

fn sentence(
    name: &str,
    rules: &Rules,
    settings: Settings,
    answer: &Classification,
    unseen: Option<Missing>,
) -> String {
    match answer.label {
        Label::High => describe(name, rules, answer, Move::Up),
        Label::Low => describe(name, rules, answer, Move::Down),
        Label::Nodata | Label::NodataFailMetric => {
            unseen.map_or_else(|| "no samples".to_owned(), |missing| missing.to_string())
        }
        Label::Error => format!(
            "{name} cannot be compared: all samples are tied ({} on the baseline, {} on the canary)",
            answer.baseline.count, answer.canary.count
        ),
        Label::Pass => match unseen {
            Some(missing) => {
                format!("{missing}, which passes where missing samples are replaced by 0")
            }
            None => pass(name, rules, settings, answer),
        },
    }
}

fn pass(name: &str, rules: &Rules, settings: Settings, answer: &Classification) -> String {
    if answer.reason.is_some() {
        return format!("{name} is identical on both sides");
    }
    match (significant_move(settings, answer), rules.direction) {
        (None, _) => format!("{name} shows no significant change"),
        (Some(Move::Up), Direction::Decrease) => {
            format!("{}; only a decrease fails", moved(name, answer, Move::Up))
        }
        (Some(Move::Down), Direction::Increase) => {
            format!(
                "{}; only an increase fails",
                moved(name, answer, Move::Down)
            )
        }
        (Some(way), Direction::Increase | Direction::Decrease | Direction::Either) => {
            describe(name, rules, answer, way)
        }
    }
}

/// The way the interval says the metric moved, whether or not that fails.
fn significant_move(settings: Settings, answer: &Classification) -> Option<Move> {
    let bound = settings.tolerance() * answer.estimate?.abs();
    if answer.lower? > bound {
        Some(Move::Up)
    } else if answer.upper? < -bound {
        Some(Move::Down)
    } else {
        None
    }
}

/// "error-ratio is up 140 % (allowed 5 %)".
fn describe(name: &str, rules: &Rules, answer: &Classification, way: Move) -> String {
    let thresholds = &rules.netflix_aca.effect_size;
    let allowed = match way {
        Move::Up => thresholds.allowed_increase,
        Move::Down => thresholds.allowed_decrease,
    };
    let moved = moved(name, answer, way);
    match thresholds.measure {
        Measure::MeanRatio => {
            let percent = match way {
                Move::Up => (allowed - 1.0) * 100.0,
                Move::Down => (1.0 - allowed) * 100.0,
            };
            // Without a ratio nothing was allowed for, and of a negative baseline a larger ratio is a decrease.
            let applies =
                answer.ratio.is_some() && answer.baseline.mean.is_some_and(|mean| mean > 0.0);
            if applies && percent > 0.0 {
                format!("{moved} (allowed {} %)", compact(percent))
            } else {
                moved
            }
        }
        Measure::Cles => match answer.cles {
            Some(cles) => format!(
                "{moved} (canary higher in {} % of pairs, allowed {} %)",
                compact(cles * 100.0),
                compact(allowed * 100.0)
            ),
            None => moved,
        },
    }
}

/// "error-ratio is up 140 %": by the change of the mean if that agrees, or else by the estimated shift.
fn moved(name: &str, answer: &Classification, way: Move) -> String {
    let (word, sign) = match way {
        Move::Up => ("up", 1.0),
        Move::Down => ("down", -1.0),
    };
    let agreeing = |number: Option<f64>| number.map(|n| n * sign).filter(|n| *n > 0.0);
    if let Some(percent) = agreeing(change_percent(answer)) {
        format!("{name} is {word} {} %", compact(percent))
    } else if let Some(shift) = agreeing(answer.estimate) {
        format!("{name} is {word} by {}", compact(shift))
    } else {
        format!("{name} is {word}")
    }
}
