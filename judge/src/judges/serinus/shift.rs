//! The estimated shift from baseline to canary, and what bounds it.

use super::scale::NEGLIGIBLE;
use super::settings::Settings;
use crate::stats::{Bounds, student};

/// Shares of such comparisons in which a detectable change is found.
const POWER: f64 = 0.8;

/// The estimated shift, on a scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Shift {
    pub(super) estimate: f64,
    /// The interval at the judge's confidence.
    pub(super) interval: Bounds,
    /// Each end is exceeded with the probability at which the judge passes a metric.
    pub(super) passing: Bounds,
    /// The smallest shift that is found with the usual power.
    pub(super) detectable: f64,
    /// Two-sided p-value of no shift.
    pub(super) p: f64,
    /// Independent samples that the samples are worth.
    pub(super) effective: f64,
}

impl Shift {
    /// A shift of which nothing can be said.
    pub(super) const UNKNOWN: Self = Self {
        estimate: f64::NAN,
        interval: Bounds::UNBOUNDED,
        passing: Bounds::UNBOUNDED,
        detectable: f64::INFINITY,
        p: 1.0,
        effective: 0.0,
    };

    /// A shift without any scatter.
    pub(super) fn exact(estimate: f64, samples: usize) -> Self {
        let only = Bounds {
            lower: estimate,
            upper: estimate,
        };
        Self {
            estimate,
            interval: only,
            passing: only,
            detectable: 0.0,
            p: if estimate.abs() <= NEGLIGIBLE {
                1.0
            } else {
                0.0
            },
            effective: samples as f64,
        }
    }

    /// A shift whose error has Student's distribution.
    pub(super) fn of(mean: Mean, p: f64, effective: f64, settings: Settings) -> Self {
        let interval = mean.bounds(settings.alpha() / 2.0);
        Self {
            estimate: mean.value,
            interval,
            passing: mean.bounds(settings.pass_alpha()),
            detectable: mean.reach(settings.alpha() / 2.0) + mean.reach(1.0 - POWER),
            p,
            effective,
        }
    }

    /// A shift with intervals of its own, at the judge's confidence and at that of passing.
    pub(super) fn between(
        estimate: f64,
        [interval, passing]: [Bounds; 2],
        p: f64,
        effective: f64,
        settings: Settings,
    ) -> Self {
        let half = (interval.upper - interval.lower) / 2.0;
        let many = Mean::MANY;
        let power =
            student::quantile(POWER, many) / student::quantile(1.0 - settings.alpha() / 2.0, many);
        Self {
            estimate,
            interval,
            passing,
            detectable: half * (1.0 + power),
            p,
            effective,
        }
    }
}

/// An estimate with a standard error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Mean {
    pub(super) value: f64,
    /// Standard error; 0 where there is no scatter.
    pub(super) error: f64,
    /// Degrees of freedom of the standard error.
    pub(super) degrees: f64,
}

impl Mean {
    /// Degrees of freedom with which Student's distribution is the normal one.
    pub(super) const MANY: f64 = 1e6;

    /// Two-sided p-value of no shift.
    pub(super) fn p(&self) -> f64 {
        student::two_sided(self.value / self.error, self.degrees)
    }

    /// How far from the estimate the bound lies that is exceeded with probability `alpha`.
    pub(super) fn reach(&self, alpha: f64) -> f64 {
        if self.error > 0.0 {
            student::quantile(1.0 - alpha, self.degrees) * self.error
        } else {
            self.error
        }
    }

    fn bounds(&self, alpha: f64) -> Bounds {
        let reach = self.reach(alpha);
        Bounds {
            lower: self.value - reach,
            upper: self.value + reach,
        }
    }
}
