//! From a finding to a metric's entry in the scorecard.

use super::decide::{Decision, Ground, decide, limits, to_exclude};
use super::finding::{Alarm, Finding, Kind, Obstacle, Way};
use super::settings::Settings;
use super::{before_after, independent, paired, replicas};
use crate::observations::Observations;
use crate::preconditions::{Unmet, present};
use crate::release::{Direction, Metric, Rules};
use crate::scorecard::{Counted, Interval, MetricResult, Outcome, finite};
use crate::stats::{Summary, student};
use crate::wording::compact;

/// Shares of such comparisons in which a detectable change is found.
const POWER: f64 = 0.8;

/// Judges one metric.
pub(crate) fn result(
    settings: Settings,
    metric: &Metric,
    observations: &Observations,
) -> MetricResult {
    let rules = &metric.rules;
    let [baseline, canary] =
        [observations.baseline(), observations.canary()].map(|side| Summary::of(&present(side)));
    if baseline.count == 0 || canary.count == 0 {
        let unmet = Unmet::NoData {
            baseline: baseline.count,
            canary: canary.count,
        };
        return unmet.result(metric, observations);
    }
    let finding = compare(settings, rules, observations);
    let decision = decide(&finding, rules, settings);
    let counted = match decision.outcome {
        Outcome::Pass => Counted::Passed,
        Outcome::High | Outcome::Low => Counted::Failed,
        Outcome::Nodata | Outcome::Inconclusive | Outcome::Error => Counted::Ignored,
    };
    let reach = finding.shift.reach(settings.alpha() / 2.0);
    let means = baseline.mean.zip(canary.mean);
    let reason = sentence(&metric.name, &finding, &decision, rules, settings);
    MetricResult {
        design: Some(observations.design()),
        estimate: finite(finding.scale.in_units(finding.shift.estimate)),
        interval: interval(&finding, reach, settings),
        ratio: means.and_then(|(b, c)| finite(c / b)),
        change_percent: means.and_then(|(b, c)| finite((c - b) / b.abs() * 100.0)),
        p_value: decision.p.and_then(finite),
        effective_samples: finite(finding.shift.effective).filter(|count| *count > 0.0),
        detectable_percent: detectable(&finding, reach, rules),
        notes: notes(observations),
        baseline,
        canary,
        ..MetricResult::unjudged(metric, decision.outcome, counted, reason)
    }
}

fn compare(settings: Settings, rules: &Rules, observations: &Observations) -> Finding {
    match observations {
        Observations::Paired(pair) => paired::compare(pair.baseline(), pair.canary(), rules),
        Observations::Independent(sides) => independent::compare(&sides.baseline, &sides.canary),
        Observations::BeforeAfter(windows) => before_after::compare(windows, settings.alpha()),
        Observations::Replicas(both)
            if both.baseline().nrows() == 1 && both.canary().nrows() == 1 =>
        {
            paired::compare(both.baseline_average(), both.canary_average(), rules)
        }
        Observations::Replicas(both) => replicas::compare(both),
    }
}

fn notes(observations: &Observations) -> Vec<String> {
    let mut notes = Vec::new();
    let infinite = observations
        .baseline()
        .iter()
        .chain(observations.canary())
        .filter(|x| x.is_infinite())
        .count();
    if infinite > 0 {
        notes.push(format!("{infinite} infinite samples were left out"));
    }
    let single = match observations {
        Observations::Paired(_) | Observations::Independent(_) | Observations::BeforeAfter(_) => {
            true
        }
        Observations::Replicas(both) => both.baseline().nrows() == 1 && both.canary().nrows() == 1,
    };
    if single {
        notes.push(
            "each side is one series, so a difference between machines cannot be told from one between versions"
                .to_owned(),
        );
    }
    match observations {
        Observations::Independent(_) => notes.push(
            "the sides were not sampled at the same times, so a change over time cannot be told from one between versions"
                .to_owned(),
        ),
        Observations::BeforeAfter(windows) if windows.history.is_empty() => notes.push(
            "there are no earlier windows, so a change over time cannot be told from one between versions".to_owned(),
        ),
        Observations::BeforeAfter(_) | Observations::Paired(_) | Observations::Replicas(_) => {}
    }
    notes
}

