//! From a finding to an outcome.

use super::finding::{Alarm, Finding, Footing, Obstacle, Way};
use super::settings::Settings;
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
    /// They would be, if this were the only look and the metric the only one that could end the run.
    Suspected(Way),
    /// A guard called.
    Guard(Alarm),
    /// The change that must be detected is excluded.
    Excluded,
    /// It is not.
    NotExcluded,
    /// The sides could not be compared.
    Obstacle(Obstacle),
}

/// Decides a metric.
pub(super) fn decide(finding: &Finding, settings: Settings) -> Decision {
    let (shift, tolerance) = (&finding.shift, &finding.tolerance);
    let alpha = match (finding.obstacle, finding.footing) {
        (None, Footing::Firm) => settings.alpha(),
        (None | Some(Obstacle::Autocorrelated), _) => settings.alpha() * DOUBTFUL,
        (
            Some(
                Obstacle::TooFew { .. }
                | Obstacle::TooFewReplicas { .. }
                | Obstacle::TooFewBlocks { .. }
                | Obstacle::LostReplicas { .. }
                | Obstacle::TooFewRequests { .. }
                | Obstacle::Contradictory { .. }
                | Obstacle::Unsuitable { .. }
                | Obstacle::NoLimit
                | Obstacle::TooLittleHistory { .. },
            ),
            _,
        ) => 0.0,
    };
    let way = Way::of(shift.estimate);
    let exceeded = tolerance.is_exceeded(shift.estimate, &finding.scale);
    let shifted = shift.p < alpha && exceeded;
    let bad = way.is_bad(tolerance.direction);
    if shifted && bad {
        return decision(way.outcome(), Ground::Shifted(way), Some(shift.p));
    }
    if let Some(alarm) = finding.guard {
        return decision(alarm.way.outcome(), Ground::Guard(alarm), Some(alarm.p));
    }
    // What one look would call does not pass for having been looked at more often.
    if shift.p < settings.of_single_look(alpha) && exceeded && bad {
        return decision(Outcome::Inconclusive, Ground::Suspected(way), Some(shift.p));
    }
    if let Some(obstacle) = finding.obstacle {
        return decision(Outcome::Inconclusive, Ground::Obstacle(obstacle), None);
    }
    if tolerance.is_kept(shift, &finding.scale) {
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
