//! Hodges and Lehmann's estimates of a shift, and the intervals that belong to the rank tests.

use super::bounds::Bounds;
use super::distributions::normal_exceeded_with;
use super::exact_null::ExactNull;
use super::levels::Alpha;
use super::mann_whitney::{Samples, null_variance, tie_sum};
use super::rank_sum::Method;
use super::ranks::sorted_finite;
use super::selection::Sums;

/// An estimated shift, in the unit of the samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shift {
    /// The estimate.
    pub estimate: f64,
    /// The shifts that the test at this level does not reject, ends included; unbounded if it never rejects with so few.
    pub interval: Bounds,
    /// What the ranks of the interval's ends were taken from.
    pub method: Method,
}

/// By how much the canary is shifted against the baseline: the median of all differences `canary - baseline` (Hodges and
/// Lehmann 1963), with the interval that inverts the Mann-Whitney test (Moses 1965).
///
/// The ends are differences of samples, found exactly and whatever the unit. Their ranks come from the exact distribution
/// for as many samples as in [`super::rank_sum`] if no value occurs twice in a side, otherwise from the normal approximation with
/// corrections for continuity and for such ties. (Ties between the sides do not matter: nearly every shift undoes them.)
///
/// `None` if a side is empty, a value is not finite, or a difference overflows.
///
/// ```
/// use serinus_judge::stats::{Alpha, hodges_lehmann};
/// let baseline = [3.0, 1.0, 4.0, 1.5, 9.0, 2.6];
/// let canary = baseline.map(|x| x + 10.0);
/// let shift = hodges_lehmann(&baseline, &canary, Alpha::new(0.05).unwrap()).unwrap();
/// assert_eq!(shift.estimate, 10.0);
/// assert!(shift.interval.contains(10.0) && !shift.interval.contains(0.0));
/// ```
pub fn hodges_lehmann(baseline: &[f64], canary: &[f64], alpha: Alpha) -> Option<Shift> {
    let (baseline, canary) = (sorted_finite(baseline)?, sorted_finite(canary)?);
    let (n, m) = (baseline.len(), canary.len());
    let ties = Samples::new(&canary, &baseline).ties_within();
    let variance = null_variance(m as f64, n as f64, ties);
    let exact = ExactNull::rank_sum(n, m).filter(|_| ties <= 0.0);
    let sums = Sums::differences(&canary, &baseline)?;
    let null = Null::new(exact, sums.count(), variance);
    Some(null.shift(&sums, alpha))
}

/// The pseudo-median of differences: the median of the means of all pairs, each value paired with itself too (Walsh
/// averages; Hodges and Lehmann 1963), with the interval that inverts the signed-rank test (Tukey 1949).
///
/// For symmetric distributions it estimates the median. Exact for up to 50 differences that are all different, as in
/// [`hodges_lehmann`].
///
/// `None` without differences, if one is not finite, or if twice the largest overflows.
///
/// ```
/// use serinus_judge::stats::{Alpha, pseudo_median};
/// let shift = pseudo_median(&[1.0, 2.0, 6.0], Alpha::new(0.05).unwrap()).unwrap();
/// assert_eq!(shift.estimate, 2.75);
/// // Three differences exclude nothing at 95 %.
/// assert_eq!(shift.interval.lower, f64::NEG_INFINITY);
/// ```
pub fn pseudo_median(differences: &[f64], alpha: Alpha) -> Option<Shift> {
    let sorted = sorted_finite(differences)?;
    let (ties, n) = (tie_sum(&sorted), sorted.len() as f64);
    let variance = n * (n + 1.0) * (2.0 * n + 1.0) / 24.0 - ties / 48.0;
    let exact = ExactNull::signed_rank(sorted.len()).filter(|_| ties <= 0.0);
    let sums = Sums::pairs(&sorted)?;
    let null = Null::new(exact, sums.count(), variance);
    let doubled = null.shift(&sums, alpha);
    Some(Shift {
        estimate: doubled.estimate / 2.0,
        interval: Bounds {
            lower: doubled.interval.lower / 2.0,
            upper: doubled.interval.upper / 2.0,
        },
        method: doubled.method,
    })
}

/// The distribution, without a shift, of how many of `count` sums lie above 0.
#[derive(Clone, Copy, Debug)]
struct Null {
    exact: Option<ExactNull>,
    count: u64,
    variance: f64,
}

impl Null {
    fn new(exact: Option<ExactNull>, count: u64, variance: f64) -> Self {
        Self {
            exact,
            count,
            variance,
        }
    }

    /// The rank, from 1, of the sum at which the interval begins; 0 if it has no beginning. At most half of the sums.
    fn rank_of_lower_end(&self, alpha: Alpha) -> u64 {
        if let Some(exact) = self.exact {
            return exact.quantile(alpha.half()) as u64;
        }
        let mean = self.count as f64 / 2.0;
        let rank = mean - 0.5 - normal_exceeded_with(alpha.half()) * self.variance.sqrt();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "casts saturate, and the bound lies in the range"
        )]
        let rank = rank.ceil().max(0.0) as u64;
        rank.min(self.count / 2)
    }

    fn shift(&self, sums: &Sums, alpha: Alpha) -> Shift {
        let rank = self.rank_of_lower_end(alpha);
        let middle = self.count.div_ceil(2);
        // Sums to ask for when the interval is unbounded: any will do.
        let ends = match rank {
            0 => [middle, middle],
            rank => [rank, self.count + 1 - rank],
        };
        let [lower, median, upper] = sums.of_ranks([ends[0], middle, ends[1]]);
        let estimate = if self.count.is_multiple_of(2) {
            let above = sums.following(median, middle).unwrap_or(median);
            median.midpoint(above)
        } else {
            median
        };
        Shift {
            estimate,
            interval: match rank {
                0 => Bounds::UNBOUNDED,
                _ => Bounds { lower, upper },
            },
            method: match self.exact {
                Some(_) => Method::Exact,
                None => Method::Approximate,
            },
        }
    }
}
