//! The sentence that says why a metric came out as it did.

use super::decide::{Decision, Ground};
use super::finding::{Alarm, Finding, Kind, Obstacle, Subject, Way};
use crate::observations::Observations;
use crate::release::{Direction, Metric};
use crate::scorecard::Outcome;
use crate::test_name::Test;
use crate::wording::{TOLD_PERCENT, compact};

/// One sentence for a release engineer.
pub(super) fn sentence(
    metric: &Metric,
    observations: &Observations,
    finding: &Finding,
    decision: &Decision,
) -> String {
    let name = &metric.name;
    match decision.ground {
        Ground::Shifted(way) => shifted(name, finding, way, decision.outcome),
        Ground::Suspected(way) => format!(
            "{}, but not clearly enough for one look of several",
            shifted(name, finding, way, decision.outcome)
        ),
        Ground::Guard(alarm) => alarmed(name, observations, finding, &alarm),
        Ground::Excluded => excluded(name, finding),
        Ground::NotExcluded => match finding.subject {
            Subject::Level { limit } => format!(
                "{name} may be on either side of its limit {}: {}",
                compact(limit),
                around(finding, limit)
            ),
            Subject::Change | Subject::Growth | Subject::RelativeGrowth => undecided(name, finding),
        },
        Ground::Obstacle(obstacle) => hindered(name, finding, obstacle),
    }
}

fn shifted(name: &str, finding: &Finding, way: Way, outcome: Outcome) -> String {
    let change = format!("{} %", size(finding, finding.shift.estimate));
    let moved = match finding.subject {
        Subject::Level { .. } if outcome == Outcome::Pass => return excluded(name, finding),
        Subject::Level { limit } => {
            let level = limit + finding.scale.in_units(finding.shift.estimate);
            return beyond(name, way, level, limit);
        }
        Subject::Change => format!("{name} is {} {change}", word(way)),
        Subject::Growth => format!("{name} {} by {change} over the window", verb(way)),
        Subject::RelativeGrowth => {
            format!(
                "{name} {} by {change} over the window, relative to the baseline",
                verb(way)
            )
        }
    };
    match (outcome, finding.tolerance.direction) {
        (Outcome::Pass, Direction::Increase) => format!("{moved}; only an increase fails"),
        (Outcome::Pass, Direction::Decrease) => format!("{moved}; only a decrease fails"),
        _ => format!(
            "{moved} (allowed {} %)",
            compact(finding.tolerance.allowed * 100.0)
        ),
    }
}

fn alarmed(name: &str, observations: &Observations, finding: &Finding, alarm: &Alarm) -> String {
    let samples_in_all = finding.samples;
    let way = word(alarm.way);
    match alarm.kind {
        Kind::Spikes { samples } => format!(
            "{name} spikes {way}: {samples} of {samples_in_all} samples stand out from the baseline"
        ),
        Kind::LateOnset { samples, shift } => format!(
            "{name} is {way} {} % in the last {samples} of {samples_in_all} samples",
            size(finding, shift)
        ),
        Kind::Stratum { place, shift } => {
            let stratum = match observations {
                Observations::Strata(strata) => strata.strata().get(place),
                Observations::Paired(_)
                | Observations::Independent(_)
                | Observations::BeforeAfter(_)
                | Observations::Replicas(_)
                | Observations::Counts(_)
                | Observations::CanaryOnly(_) => None,
            };
            let stratum = stratum.map_or("one stratum", |stratum| stratum.name.as_str());
            format!("{name} is {way} {} % in {stratum}", size(finding, shift))
        }
        Kind::Limit { level, limit } => beyond(name, alarm.way, level, limit),
    }
}

fn beyond(name: &str, way: Way, level: f64, limit: f64) -> String {
    let side = match way {
        Way::Up => "above",
        Way::Down => "below",
    };
    let (level, limit) = (compact(level), compact(limit));
    format!("{name} is at {level}, {side} its limit {limit}")
}

fn excluded(name: &str, finding: &Finding) -> String {
    let change = compact(finding.tolerance.excluding(&finding.scale) * 100.0);
    match finding.subject {
        Subject::Change => {
            format!("{name} shows no change that matters; a change of {change} % is ruled out")
        }
        Subject::Level { limit } => format!(
            "{name} keeps its limit {}: {}",
            compact(limit),
            around(finding, limit)
        ),
        Subject::Growth | Subject::RelativeGrowth => {
            format!(
                "{name} shows no trend that matters; growth by {change} % over the window is ruled out"
            )
        }
    }
}

