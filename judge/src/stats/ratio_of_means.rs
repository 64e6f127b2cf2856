//! The ratio of two means, with Fieller's interval.

use super::bounds::Bounds;
use super::distributions::t_exceeded_with;
use super::levels::{Alpha, Inflation};
use super::ranks::finite_samples;
use super::summary::mean;

/// A ratio, canary over baseline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio {
    /// The estimate; 1 is no change.
    pub estimate: f64,
    /// Its interval.
    pub interval: Bounds,
}

/// How the samples of the two sides belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sampling {
    /// The i-th sample of one side was taken together with that of the other.
    Paired,
    /// They were taken independently, and may be differently spread and differently many.
    Independent,
}

/// Mean of the canary over mean of the baseline, with the interval by Fieller (1954): all ratios `r` for which
/// `mean(canary) - r * mean(baseline)` does not differ from 0.
///
/// Unlike the delta method it knows that the baseline's mean is uncertain too; if that does not differ from 0, no ratio can
/// be excluded and the interval is unbounded. Inflation divides the number of samples. Degrees of freedom are
/// `n / inflation - 1` for pairs, and Satterthwaite's at the estimate for independent sides; at least 1. Two constant sides
/// give an interval of no width.
///
/// `None` if a side has fewer than two samples, pairs are not equally many, a value is not finite, the baseline's mean is 0
/// or the ratio overflows.
///
/// ```
/// use serinus_judge::stats::{Alpha, Inflation, Sampling, ratio_of_means};
/// let (baseline, canary) = ([10.0, 12.0, 11.0, 13.0], [21.0, 24.0, 22.0, 26.0]);
/// let ratio = ratio_of_means(&baseline, &canary, Sampling::Paired, Inflation::NONE, Alpha::new(0.05).unwrap()).unwrap();
/// assert!(ratio.interval.contains(2.0) && !ratio.interval.contains(1.0));
/// ```
pub fn ratio_of_means(
    baseline: &[f64],
    canary: &[f64],
    sampling: Sampling,
    inflation: Inflation,
    alpha: Alpha,
) -> Option<Ratio> {
    let ((b, scale_b), (c, scale_c)) = (scaled(baseline)?, scaled(canary)?);
    if b.len() < 2 || c.len() < 2 {
        return None;
    }
    let (mean_b, mean_c) = (mean(&b), mean(&c));
    if mean_b.abs() <= 0.0 {
        return None;
    }
    let count = |side: &[f64]| side.len() as f64 / inflation.get();
    let freedom = |side: &[f64]| (count(side) - 1.0).max(1.0);
    let variance_b = covariance(&b, mean_b, &b, mean_b) / count(&b);
    let variance_c = covariance(&c, mean_c, &c, mean_c) / count(&c);
    let estimate = mean_c / mean_b;
    let (shared, freedom) = match sampling {
        Sampling::Paired if b.len() != c.len() => return None,
        Sampling::Paired => (covariance(&b, mean_b, &c, mean_c) / count(&b), freedom(&b)),
        Sampling::Independent => {
            let of_b = estimate * estimate * variance_b;
            let all = of_b + variance_c;
            let (b_share, c_share) = if all > 0.0 {
                (of_b / all, variance_c / all)
            } else {
                (1.0, 0.0)
            };
            let inverse = b_share * b_share / freedom(&b) + c_share * c_share / freedom(&c);
            (0.0, (1.0 / inverse).max(1.0))
        }
    };
    let relative = (t_exceeded_with(alpha.half(), freedom) / mean_b).powi(2);
    let interval = fieller(estimate, relative, variance_b, variance_c, shared);
    let scale = scale_c / scale_b;
    let estimate = estimate * scale;
    let interval = Bounds::checked(interval.lower * scale, interval.upper * scale)?;
    (estimate.is_finite() && scale > 0.0).then_some(Ratio { estimate, interval })
}

/// The roots of `(c - r b)^2 = t^2 (variance_c - 2 r shared + r^2 variance_b)`, with everything divided by `b^2`;
/// `relative` is `t^2 / b^2`.
fn fieller(estimate: f64, relative: f64, variance_b: f64, variance_c: f64, shared: f64) -> Bounds {
    let g = relative * variance_b;
    if g.is_nan() || g >= 1.0 {
        return Bounds::UNBOUNDED;
    }
    let middle = (estimate - relative * shared) / (1.0 - g);
    let spread = variance_c - 2.0 * estimate * shared + estimate * estimate * variance_b;
    let certain = relative * (variance_b * variance_c - shared * shared);
    let half = (relative * (spread - certain).max(0.0)).sqrt() / (1.0 - g);
    // Rounding can put the estimate just outside of an interval without width.
    Bounds {
        lower: (middle - half).min(estimate),
        upper: (middle + half).max(estimate),
    }
}

/// The samples divided by a power of two near the largest, so that no square overflows; and that power.
fn scaled(samples: &[f64]) -> Option<(Vec<f64>, f64)> {
    let largest = finite_samples(samples)?
        .iter()
        .fold(0.0, |largest, x| f64::max(largest, x.abs()));
    let scale = if largest >= f64::MIN_POSITIVE {
        largest.log2().floor().exp2()
    } else {
        1.0
    };
    Some((samples.iter().map(|x| x / scale).collect(), scale))
}

/// With `n - 1` in the denominator.
fn covariance(x: &[f64], mean_x: f64, y: &[f64], mean_y: f64) -> f64 {
    let products = x.iter().zip(y).map(|(x, y)| (x - mean_x) * (y - mean_y));
    products.sum::<f64>() / (x.len() as f64 - 1.0)
}
