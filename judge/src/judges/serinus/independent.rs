//! Two series without a common clock: Welch's comparison of means, with the autocorrelation of each side.

use super::finding::{Finding, Footing, Obstacle, Shift};
use super::paired::{LEAST, LEAST_EFFECTIVE, binned, caution};
use super::scale::{NEGLIGIBLE, Scale};
use crate::stats::autocorrelation::{cautious, corrected, inflation, lag_one};
use crate::stats::mean;
use crate::stats::robust::Spread;
use crate::stats::student;

/// Samples a side beyond which neighbours are averaged.
const MOST: usize = 240;

/// Compares two series of which neither the times nor the lengths correspond.
pub(super) fn compare(baseline: &[f64], canary: &[f64]) -> Finding {
    let (baseline, canary) = (finite(baseline), finite(canary));
    let scale = Scale::of(&[&baseline, &canary]);
    compare_on(&scale, &baseline, &canary, caution)
}

/// The same on a given scale, for finite samples, with a given caution about autocorrelation for each length.
pub(super) fn compare_on(
    scale: &Scale,
    baseline: &[f64],
    canary: &[f64],
    cautious: impl Fn(f64) -> f64,
) -> Finding {
    let samples = baseline.len().min(canary.len());
    let finding = Finding::begin(*scale, samples, LEAST);
    if finding.obstacle.is_some() {
        return finding;
    }
    let [b, c] = [baseline, canary].map(|side| {
        let series = scale.apply(&binned(side, MOST));
        let caution = cautious(series.len() as f64);
        Mean::of(&series, caution)
    });
    let estimate = c.value - b.value;
    let variance = b.variance + c.variance;
    if variance <= NEGLIGIBLE * NEGLIGIBLE {
        return Finding {
            shift: Shift::exact(estimate, samples),
            ..finding
        };
    }
    let error = variance.sqrt();
    let degrees = variance * variance
        / (b.variance * b.variance / (b.effective - 1.0).max(1.0)
            + c.variance * c.variance / (c.effective - 1.0).max(1.0));
    let degrees = degrees.max(3.0);
    let effective = b.effective.min(c.effective);
    Finding {
        shift: Shift {
            estimate,
            error,
            degrees,
            p: student::two_sided(estimate / error, degrees),
            effective,
        },
        footing: Footing::of(effective),
        obstacle: (effective < LEAST_EFFECTIVE).then_some(Obstacle::Autocorrelated),
        ..finding
    }
}

/// The samples that are numbers.
pub(super) fn finite(samples: &[f64]) -> Vec<f64> {
    samples.iter().copied().filter(|x| x.is_finite()).collect()
}

/// The mean of one series, wild values pulled in, with its variance.
pub(super) struct Mean {
    pub(super) value: f64,
    pub(super) variance: f64,
    pub(super) effective: f64,
}

impl Mean {
    /// The mean of a series of at least two values, its autocorrelation raised by so many standard errors.
    pub(super) fn of(series: &[f64], caution: f64) -> Self {
        let pulled = Spread::of(series, NEGLIGIBLE).winsorise(series, 3.0);
        let count = pulled.len();
        let n = count as f64;
        let value = mean(&pulled);
        let squares: f64 = pulled.iter().map(|x| (x - value) * (x - value)).sum();
        if squares.sqrt() <= NEGLIGIBLE * n {
            // Rounding noise resembles its neighbours, and means nothing.
            return Self {
                value,
                variance: 0.0,
                effective: n,
            };
        }
        let r = cautious(corrected(lag_one(&pulled), count), n, caution);
        let inflated = inflation(r, count);
        Self {
            value,
            variance: squares / ((n - 1.0) * n) * inflated,
            effective: n / inflated,
        }
    }
}
