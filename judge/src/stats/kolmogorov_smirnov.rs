//! The two-sample Kolmogorov-Smirnov test: do the distributions differ anywhere, not only in their middle?

use std::f64::consts::PI;

use super::mann_whitney::is_equal;
use super::rank_sum::Method;
use super::ranks::sorted_finite;

/// Answer of the Kolmogorov-Smirnov test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KolmogorovSmirnov {
    /// The largest vertical distance between the two empirical distribution functions; 0 to 1.
    pub distance: f64,
    /// Two-sided p-value.
    pub p: f64,
    /// What the p-value was taken from.
    pub method: Method,
}

/// Product of the numbers of samples up to which the p-value is exact.
const MOST_PAIRS: usize = 10_000;

/// Tests whether two samples come from the same distribution (Smirnov 1939).
///
/// Exact while `n * m` is at most 10,000, ties included: the distribution is that over all ways to divide the pooled values.
/// With more, it is Kolmogorov's limit with Stephens' (1970) correction for the number of samples, which is conservative
/// with ties. Autocorrelated samples give p-values that are far too small.
///
/// `None` if a side is empty or a value is not finite.
///
/// ```
/// let answer = serinus_judge::stats::kolmogorov_smirnov(&[1.0, 2.0, 3.0], &[2.5, 4.0, 5.0]).unwrap();
/// assert!((answer.distance - 2.0 / 3.0).abs() < 1e-12 && (answer.p - 0.6).abs() < 1e-12);
/// ```
pub fn kolmogorov_smirnov(baseline: &[f64], canary: &[f64]) -> Option<KolmogorovSmirnov> {
    let (x, y) = (sorted_finite(baseline)?, sorted_finite(canary)?);
    let (n, m) = (x.len(), y.len());
    let (mut i, mut j) = (0, 0);
    let mut farthest = 0;
    // Whether the pooled values after this many differ from the next: only there do the functions have a value.
    let mut ends = vec![false; n + m + 1];
    while i < n || j < m {
        let value = match (x.get(i), y.get(j)) {
            (Some(x), Some(y)) => x.min(*y),
            (Some(only), None) | (None, Some(only)) => *only,
            (None, None) => break,
        };
        i += x[i..].iter().take_while(|x| is_equal(**x, value)).count();
        j += y[j..].iter().take_while(|y| is_equal(**y, value)).count();
        ends[i + j] = true;
        farthest = farthest.max((i * m).abs_diff(j * n));
    }
    let pairs = n as f64 * m as f64;
    let distance = farthest as f64 / pairs;
    let (p, method) = if n * m <= MOST_PAIRS {
        (share_as_far(n, m, farthest, &ends), Method::Exact)
    } else {
        let root = (pairs / (n + m) as f64).sqrt();
        let p = kolmogorov_above((root + 0.12 + 0.11 / root) * distance);
        (p, Method::Approximate)
    };
    Some(KolmogorovSmirnov {
        distance,
        p,
        method,
    })
}

/// Share of the divisions of the pooled values whose functions are as far apart somewhere.
///
/// A division is a path from (0, 0) to (n, m), all equally likely. The probability of being at (i, j) without having been
/// that far before is carried along, and what gets that far is added up: only additions, so that tiny p-values are right.
fn share_as_far(n: usize, m: usize, farthest: usize, ends: &[bool]) -> f64 {
    // For the current i, by j.
    let mut not_yet = vec![0.0; m + 1];
    let mut share = 0.0;
    for i in 0..=n {
        let mut from_left = 0.0;
        for (j, cell) in not_yet.iter_mut().enumerate() {
            let left = (n + m - i - j) as f64;
            let from_above = *cell;
            let here = if i + j == 0 {
                1.0
            } else {
                from_above + from_left
            };
            let far = ends[i + j] && (i * m).abs_diff(j * n) >= farthest;
            let on = if far {
                share += here;
                0.0
            } else {
                here
            };
            // Of what is left, n - i values are the baseline's.
            (*cell, from_left) = if left > 0.0 {
                (on * (n - i) as f64 / left, on * (m - j) as f64 / left)
            } else {
                (on, 0.0)
            };
        }
    }
    f64::min(share, 1.0)
}

/// Probability that a variable with Kolmogorov's distribution exceeds `lambda`, at least 0.
fn kolmogorov_above(lambda: f64) -> f64 {
    if lambda < 1.18 {
        // The other series would need ever more terms. At 0 all terms vanish.
        let factor = (2.0 * PI).sqrt() / lambda.max(f64::MIN_POSITIVE);
        let exponent = -PI * PI / (8.0 * lambda * lambda).max(f64::MIN_POSITIVE);
        let sum: f64 = [1.0, 9.0, 25.0, 49.0]
            .iter()
            .map(|k| (k * exponent).exp())
            .sum();
        (1.0 - factor * sum).clamp(0.0, 1.0)
    } else {
        let term = |k: f64| (-2.0 * k * k * lambda * lambda).exp();
        (2.0 * (term(1.0) - term(2.0) + term(3.0) - term(4.0))).clamp(0.0, 1.0)
    }
}
