//! Which departures from "no change" a test looks for.

use super::distributions::{normal_above, t_above};

/// The alternative a p-value is about. The canary is compared with the baseline, not the other way round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tail {
    /// The canary differs, in whichever direction.
    TwoSided,
    /// The canary is higher.
    Upper,
    /// The canary is lower.
    Lower,
}

impl Tail {
    /// The p-value of a statistic that is standard normal without a change and grows with the canary.
    pub(crate) fn of_normal(self, z: f64) -> f64 {
        self.of(z, normal_above)
    }

    /// The p-value of a statistic that has a t distribution without a change and grows with the canary.
    pub(crate) fn of_t(self, t: f64, freedom: f64) -> f64 {
        self.of(t, |t| t_above(t, freedom))
    }

    /// The p-value from the exact probabilities of a statistic at most, and at least, as high as the one seen.
    pub(crate) fn of_exact(self, at_most: f64, at_least: f64) -> f64 {
        match self {
            Self::TwoSided => (2.0 * at_most.min(at_least)).min(1.0),
            Self::Upper => at_least.min(1.0),
            Self::Lower => at_most.min(1.0),
        }
    }

    /// Moves a statistic in steps of 1, given as its excess over the mean, half a step towards "no change".
    pub(crate) fn continuity_corrected(self, excess: f64) -> f64 {
        match self {
            Self::TwoSided if excess > 0.0 => (excess - 0.5).max(0.0),
            Self::TwoSided if excess < 0.0 => (excess + 0.5).min(0.0),
            Self::TwoSided => 0.0,
            Self::Upper => excess - 0.5,
            Self::Lower => excess + 0.5,
        }
    }

    fn of(self, statistic: f64, above: impl Fn(f64) -> f64) -> f64 {
        match self {
            Self::TwoSided => (2.0 * above(statistic.abs())).min(1.0),
            Self::Upper => above(statistic),
            Self::Lower => above(-statistic),
        }
    }
}
