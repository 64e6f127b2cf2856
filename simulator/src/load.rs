//! The load that both releases of a rollout share: it depends on the seed, the region and time, never on the role.

use std::f64::consts::TAU;

use crate::Region;
use crate::random::{Draw, Owner, generator, normal};

const DAY: i64 = 86_400;
const DAILY_AMPLITUDE: f64 = 0.25;

/// Short enough that an analysis window of half an hour sees several periods.
const WAVE: i64 = 420;
const WAVE_AMPLITUDE: f64 = 0.08;

/// Seconds between the knots of the slow noise.
const DRIFT_KNOTS: i64 = 90;
const DRIFT_SIGMA: f64 = 0.06;
const JITTER_SIGMA: f64 = 0.03;

/// What the users of a region ask for in the second that ends at `at`, as a multiple of their mean over a day.
pub(crate) fn demand(seed: u64, region: Region, at: i64) -> f64 {
    let daily = 1.0 + DAILY_AMPLITUDE * wave(at, DAY, region.busiest());
    let minutes = 1.0 + WAVE_AMPLITUDE * wave(at, WAVE, 0);
    let owner = Owner::Region(region);
    let jitter = normal(&mut generator(seed, owner, Draw::LoadJitter, at));
    let noise = DRIFT_SIGMA * drift(seed, owner, at) + JITTER_SIGMA * jitter;
    daily * minutes * noise.exp()
}

/// A cosine of this period in seconds that is 1 at `peak`.
fn wave(at: i64, period: i64, peak: i64) -> f64 {
    // the remainder first: a cosine of a large argument loses digits
    let phase = (at.rem_euclid(period) - peak) as f64 / period as f64;
    (TAU * phase).cos()
}

/// Slow noise: independent normal values at the knots, joined by a smooth step, so that it needs no history.
fn drift(seed: u64, owner: Owner, at: i64) -> f64 {
    let knot = at.div_euclid(DRIFT_KNOTS);
    let between = at.rem_euclid(DRIFT_KNOTS) as f64 / DRIFT_KNOTS as f64;
    let weight = between * between * (3.0 - 2.0 * between);
    let value = |knot| normal(&mut generator(seed, owner, Draw::LoadDrift, knot));
    value(knot) * (1.0 - weight) + value(knot + 1) * weight
}
