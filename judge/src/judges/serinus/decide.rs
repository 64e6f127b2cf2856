//! From a finding to an outcome.

use super::finding::{Alarm, Finding, Footing, Obstacle, Way};
use super::settings::Settings;
use crate::release::{Direction, Rules};
use crate::scorecard::Outcome;

/// The share of the significance level that is left on a doubtful footing.
const DOUBTFUL: f64 = 0.1;

/// What a finding means under a metric's rules.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Decision {
    pub(super) outcome: Outcome,
    pub(super) ground: Ground,
    /// p-value of the test the decision rests on.
    pub(super) p: Option<f64>,
}

/// What an outcome rests on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Ground {
    /// The sides are shifted by more than is allowed.
    Shifted(Way),
    /// A guard called.
    Guard(Alarm),
    /// The change that must be detected is excluded.
    Excluded,
    /// It is not.
    NotExcluded,
    /// The sides could not be compared.
    Obstacle,
}

/// Decides a metric.
pub(super) fn decide(finding: &Finding, rules: &Rules, settings: Settings) -> Decision {
    let shift = &finding.shift;
    let judged = finding.obstacle.is_none();
    let alpha = match (finding.obstacle, finding.footing) {
        (None, Footing::Firm) => settings.alpha(),
        (None | Some(Obstacle::Autocorrelated), _) => settings.alpha() * DOUBTFUL,
        (Some(Obstacle::TooFew { .. } | Obstacle::TooFewReplicas { .. }), _) => 0.0,
    };
    let way = if shift.estimate > 0.0 {
        Way::Up
    } else {
        Way::Down
    };
    let shifted = shift.p < alpha && beyond_allowed(finding, rules);
    if shifted && bad(way, rules.direction) {
        return decision(way.outcome(), Ground::Shifted(way), Some(shift.p));
    }
    if let Some(alarm) = finding.guard {
        return decision(alarm.way.outcome(), Ground::Guard(alarm), Some(alarm.p));
    }
    if !judged {
        return decision(Outcome::Inconclusive, Ground::Obstacle, None);
    }
    if excluded(finding, rules, settings) {
        let ground = if shifted {
            Ground::Shifted(way)
        } else {
            Ground::Excluded
        };
        decision(Outcome::Pass, ground, Some(shift.p))
    } else {
        decision(Outcome::Inconclusive, Ground::NotExcluded, Some(shift.p))
    }
}

fn decision(outcome: Outcome, ground: Ground, p: Option<f64>) -> Decision {
    Decision { outcome, ground, p }
}

impl Way {
    fn outcome(self) -> Outcome {
        match self {
            Self::Up => Outcome::High,
            Self::Down => Outcome::Low,
        }
    }
}

/// Whether a move in this direction is a failure.
pub(super) fn bad(way: Way, direction: Direction) -> bool {
    match (way, direction) {
        (_, Direction::Either)
        | (Way::Up, Direction::Increase)
        | (Way::Down, Direction::Decrease) => true,
        (Way::Up, Direction::Decrease) | (Way::Down, Direction::Increase) => false,
    }
}

fn beyond_allowed(finding: &Finding, rules: &Rules) -> bool {
    let estimate = finding.shift.estimate;
    finding.scale.relative(estimate).abs() >= rules.effect.allowed()
        && finding.scale.in_units(estimate).abs() >= rules.effect.absolute()
}

/// The relative change that must be excluded before the metric passes: what must be detected, or what the absolute
/// allowance comes to where that is more.
pub(super) fn to_exclude(finding: &Finding, rules: &Rules) -> f64 {
    let tolerated = finding.scale.of_units(rules.effect.absolute());
    rules.effect.must_detect().max(tolerated)
}

/// The bounds, on the scale, that the interval must stay within for the metric to pass; infinite where there is none.
pub(super) fn limits(finding: &Finding, rules: &Rules) -> (f64, f64) {
    let change = to_exclude(finding, rules);
    let low = if bad(Way::Down, rules.direction) {
        finding.scale.difference(-change)
    } else {
        f64::NEG_INFINITY
    };
    let high = if bad(Way::Up, rules.direction) {
        finding.scale.difference(change)
    } else {
        f64::INFINITY
    };
    (low, high)
}

fn excluded(finding: &Finding, rules: &Rules, settings: Settings) -> bool {
    let (low, high) = limits(finding, rules);
    let reach = finding.shift.reach(settings.pass_alpha());
    finding.shift.estimate - reach > low && finding.shift.estimate + reach < high
}
