//! Spikes: single samples of the canary that stand out while most do not.

use super::finding::{Alarm, Kind, Way};
use super::scale::{NEGLIGIBLE, Scale};
use crate::release::{Direction, Rules};
use crate::stats::autocorrelation::{corrected, inflation, lag_one};
use crate::stats::robust::Spread;
use crate::stats::student;

/// A difference stands out from this many scales on ...
const OUTSTANDING: f64 = 2.0;
/// ... and from this difference on, which for positive samples is a factor of 1.22.
const LEAST_OUTSTANDING: f64 = 0.2;
/// No spike counts for more than this many scales beyond the threshold ...
const CAP: f64 = 3.0;
/// ... unless it is within this difference, a factor of 2.
const LEAST_CAP: f64 = 0.7;
/// The statistic from which spikes are called.
const CRITICAL: f64 = 1.95;
/// The least number of spikes ...
const LEAST_SPIKES: f64 = 4.0;
/// ... and the least share of samples that are spikes.
const LEAST_SHARE: f64 = 0.1;
/// The least relative change of the plain mean, where what is allowed is not more.
const LEAST_CHANGE: f64 = 0.10;
/// The conditions on number and mean are seldom met by chance; with them, the probability to reach a statistic is about
/// this share of the normal tail beyond it.
const CONDITION: f64 = 0.2;

/// Looks for spikes in the bad direction: upwards where both are bad.
///
/// The statistic is the sum of what sticks out, over its standard error if signs were random. It needs several spikes and a
/// mean that moved, so that one wild sample is no regression. What is allowed is no spike.
pub(super) fn guard(
    differences: &[f64],
    baseline_mean: f64,
    canary_mean: f64,
    scale: &Scale,
    rules: &Rules,
) -> Option<Alarm> {
    let way = match rules.direction {
        Direction::Increase | Direction::Either => Way::Up,
        Direction::Decrease => Way::Down,
    };
    let least_change = LEAST_CHANGE.max(rules.effect.allowed());
    let moved = match way {
        Way::Up => canary_mean >= (1.0 + least_change) * baseline_mean,
        Way::Down => canary_mean <= baseline_mean / (1.0 + least_change),
    };
    if !moved || (canary_mean - baseline_mean).abs() < rules.effect.absolute() {
        return None;
    }
    let count = differences.len();
    let spread = Spread::of(differences, NEGLIGIBLE).scale;
    let allowed = scale.difference(rules.effect.allowed());
    let threshold = (OUTSTANDING * spread).max(LEAST_OUTSTANDING).max(allowed);
    let cap = (CAP * spread).max(LEAST_CAP);
    let heights: Vec<f64> = differences
        .iter()
        .map(|d| {
            let d = d * way.sign();
            d.signum() * (d.abs() - threshold).clamp(0.0, cap)
        })
        .collect();
    let spikes = heights.iter().filter(|height| **height > 0.0).count();
    if (spikes as f64) < LEAST_SPIKES.max(LEAST_SHARE * count as f64) {
        return None;
    }
    let squares: f64 = heights.iter().map(|height| height * height).sum();
    let own = corrected(lag_one(&heights), count);
    let statistic = heights.iter().sum::<f64>() / (squares * inflation(own, count)).sqrt();
    (statistic > CRITICAL).then(|| Alarm {
        kind: Kind::Spikes { samples: spikes },
        way,
        p: CONDITION * student::tail(statistic, 1e6),
    })
}
