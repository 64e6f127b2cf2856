//! Count, extremes, mean and spread.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::scorecard::finite;

/// Summary statistics of one side. Without samples, or where a value is not finite, the numbers are null.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Number of samples.
    pub count: usize,
    /// Smallest sample.
    #[schema(required)]
    pub min: Option<f64>,
    /// Largest sample.
    #[schema(required)]
    pub max: Option<f64>,
    /// Arithmetic mean.
    #[schema(required)]
    pub mean: Option<f64>,
    /// Sample standard deviation (`n - 1` in the denominator); 0 for a single sample.
    #[schema(required)]
    pub std: Option<f64>,
}

impl Summary {
    /// Summarises samples that contain no NaN.
    ///
    /// ```
    /// let summary = serinus_judge::Summary::of(&[2.0, 4.0, 6.0]);
    /// assert_eq!((summary.count, summary.mean, summary.std), (3, Some(4.0), Some(2.0)));
    /// ```
    pub fn of(samples: &[f64]) -> Self {
        if samples.is_empty() {
            return Self::default();
        }
        let mean = mean(samples);
        Self {
            count: samples.len(),
            min: finite(samples.iter().copied().fold(f64::INFINITY, f64::min)),
            max: finite(samples.iter().copied().fold(f64::NEG_INFINITY, f64::max)),
            mean: finite(mean),
            std: finite(standard_deviation(samples, mean)),
        }
    }
}

/// The mean in two passes: the plain mean plus the mean of what is left, which removes most of the rounding of the
/// first sum. NaN without samples.
pub(crate) fn mean(samples: &[f64]) -> f64 {
    let count = samples.len() as f64;
    let first = samples.iter().sum::<f64>() / count;
    first + samples.iter().map(|x| x - first).sum::<f64>() / count
}

/// The sample standard deviation by the corrected two-pass formula (Chan, Golub and `LeVeque` 1983, eq. 1.7).
fn standard_deviation(samples: &[f64], mean: f64) -> f64 {
    if samples.len() < 2 {
        return 0.0;
    }
    let count = samples.len() as f64;
    let (squares, residual) = samples
        .iter()
        .map(|x| x - mean)
        .fold((0.0, 0.0), |(squares, residual), deviation| {
            (squares + deviation * deviation, residual + deviation)
        });
    // Rounding can leave a tiny negative number for constant samples.
    ((squares - residual * residual / count) / (count - 1.0))
        .max(0.0)
        .sqrt()
}
