//! Shares of errors: intervals of one, and of the difference and the ratio of two.

use thiserror::Error;

use super::bounds::Bounds;
use super::distributions::normal_exceeded_with;
use super::levels::{Alpha, Inflation};
use super::tail::Tail;

/// Some of many: errors of requests. Neither need be whole, as stores extrapolate counters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Counts {
    errors: f64,
    of: f64,
}

/// No errors of requests.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[error(
    "{errors} of {of} is no share: both must be finite, and the first between 0 and the second"
)]
pub struct InvalidCounts {
    errors: f64,
    of: f64,
}

/// Two shares compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShareComparison {
    /// The canary's share less the baseline's; -1 to 1.
    pub difference: f64,
    /// Interval of the difference, within -1 to 1.
    pub difference_interval: Bounds,
    /// The canary's share over the baseline's; `None` if the baseline has none.
    pub ratio: Option<f64>,
    /// Interval of the ratio; its upper end is infinite if the baseline has none.
    pub ratio_interval: Bounds,
    /// The difference in units of its standard error without a change; 0 if neither side has errors, or nothing else.
    pub z: f64,
    /// p-value of that.
    pub p: f64,
}

impl Counts {
    /// `errors` among `of`.
    ///
    /// # Errors
    /// Unless both are finite and `0 <= errors <= of`.
    pub fn new(errors: f64, of: f64) -> Result<Self, InvalidCounts> {
        if of.is_finite() && (0.0..=of).contains(&errors) {
            Ok(Self { errors, of })
        } else {
            Err(InvalidCounts { errors, of })
        }
    }

    /// How many.
    pub const fn errors(self) -> f64 {
        self.errors
    }

    /// Of how many.
    pub const fn of(self) -> f64 {
        self.of
    }

    /// The share, 0 to 1; `None` of nothing.
    pub fn share(self) -> Option<f64> {
        (self.of > 0.0).then(|| (self.errors / self.of).clamp(0.0, 1.0))
    }

    /// The score interval of the share (Wilson 1927), with the number of trials divided by the inflation.
    ///
    /// Within 0 to 1, and sensible for no errors at all. `None` of nothing.
    ///
    /// ```
    /// use serinus_judge::stats::{Alpha, Counts, Inflation};
    /// let none_of_100 = Counts::new(0.0, 100.0)?.wilson(Inflation::NONE, Alpha::new(0.05)?).unwrap();
    /// assert_eq!(none_of_100.lower, 0.0);
    /// assert!((none_of_100.upper - 0.037).abs() < 1e-4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn wilson(self, inflation: Inflation, alpha: Alpha) -> Option<Bounds> {
        let share = self.share()?;
        let z = normal_exceeded_with(alpha.half());
        // Dividing by the number of trials, and not multiplying with it, copes with fewer than one.
        let per_trial = z * z * inflation.get() / self.of;
        if !per_trial.is_finite() {
            return Some(Bounds {
                lower: 0.0,
                upper: 1.0,
            });
        }
        // The ends are the roots of (share - p)^2 = per_trial * p * (1 - p). The upper is a sum, so that nothing cancels;
        // the lower follows from it, as their product is share^2 / (1 + per_trial).
        let complement = ((self.of - self.errors) / self.of).clamp(0.0, 1.0);
        let root = (per_trial * (share * complement + per_trial / 4.0)).sqrt();
        let sum = share + per_trial / 2.0 + root;
        Some(Bounds {
            lower: (share * share / sum).min(share),
            upper: (sum / (1.0 + per_trial)).clamp(share, 1.0),
        })
    }
}

/// Compares the canary's share with the baseline's.
///
/// The intervals combine Wilson's of the two sides by the distances from their estimates to their ends: Newcombe's (1998,
/// method 10) for the difference, Donner and Zou's (2012) for the ratio. The test is the score test with the pooled share.
/// Errors that come in bursts vary more than the binomial distribution says: [`super::overdispersion`] estimates by how
/// much, and `inflation` widens everything accordingly.
///
/// `None` if a side is of nothing.
///
/// ```
/// use serinus_judge::stats::{Alpha, Counts, Inflation, Tail, compare_shares};
/// let (baseline, canary) = (Counts::new(10.0, 2000.0)?, Counts::new(30.0, 2000.0)?);
/// let answer = compare_shares(baseline, canary, Inflation::NONE, Tail::TwoSided, Alpha::new(0.05)?).unwrap();
/// assert!((answer.ratio.unwrap() - 3.0).abs() < 1e-12 && answer.ratio_interval.lower > 1.0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn compare_shares(
    baseline: Counts,
    canary: Counts,
    inflation: Inflation,
    tail: Tail,
    alpha: Alpha,
) -> Option<ShareComparison> {
    let (b, c) = (baseline.share()?, canary.share()?);
    let (in_b, in_c) = (
        baseline.wilson(inflation, alpha)?,
        canary.wilson(inflation, alpha)?,
    );
    let difference = c - b;
    let (z, p) = match pooled_error(baseline, canary, inflation) {
        error if error > 0.0 => (difference / error, tail.of_normal(difference / error)),
        _ => (0.0, 1.0),
    };
    Some(ShareComparison {
        difference,
        difference_interval: Bounds {
            lower: (difference - (c - in_c.lower).hypot(in_b.upper - b)).max(-1.0),
            upper: (difference + (in_c.upper - c).hypot(b - in_b.lower)).min(1.0),
        },
        ratio: (b > 0.0).then(|| c / b).filter(|ratio| ratio.is_finite()),
        ratio_interval: ratio_interval((b, in_b), (c, in_c)),
        z,
        p,
    })
}

/// Standard error of the difference if both shares are the pooled one.
fn pooled_error(baseline: Counts, canary: Counts, inflation: Inflation) -> f64 {
    // Divided first, as sums of huge counts may overflow.
    let all = baseline.of / 2.0 + canary.of / 2.0;
    let share = ((baseline.errors / 2.0 + canary.errors / 2.0) / all).clamp(0.0, 1.0);
    let per_trial = 1.0 / baseline.of + 1.0 / canary.of;
    (share * (1.0 - share) * per_trial * inflation.get()).sqrt()
}

/// Interval of a ratio of two estimates from theirs, none of which is negative.
fn ratio_interval((b, in_b): (f64, Bounds), (c, in_c): (f64, Bounds)) -> Bounds {
    // Scaled, as products of tiny shares may vanish.
    let (of_b, of_c) = (
        in_b.upper.max(f64::MIN_POSITIVE),
        in_c.upper.max(f64::MIN_POSITIVE),
    );
    let (b, c) = (b / of_b, c / of_c);
    // (2 * estimate - end) * end: the square of the estimate less that of the distance to the end.
    let product = |estimate: f64, end: f64| end * (2.0 * estimate - end);
    let root = |of_canary: f64, of_baseline: f64| {
        ((b * c).powi(2) - of_canary * of_baseline).max(0.0).sqrt()
    };

    let (canary, baseline) = (product(c, in_c.lower / of_c), product(b, in_b.upper / of_b));
    let divisor = b * c + root(canary, baseline);
    let lower = if canary > 0.0 && divisor > 0.0 {
        canary / divisor
    } else {
        0.0
    };
    let (canary, baseline) = (product(c, in_c.upper / of_c), product(b, in_b.lower / of_b));
    let upper = if baseline > 0.0 {
        (b * c + root(canary, baseline)) / baseline
    } else {
        f64::INFINITY
    };
    let scale = of_c / of_b;
    Bounds::checked(lower * scale, upper * scale).unwrap_or(Bounds {
        lower: 0.0,
        upper: f64::INFINITY,
    })
}
