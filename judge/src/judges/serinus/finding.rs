//! What a comparison of two sides found, whatever their arrangement.

use super::scale::Scale;
use crate::stats::student;

/// The result of comparing the two sides of one metric.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Finding {
    /// The scale of the shift.
    pub(super) scale: Scale,
    /// The estimated shift.
    pub(super) shift: Shift,
    /// Samples (or replicas) on the smaller side.
    pub(super) samples: usize,
    /// A change that shows although the average has not shifted demonstrably.
    pub(super) guard: Option<Alarm>,
    /// How well the scatter behind the shift is known.
    pub(super) footing: Footing,
    /// Why the shift cannot be judged, if so.
    pub(super) obstacle: Option<Obstacle>,
}

impl Finding {
    /// A comparison of so many samples of which nothing is known yet; with fewer than `need` nothing will be.
    pub(super) fn begin(scale: Scale, samples: usize, need: usize) -> Self {
        Self {
            scale,
            shift: Shift::UNKNOWN,
            samples,
            guard: None,
            footing: Footing::Firm,
            obstacle: (samples < need).then_some(Obstacle::TooFew {
                have: samples,
                need,
            }),
        }
    }
}

/// The estimated shift from baseline to canary, on a scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Shift {
    pub(super) estimate: f64,
    /// Standard error of the estimate. 0 where every pair shows the same shift.
    pub(super) error: f64,
    /// Degrees of freedom of the standard error.
    pub(super) degrees: f64,
    /// Two-sided p-value of no shift.
    pub(super) p: f64,
    /// Independent samples that the samples are worth.
    pub(super) effective: f64,
}

impl Shift {
    /// A shift of which nothing can be said.
    pub(super) const UNKNOWN: Self = Self {
        estimate: f64::NAN,
        error: f64::NAN,
        degrees: 1.0,
        p: 1.0,
        effective: 0.0,
    };

    /// A shift without any scatter.
    pub(super) fn exact(estimate: f64, samples: usize) -> Self {
        Self {
            estimate,
            error: 0.0,
            degrees: (samples as f64 - 1.0).max(1.0),
            p: if estimate.abs() <= super::scale::NEGLIGIBLE {
                1.0
            } else {
                0.0
            },
            effective: samples as f64,
        }
    }

    /// How far from the estimate the bound lies that is exceeded with probability `alpha`.
    pub(super) fn reach(&self, alpha: f64) -> f64 {
        if self.error > 0.0 {
            student::quantile(1.0 - alpha, self.degrees) * self.error
        } else {
            self.error
        }
    }
}

/// A change found by one of the guards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Alarm {
    pub(super) kind: Kind,
    pub(super) way: Way,
    /// p-value, corrected for what the guard tried.
    pub(super) p: f64,
}

/// What a guard saw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    /// Single samples of the canary stand out.
    Spikes { samples: usize },
    /// The last samples are shifted by this much, on the scale, the ones before are not.
    LateOnset { samples: usize, shift: f64 },
}

/// Which way a metric moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Up,
    Down,
}

impl Way {
    /// 1 or -1.
    pub(super) fn sign(self) -> f64 {
        match self {
            Self::Up => 1.0,
            Self::Down => -1.0,
        }
    }
}

/// How well the scatter behind a shift is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Footing {
    /// Well enough for the p-value to mean what it says.
    Firm,
    /// From few independent samples, so that only what is beyond doubt counts as a change.
    Doubtful,
}

impl Footing {
    /// Independent samples from which the scatter is known well enough.
    const FIRM_FROM: f64 = 6.0;

    /// The footing of series that are worth so many independent samples.
    pub(super) fn of(effective: f64) -> Self {
        if effective < Self::FIRM_FROM {
            Self::Doubtful
        } else {
            Self::Firm
        }
    }
}

/// Why a shift cannot be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// Fewer samples than any test can work with.
    TooFew { have: usize, need: usize },
    /// Neighbouring samples resemble each other so much that they are worth fewer than four.
    Autocorrelated,
    /// A side has fewer replicas than it takes to see how they differ.
    TooFewReplicas { have: usize, need: usize },
}
