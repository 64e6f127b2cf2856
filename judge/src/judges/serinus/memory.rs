//! How much the differences of two series resemble their neighbours.

use super::differences::Differences;
use super::scale::NEGLIGIBLE;
use crate::stats::autocorrelation::{cautious, corrected, inflation, lag_one};
use crate::stats::mean;
use crate::stats::robust::Spread;

/// Scales to which values are pulled in.
pub(super) const WINSOR: f64 = 3.0;

/// What is known about the autocorrelation of the differences, beyond their own.
///
/// Where the two sides share no load, their sum has the same autocorrelation as their difference, and is a second sample of
/// it. Where they share load the sum varies much more, and says nothing about the difference; its weight falls with the
/// square of the ratio of variances.
#[derive(Clone, Copy, Debug)]
pub(super) struct Memory {
    count: usize,
    /// Corrected autocorrelation of the sum, and its weight.
    sum: f64,
    weight: f64,
}

impl Memory {
    /// The memory of differences, given these with their wild values pulled in.
    pub(super) fn of(differences: &Differences, pulled: &[f64]) -> Self {
        let pull = |side: &[f64]| Spread::of(side, NEGLIGIBLE).winsorise(side, WINSOR);
        let sums: Vec<f64> = pull(&differences.baseline)
            .iter()
            .zip(pull(&differences.canary))
            .map(|(b, c)| b + c)
            .collect();
        let count = pulled.len();
        let ratio = squares(pulled) / squares(&sums);
        Self {
            count,
            sum: corrected(lag_one(&sums), count),
            weight: if ratio.is_nan() {
                1.0
            } else {
                ratio.min(1.0).powi(2)
            },
        }
    }

    /// By how much the variance of the mean of such values is inflated, cautiously, given the values themselves.
    pub(super) fn inflation(&self, values: &[f64]) -> f64 {
        let all = 1.0 + self.weight;
        let pooled = (corrected(lag_one(values), self.count) + self.weight * self.sum) / all;
        let n = self.count as f64;
        inflation(cautious(pooled, n * all, caution(n)), self.count)
    }
}

/// By how much the variance of the mean of values is inflated, cautiously, given nothing but the values.
pub(super) fn own_inflation(values: &[f64]) -> f64 {
    let count = values.len();
    let r = corrected(lag_one(values), count);
    let r = cautious(r, count as f64, caution(count as f64));
    inflation(r, count)
}

/// How many standard errors an autocorrelation from `n` moments is raised by: more for short series.
pub(super) fn caution(n: f64) -> f64 {
    (25.0 / n).clamp(0.75, 2.0)
}

/// Sum of squares about the mean.
fn squares(values: &[f64]) -> f64 {
    let mean = mean(values);
    values.iter().map(|x| (x - mean) * (x - mean)).sum()
}
