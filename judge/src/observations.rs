//! The samples of both sides, in the arrangements a judge can be given.

use ndarray::Array2;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

mod counts;
mod replicas;
mod strata;

pub use counts::{Clock, CountPair, CountSeries, UnequalCounts};
pub use replicas::{Replicas, UnequalGrids};
pub use strata::{InvalidStrata, Strata, Stratum};

/// How the samples of the two sides belong together. NaN stands for a missing sample everywhere.
#[derive(Clone, Debug, PartialEq)]
pub enum Observations {
    /// Both sides were sampled at the same times: position `i` is the same moment on both.
    Paired(Pair),
    /// Two series in time order that share no clock, possibly of different lengths.
    Independent(Sides),
    /// The canary's window follows the baseline's; earlier windows show how the metric changes of itself.
    BeforeAfter(BeforeAfter),
    /// One series per replica, on one time grid.
    Replicas(Replicas),
    /// One pair of series per stratum, on one time grid.
    Strata(Strata),
    /// Errors counted out of requests.
    Counts(CountPair),
    /// The canary alone: there is nothing to compare it with but limits and its own past.
    CanaryOnly(Vec<f64>),
}

impl Observations {
    /// Samples taken at the same times on both sides.
    ///
    /// # Errors
    /// When the sides differ in length, since then some moment is missing on one of them.
    pub fn paired(baseline: Vec<f64>, canary: Vec<f64>) -> Result<Self, UnequalLengths> {
        Pair::new(baseline, canary).map(Self::Paired)
    }

    /// Samples that are in time order on each side but do not correspond to each other.
    pub fn independent(baseline: Vec<f64>, canary: Vec<f64>) -> Self {
        Self::Independent(Sides { baseline, canary })
    }

    /// A window of the canary that follows one of the baseline, with earlier windows of the same metric, oldest first, the
    /// last one just before the baseline's. Windows may differ in length, and there may be none.
    pub fn before_after(baseline: Vec<f64>, canary: Vec<f64>, history: Vec<Vec<f64>>) -> Self {
        Self::BeforeAfter(BeforeAfter {
            baseline,
            canary,
            history,
        })
    }

    /// One series per replica and side: rows are replicas, columns the moments of a time grid that both sides share.
    ///
    /// # Errors
    /// When the sides differ in their number of moments.
    pub fn replicas(baseline: Array2<f64>, canary: Array2<f64>) -> Result<Self, UnequalGrids> {
        Replicas::new(baseline, canary).map(Self::Replicas)
    }

    /// The baseline's samples in time order, gaps included; of replicas and strata their mean at each moment, of counts
    /// the share of errors. Empty where there is no baseline.
    pub fn baseline(&self) -> &[f64] {
        match self {
            Self::Paired(pair) => pair.baseline(),
            Self::Independent(sides) => &sides.baseline,
            Self::BeforeAfter(windows) => &windows.baseline,
            Self::Replicas(replicas) => replicas.baseline_average(),
            Self::Strata(strata) => strata.baseline_average(),
            Self::Counts(counts) => counts.baseline().shares(),
            Self::CanaryOnly(_) => &[],
        }
    }

    /// The canary's samples in time order, gaps included; of replicas and strata their mean at each moment, of counts the
    /// share of errors.
    pub fn canary(&self) -> &[f64] {
        match self {
            Self::Paired(pair) => pair.canary(),
            Self::Independent(sides) => &sides.canary,
            Self::BeforeAfter(windows) => &windows.canary,
            Self::Replicas(replicas) => replicas.canary_average(),
            Self::Strata(strata) => strata.canary_average(),
            Self::Counts(counts) => counts.canary().shares(),
            Self::CanaryOnly(canary) => canary,
        }
    }

    /// The arrangement, as a word for the scorecard.
    pub fn design(&self) -> Design {
        match self {
            Self::Paired(_) => Design::Paired,
            Self::Independent(_) => Design::Independent,
            Self::BeforeAfter(_) => Design::BeforeAfter,
            Self::Replicas(_) => Design::Replicas,
            Self::Strata(_) => Design::Strata,
            Self::Counts(_) => Design::Counts,
            Self::CanaryOnly(_) => Design::CanaryOnly,
        }
    }
}

/// Two series of equal length on the same grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    baseline: Vec<f64>,
    canary: Vec<f64>,
}

impl Pair {
    /// Joins two series of the same grid.
    ///
    /// # Errors
    /// When they differ in length.
    pub fn new(baseline: Vec<f64>, canary: Vec<f64>) -> Result<Self, UnequalLengths> {
        if baseline.len() == canary.len() {
            Ok(Self { baseline, canary })
        } else {
            Err(UnequalLengths {
                baseline: baseline.len(),
                canary: canary.len(),
            })
        }
    }

    /// The baseline's series.
    pub fn baseline(&self) -> &[f64] {
        &self.baseline
    }

    /// The canary's series.
    pub fn canary(&self) -> &[f64] {
        &self.canary
    }

    /// Whether both sides have a finite sample at a moment of the grid.
    pub(crate) fn is_complete(&self, moment: usize) -> bool {
        self.baseline[moment].is_finite() && self.canary[moment].is_finite()
    }
}

/// Two series without a common grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Sides {
    /// The baseline's series.
    pub baseline: Vec<f64>,
    /// The canary's series.
    pub canary: Vec<f64>,
}

/// Consecutive windows of one metric.
#[derive(Clone, Debug, PartialEq)]
pub struct BeforeAfter {
    /// The baseline's window.
    pub baseline: Vec<f64>,
    /// The canary's window, which follows.
    pub canary: Vec<f64>,
    /// Windows before the baseline's, oldest first.
    pub history: Vec<Vec<f64>>,
}

/// Paired series must have one value per side for each moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("paired series differ in length: {baseline} on the baseline, {canary} on the canary")]
pub struct UnequalLengths {
    /// Length of the baseline's series.
    pub baseline: usize,
    /// Length of the canary's series.
    pub canary: usize,
}

/// The arrangement in which a metric was compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Design {
    /// Moment by moment.
    Paired,
    /// As two independent samples.
    Independent,
    /// As consecutive windows, in the light of how earlier windows differ from each other.
    BeforeAfter,
    /// Replica by replica.
    Replicas,
    /// Within strata, then combined.
    Strata,
    /// As shares of counted errors.
    Counts,
    /// Not at all: the canary was held against limits and its own past.
    CanaryOnly,
}

impl Design {
    /// The word for it, as in configurations and scorecards.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Paired => "paired",
            Self::Independent => "independent",
            Self::BeforeAfter => "before-after",
            Self::Replicas => "replicas",
            Self::Strata => "strata",
            Self::Counts => "counts",
            Self::CanaryOnly => "canary-only",
        }
    }
}