/// Where a level lies, given its distance from a limit.
fn around(finding: &Finding, limit: f64) -> String {
    let at = |distance: f64| compact(limit + finding.scale.in_units(distance));
    let bounds = finding.shift.passing;
    format!(
        "it lies between {} and {}",
        at(bounds.lower),
        at(bounds.upper)
    )
}

fn hindered(name: &str, finding: &Finding, obstacle: Obstacle) -> String {
    match obstacle {
        Obstacle::TooFew { have, need } => match finding.subject {
            Subject::Change | Subject::RelativeGrowth => {
                format!("{have} of {need} samples needed on both sides")
            }
            Subject::Level { .. } | Subject::Growth => {
                format!("{have} of {need} samples needed on the canary")
            }
        },
        Obstacle::TooFewReplicas { have, need } => {
            format!("{have} of {need} replicas needed on each side")
        }
        Obstacle::LostReplicas { side, lost, of } => {
            format!("{lost} of {of} replicas of the {side} have hardly any samples")
        }
        Obstacle::TooFewRequests { have, need } => format!(
            "no errors in {} requests; at least {} on each side are needed to say so",
            compact(have),
            compact(need)
        ),
        Obstacle::Contradictory { moments } => {
            format!("errors without any requests were counted at {moments} moments")
        }
        Obstacle::TooFewBlocks { have, need } => format!(
            "{name} moves too slowly to be permuted: {have} of {need} independent stretches of time needed"
        ),
        Obstacle::Autocorrelated => format!(
            "{name} moves too slowly for {} samples: they are worth {}",
            finding.samples,
            compact(finding.shift.effective)
        ),
        Obstacle::Unsuitable { test, design } => format!(
            "the test {test} does not suit samples that are compared as {}",
            design.as_str()
        ),
        Obstacle::NoLimit => "the test limit needs a limit".to_owned(),
        Obstacle::TooLittleHistory { have, need } => {
            format!("{have} of {need} earlier windows needed")
        }
    }
}

/// The size of a difference on the scale, in percent.
fn size(finding: &Finding, difference: f64) -> String {
    compact(finding.scale.relative(difference).abs() * 100.0)
}

fn word(way: Way) -> &'static str {
    match way {
        Way::Up => "up",
        Way::Down => "down",
    }
}

fn verb(way: Way) -> &'static str {
    match way {
        Way::Up => "grows",
        Way::Down => "shrinks",
    }
}

/// What is known of an undecided metric, and what would decide it.
fn undecided(name: &str, finding: &Finding) -> String {
    /// Windows this many times as long are not worth proposing.
    const LONGEST: f64 = 20.0;
    let (shift, bounds) = (&finding.shift, finding.shift.passing);
    let percent = |difference: f64| {
        let change = finding.scale.relative(difference) * 100.0;
        let sign = if change > 0.0 { "+" } else { "" };
        if change > TOLD_PERCENT {
            format!("more than +{TOLD_PERCENT} %")
        } else if change < -TOLD_PERCENT {
            format!("less than -{TOLD_PERCENT} %")
        } else {
            format!("{sign}{} %", compact(change))
        }
    };
    // The interval that goes with the metric, so that nobody reads of two.
    let told = shift.interval;
    let ends = [bounds.lower, bounds.upper].map(|end| finding.scale.relative(end));
    if !(ends.iter().all(|end| end.is_finite()) && bounds.lower.is_finite()) {
        return format!(
            "{name} is undecided: {} samples do not bound the change",
            finding.samples
        );
    }
    let limits = finding.tolerance.limits(&finding.scale);
    let room = (limits.upper - shift.estimate).min(shift.estimate - limits.lower);
    let known = format!(
        "{name} is undecided: the change lies between {} and {}",
        percent(told.lower),
        percent(told.upper)
    );
    let reach = (bounds.upper - bounds.lower) / 2.0;
    let times = (reach / room).powi(2);
    let unit = if finding.test == Test::Replicas {
        "replicas"
    } else {
        "samples"
    };
    if room <= 0.0 {
        format!(
            "{known}; more {unit} would show a failure if the estimate stays at {}",
            percent(shift.estimate)
        )
    } else if times <= LONGEST {
        let more = ((times - 1.0) * finding.samples as f64).ceil().max(1.0);
        format!(
            "{known}; about {} more {unit} would decide it",
            compact(more)
        )
    } else {
        format!("{known}; it would take more than {LONGEST} times the {unit} to decide it")
    }
}