/// The confidence interval, reaching so far on the scale, in the metric's unit.
fn interval(finding: &Finding, reach: f64, settings: Settings) -> Option<Interval> {
    let shift = &finding.shift;
    Some(Interval {
        lower: finite(finding.scale.in_units(shift.estimate - reach))?,
        upper: finite(finding.scale.in_units(shift.estimate + reach))?,
        confidence: 1.0 - settings.alpha(),
    })
}

/// The smallest change that is found with the usual power, in percent.
fn detectable(finding: &Finding, reach: f64, rules: &Rules) -> Option<f64> {
    let shift = &finding.shift;
    let power = student::quantile(POWER, shift.degrees) * shift.error;
    let change = finding.scale.relative(reach + power);
    finite(change.max(rules.effect.allowed()) * 100.0)
}

fn sentence(
    name: &str,
    finding: &Finding,
    decision: &Decision,
    rules: &Rules,
    settings: Settings,
) -> String {
    let percent = |difference: f64| compact(finding.scale.relative(difference).abs() * 100.0);
    let estimate = finding.shift.estimate;
    match decision.ground {
        Ground::Shifted(way) => {
            let moved = format!("{name} is {} {} %", word(way), percent(estimate));
            match (decision.outcome, rules.direction) {
                (Outcome::Pass, Direction::Increase) => format!("{moved}; only an increase fails"),
                (Outcome::Pass, Direction::Decrease) => format!("{moved}; only a decrease fails"),
                _ => format!(
                    "{moved} (allowed {} %)",
                    compact(rules.effect.allowed() * 100.0)
                ),
            }
        }
        Ground::Guard(Alarm {
            kind: Kind::Spikes { samples },
            way,
            ..
        }) => format!(
            "{name} spikes {}: {samples} of {} samples stand out from the baseline",
            word(way),
            finding.samples
        ),
        Ground::Guard(Alarm {
            kind: Kind::LateOnset { samples, shift },
            way,
            ..
        }) => format!(
            "{name} is {} {} % in the last {samples} of {} samples",
            word(way),
            percent(shift),
            finding.samples
        ),
        Ground::Excluded => {
            let excluded = compact(to_exclude(finding, rules) * 100.0);
            format!("{name} shows no change that matters; one of {excluded} % is excluded")
        }
        Ground::NotExcluded => undecided(name, finding, rules, settings),
        Ground::Obstacle => match finding.obstacle {
            Some(Obstacle::TooFew { have, need }) => {
                format!("{have} of {need} samples needed on both sides")
            }
            Some(Obstacle::TooFewReplicas { have, need }) => {
                format!("{have} of {need} replicas needed on each side")
            }
            Some(Obstacle::Autocorrelated) | None => format!(
                "{name} moves too slowly for {} samples: they are worth {}",
                finding.samples,
                compact(finding.shift.effective)
            ),
        },
    }
}

fn word(way: Way) -> &'static str {
    match way {
        Way::Up => "up",
        Way::Down => "down",
    }
}

/// What is known of an undecided metric, and what would decide it.
fn undecided(name: &str, finding: &Finding, rules: &Rules, settings: Settings) -> String {
    /// Windows this many times as long are not worth proposing.
    const LONGEST: f64 = 20.0;
    let shift = &finding.shift;
    let reach = shift.reach(settings.pass_alpha());
    let percent = |difference: f64| {
        let change = finding.scale.relative(difference) * 100.0;
        format!(
            "{}{} %",
            if change > 0.0 { "+" } else { "" },
            compact(change)
        )
    };
    let (low, high) = limits(finding, rules);
    let room = (high - shift.estimate).min(shift.estimate - low);
    let known = format!(
        "{name} is undecided: the change lies between {} and {}",
        percent(shift.estimate - reach),
        percent(shift.estimate + reach)
    );
    let times = (reach / room).powi(2);
    let unit = if finding.shift.effective <= finding.samples as f64 {
        "samples"
    } else {
        "replicas"
    };
    if room > 0.0 && times <= LONGEST {
        let more = ((times - 1.0) * finding.samples as f64).ceil().max(1.0);
        format!(
            "{known}; about {} more {unit} would decide it",
            compact(more)
        )
    } else {
        format!("{known}, which more samples of this kind would hardly narrow enough")
    }
}
