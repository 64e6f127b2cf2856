//! What a comparison could have noticed: a pass means little if a large change would have passed too.

use super::distributions::t_exceeded_with;
use super::levels::{Alpha, Inflation, Power};

/// Number and spread of samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Number of samples.
    pub count: usize,
    /// Their standard deviation, in the unit of the metric; finite and not negative.
    pub deviation: f64,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Means {
    /// The mean of differences of pairs with zero.
    Paired {
        /// Of the differences.
        differences: Spread,
    },
    /// The means of two independent sides, which may be differently spread.
    Independent {
        /// Of the baseline.
        baseline: Spread,
        /// Of the canary.
        canary: Spread,
    },
}

/// The smallest change of the mean, in the unit of the deviations, that a two-sided t test at `alpha` notices with
/// probability `power`: the standard error times the sum of the two t quantiles.
///
/// Inflation divides the numbers of samples, for the standard error as well as for the degrees of freedom (Satterthwaite's
/// for two sides; at least 1). Against the noncentral t distribution the rule is within 4 % from ten samples on, and 1 % from thirty.
///
/// `None` with fewer than two samples somewhere, or if a deviation is negative or anything is not finite.
///
/// ```
/// use serinus_judge::stats::{Alpha, Inflation, Means, Power, Spread, smallest_detectable_change};
/// let means = Means::Paired { differences: Spread { count: 30, deviation: 4.0 } };
/// let change = smallest_detectable_change(means, Inflation::NONE, Alpha::new(0.05)?, Power::new(0.8)?).unwrap();
/// assert!((change - 2.117).abs() < 0.001);
/// # Ok::<(), serinus_judge::stats::InvalidLevel>(())
/// ```
pub fn smallest_detectable_change(
    means: Means,
    inflation: Inflation,
    alpha: Alpha,
    power: Power,
) -> Option<f64> {
    let (error, freedom) = match means {
        Means::Paired { differences } => standard_error(differences, inflation)?,
        Means::Independent { baseline, canary } => {
            let (b, freedom_b) = standard_error(baseline, inflation)?;
            let (c, freedom_c) = standard_error(canary, inflation)?;
            let error = b.hypot(c);
            // Shares of the variance instead of variances, which may overflow or vanish.
            let (b, c) = if error > 0.0 {
                (b / error, c / error)
            } else {
                (1.0, 0.0)
            };
            (error, 1.0 / (b.powi(4) / freedom_b + c.powi(4) / freedom_c))
        }
    };
    let freedom = freedom.max(1.0);
    let change = error
        * (t_exceeded_with(alpha.half(), freedom) + t_exceeded_with(1.0 - power.get(), freedom));
    change.is_finite().then_some(change)
}

/// Standard error of a mean and its degrees of freedom.
fn standard_error(spread: Spread, inflation: Inflation) -> Option<(f64, f64)> {
    let fine = spread.count >= 2 && spread.deviation.is_finite() && spread.deviation >= 0.0;
    let effective = spread.count as f64 / inflation.get();
    fine.then(|| {
        (
            spread.deviation / effective.sqrt(),
            (effective - 1.0).max(1.0),
        )
    })
}
