//! The load that both releases of a rollout share: it depends on the seed and on time, never on the role.

use std::f64::consts::TAU;

use crate::random::{Draw, Owner, generator, normal};

/// Mean over a day, in requests per second.
pub(crate) const MEAN_LOAD: f64 = 60.0;

const DAY: i64 = 86_400;
/// Second of the UTC day at which the daily wave is highest.
const BUSIEST: i64 = 15 * 3_600;
const DAILY_AMPLITUDE: f64 = 0.25;

/// Short enough that an analysis window of half an hour sees several periods.
const WAVE: i64 = 420;
const WAVE_AMPLITUDE: f64 = 0.08;

/// Seconds between the knots of the slow noise.
const DRIFT_KNOTS: i64 = 90;
const DRIFT_SIGMA: f64 = 0.06;
const JITTER_SIGMA: f64 = 0.03;

/// Requests per second offered to a healthy release in the second that ends at `at`.
pub(crate) fn load(seed: u64, at: i64) -> f64 {
    let daily = 1.0 + DAILY_AMPLITUDE * wave(at, DAY, BUSIEST);
    let minutes = 1.0 + WAVE_AMPLITUDE * wave(at, WAVE, 0);
    let jitter = normal(&mut generator(seed, Owner::Rollout, Draw::LoadJitter, at));
    let noise = DRIFT_SIGMA * drift(seed, at) + JITTER_SIGMA * jitter;
    MEAN_LOAD * daily * minutes * noise.exp()
}

/// A cosine of this period in seconds that is 1 at `peak`.
fn wave(at: i64, period: i64, peak: i64) -> f64 {
    // the remainder first: a cosine of a large argument loses digits
    let phase = (at.rem_euclid(period) - peak) as f64 / period as f64;
    (TAU * phase).cos()
}

/// Slow noise: independent normal values at the knots, joined by a smooth step, so that it needs no history.
fn drift(seed: u64, at: i64) -> f64 {
    let knot = at.div_euclid(DRIFT_KNOTS);
    let between = at.rem_euclid(DRIFT_KNOTS) as f64 / DRIFT_KNOTS as f64;
    let weight = between * between * (3.0 - 2.0 * between);
    let value = |knot| normal(&mut generator(seed, Owner::Rollout, Draw::LoadDrift, knot));
    value(knot) * (1.0 - weight) + value(knot + 1) * weight
}
