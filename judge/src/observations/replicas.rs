//! One series per replica.

use ndarray::{Array2, ArrayView2, Axis};

use super::Pair;

/// The series of both sides' replicas on one time grid: a row is a replica, a column a moment, the same on both sides. NaN
/// stands for no sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Replicas {
    baseline: Array2<f64>,
    canary: Array2<f64>,
    baseline_average: Vec<f64>,
    canary_average: Vec<f64>,
}

impl Replicas {
    /// Joins the replicas of both sides.
    ///
    /// # Errors
    /// When the sides differ in their number of moments.
    ///
    /// ```
    /// use ndarray::array;
    /// use serinus_judge::Replicas;
    ///
    /// let replicas = Replicas::new(array![[1.0, 2.0], [3.0, f64::NAN]], array![[2.0, 2.0]])?;
    /// assert_eq!(replicas.baseline_average(), [2.0, 2.0]);
    /// assert!(Replicas::new(array![[1.0, 2.0]], array![[1.0]]).is_err());
    /// # Ok::<(), serinus_judge::UnequalGrids>(())
    /// ```
    pub fn new(baseline: Array2<f64>, canary: Array2<f64>) -> Result<Self, UnequalGrids> {
        if baseline.ncols() != canary.ncols() {
            return Err(UnequalGrids {
                baseline: baseline.ncols(),
                canary: canary.ncols(),
            });
        }
        let baseline_average = average(baseline.view());
        let canary_average = average(canary.view());
        Ok(Self {
            baseline,
            canary,
            baseline_average,
            canary_average,
        })
    }

    /// The baseline's replicas.
    pub fn baseline(&self) -> ArrayView2<'_, f64> {
        self.baseline.view()
    }

    /// The canary's replicas.
    pub fn canary(&self) -> ArrayView2<'_, f64> {
        self.canary.view()
    }

    /// Whether each side is one replica.
    pub(crate) fn are_single(&self) -> bool {
        self.baseline.nrows() == 1 && self.canary.nrows() == 1
    }

    /// The pair of series, if each side is one replica.
    pub(crate) fn single(&self) -> Option<Pair> {
        let pair = Pair {
            baseline: self.baseline_average.clone(),
            canary: self.canary_average.clone(),
        };
        self.are_single().then_some(pair)
    }

    /// The mean over the baseline's replicas at each moment; NaN where none has a sample.
    pub fn baseline_average(&self) -> &[f64] {
        &self.baseline_average
    }

    /// The mean over the canary's replicas at each moment.
    pub fn canary_average(&self) -> &[f64] {
        &self.canary_average
    }
}

fn average(replicas: ArrayView2<'_, f64>) -> Vec<f64> {
    replicas
        .axis_iter(Axis(1))
        .map(|moment| {
            let (sum, count) = moment
                .iter()
                .filter(|x| !x.is_nan())
                .fold((0.0, 0.0), |(sum, count), x| (sum + x, count + 1.0));
            sum / count
        })
        .collect()
}

/// The replicas of both sides must share one time grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the sides have different numbers of moments: {baseline} on the baseline, {canary} on the canary"
)]
pub struct UnequalGrids {
    /// Moments of the baseline.
    pub baseline: usize,
    /// Moments of the canary.
    pub canary: usize,
}
