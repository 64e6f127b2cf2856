//! The shift between two samples and its confidence interval.

use crate::stats::mann_whitney::{AllTied, Samples};
use crate::stats::normal::normal_quantile;
use crate::stats::zeroin::{Bracket, zeroin};

/// Absolute tolerance of the root finder, in the metric's unit. Part of the method: it is why metrics of very small values
/// are blurred.
const TOLERANCE: f64 = 1e-4;

/// By how much the canary is shifted against the baseline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Shift {
    pub(super) lower: f64,
    pub(super) upper: f64,
    pub(super) estimate: f64,
}

impl Shift {
    /// The shift at which the Mann-Whitney statistic is zero (Hodges and Lehmann 1963), and those at which it reaches
    /// the normal quantiles of the two-sided confidence level.
    ///
    /// The statistic is a step function, so the answers carry the root finder's tolerance.
    ///
    /// # Errors
    /// When all values are tied at a shift that had to be looked at, as with one sample a side.
    pub(super) fn estimate(samples: &Samples<'_>, confidence: f64) -> Result<Self, AllTied> {
        let (low, high) = samples.range();
        let (at_low, at_high) = (samples.standardized(low)?, samples.standardized(high)?);
        let crossing = |level: f64| {
            let bracket = Bracket {
                low,
                high,
                at_low: at_low - level,
                at_high: at_high - level,
            };
            zeroin(bracket, TOLERANCE, |mu| {
                samples.standardized(mu).map(|w| w - level)
            })
        };
        // A level the statistic does not reach within the range of differences leaves the end of the range.
        let end = |level: f64| {
            if at_low - level <= 0.0 {
                Ok(low)
            } else if at_high - level >= 0.0 {
                Ok(high)
            } else {
                crossing(level)
            }
        };
        let quantile = normal_quantile((1.0 - confidence) / 2.0);
        Ok(Self {
            lower: end(-quantile)?,
            upper: end(quantile)?,
            estimate: crossing(0.0)?,
        })
    }

    /// The shift between two constants: known exactly.
    pub(super) fn exactly(difference: f64) -> Self {
        Self {
            lower: difference,
            upper: difference,
            estimate: difference,
        }
    }
}
