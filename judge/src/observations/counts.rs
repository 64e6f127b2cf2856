//! Errors counted out of a number of requests.

use super::UnequalLengths;

/// Counts of both sides.
#[derive(Clone, Debug, PartialEq)]
pub struct CountPair {
    baseline: CountSeries,
    canary: CountSeries,
    clock: Clock,
}

/// Whether position `i` is the same moment on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// It is.
    Shared,
    /// It is not.
    Separate,
}

impl CountPair {
    /// Joins the counts of both sides.
    ///
    /// # Errors
    /// When they share a clock and differ in length.
    pub fn new(
        baseline: CountSeries,
        canary: CountSeries,
        clock: Clock,
    ) -> Result<Self, UnequalLengths> {
        let lengths = (baseline.shares.len(), canary.shares.len());
        if clock == Clock::Shared && lengths.0 != lengths.1 {
            return Err(UnequalLengths {
                baseline: lengths.0,
                canary: lengths.1,
            });
        }
        Ok(Self {
            baseline,
            canary,
            clock,
        })
    }

    /// The baseline's counts.
    pub fn baseline(&self) -> &CountSeries {
        &self.baseline
    }

    /// The canary's counts.
    pub fn canary(&self) -> &CountSeries {
        &self.canary
    }

    /// Whether positions correspond.
    pub fn clock(&self) -> Clock {
        self.clock
    }
}

/// How many of how many were errors, moment by moment.
#[derive(Clone, Debug, PartialEq)]
pub struct CountSeries {
    errors: Vec<f64>,
    of: Vec<f64>,
    shares: Vec<f64>,
    contradictions: usize,
}

impl CountSeries {
    /// Joins the numbers of errors and of requests at each moment.
    ///
    /// A moment without a number of requests, or with none, is missing. One that has requests and no number of errors had
    /// none: a counter of errors does not exist before the first. More errors than requests, as two counters read at
    /// slightly different times can show, count as all of them; numbers that are negative or infinite as missing.
    ///
    /// # Errors
    /// When the two differ in length.
    ///
    /// ```
    /// use serinus_judge::CountSeries;
    ///
    /// let counts = CountSeries::new(&[f64::NAN, 3.0, 1.0], &[200.0, 300.0, 0.0])?;
    /// assert_eq!(counts.shares()[..2], [0.0, 0.01]);
    /// assert!(counts.shares()[2].is_nan());
    /// # Ok::<(), serinus_judge::UnequalCounts>(())
    /// ```
    pub fn new(errors: &[f64], of: &[f64]) -> Result<Self, UnequalCounts> {
        if errors.len() != of.len() {
            return Err(UnequalCounts {
                errors: errors.len(),
                of: of.len(),
            });
        }
        let contradictions = errors
            .iter()
            .zip(of)
            .filter(|(errors, of)| **errors > 0.0 && (of.is_nan() || **of <= 0.0))
            .count();
        let (errors, of): (Vec<f64>, Vec<f64>) = errors
            .iter()
            .zip(of)
            .map(|(errors, of)| {
                let errors = if errors.is_nan() { 0.0 } else { *errors };
                if of.is_finite() && *of > 0.0 && errors.is_finite() && errors >= 0.0 {
                    (errors.min(*of), *of)
                } else {
                    (f64::NAN, f64::NAN)
                }
            })
            .unzip();
        let shares = errors.iter().zip(&of).map(|(e, n)| e / n).collect();
        Ok(Self {
            errors,
            of,
            shares,
            contradictions,
        })
    }

    /// The share of errors over all moments; `None` without requests.
    pub fn share(&self) -> Option<f64> {
        let sum = |values: &[f64]| values.iter().filter(|x| !x.is_nan()).sum::<f64>();
        let of = sum(&self.of);
        (of > 0.0).then(|| sum(&self.errors) / of)
    }

    /// The share of errors over each so many moments in a row; NaN where they have fewer requests than `least`, or none.
    pub(crate) fn shares_over(&self, moments: usize, least: f64) -> Vec<f64> {
        let moments = moments.clamp(1, self.of.len().max(1));
        let sum = |window: &[f64]| window.iter().filter(|x| !x.is_nan()).sum::<f64>();
        let windows = self.errors.windows(moments).zip(self.of.windows(moments));
        windows
            .map(|(errors, of)| match sum(of) {
                of if of >= least => sum(errors) / of,
                _ => f64::NAN,
            })
            .collect()
    }

    /// Moments at which errors were counted, but no requests.
    pub fn contradictions(&self) -> usize {
        self.contradictions
    }

    /// The share of errors at each moment; NaN where it is missing.
    pub fn shares(&self) -> &[f64] {
        &self.shares
    }

    /// Errors and requests at each moment, NaN where they are missing.
    pub fn moments(&self) -> impl Iterator<Item = (f64, f64)> {
        self.errors.iter().copied().zip(self.of.iter().copied())
    }
}

/// Errors and requests must be counted at the same moments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there are {errors} numbers of errors and {of} of requests")]
pub struct UnequalCounts {
    /// Moments with errors.
    pub errors: usize,
    /// Moments with requests.
    pub of: usize,
}
