//! How much the differences of two series resemble their neighbours.

use super::differences::Differences;
use super::scale::NEGLIGIBLE;
use crate::stats::autocorrelation::{cautious, corrected, decaying_inflation, lags};
use crate::stats::mean;
use crate::stats::robust::Spread;

/// Scales to which values are pulled in.
pub(super) const WINSOR: f64 = 3.0;
/// Standard errors above 0 from which the ratio of two autocorrelations is believed a little ...
const BELIEVED_FROM: f64 = 1.0;
/// ... and from which it is believed.
const BELIEVED: f64 = 3.0;
/// No decay from lag to lag is taken to be slower.
const SLOWEST: f64 = 0.95;

/// What is known about the autocorrelation of the differences, beyond their own.
///
/// Where the two sides share no load, their sum has the same autocorrelation as their difference, and is a second sample of
/// it. Where they share load the sum varies much more, and says nothing about the difference; its weight falls with the
/// square of the ratio of variances.
#[derive(Clone, Copy, Debug)]
pub(super) struct Memory {
    count: usize,
    /// Corrected autocorrelations of the sum at lags one and two, and their weight.
    sum: [f64; 2],
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
            sum: lags(&sums).map(|r| corrected(r, count)),
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
        let own = lags(values).map(|r| corrected(r, self.count));
        let pooled = [0, 1].map(|lag| (own[lag] + self.weight * self.sum[lag]) / all);
        cautious_inflation(pooled, self.count, all)
    }
}

/// By how much the variance of the mean of values is inflated, cautiously, given nothing but the values.
pub(super) fn own_inflation(values: &[f64]) -> f64 {
    let count = values.len();
    cautious_inflation(lags(values).map(|r| corrected(r, count)), count, 1.0)
}

/// The variance inflation by autocorrelations at lags one and two, estimated from so many series of `count` values.
///
/// Noise of its own on top of a slow process lowers both by the same share, so that they decay more slowly than the first
/// of them tells; by how much, their ratio does. Where the first is hardly above chance, the ratio is not believed.
fn cautious_inflation([one, two]: [f64; 2], count: usize, series: f64) -> f64 {
    let n = count as f64;
    let r = cautious(one, n * series, caution(n));
    let errors = one * (n * series).sqrt();
    let trust = ((errors - BELIEVED_FROM) / (BELIEVED - BELIEVED_FROM)).clamp(0.0, 1.0);
    let slower = if one > 0.0 {
        (two / one - one).max(0.0)
    } else {
        0.0
    };
    let decay = (r + trust * slower).min(SLOWEST.max(r));
    decaying_inflation(r, decay, count)
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
