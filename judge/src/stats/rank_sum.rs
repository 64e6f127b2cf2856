//! The Mann-Whitney U (Wilcoxon rank-sum) test of two independent samples.

use super::exact_null::ExactNull;
use super::mann_whitney::{Samples, null_variance};
use super::ranks::sorted_finite;
use super::tail::Tail;

/// What a p-value, or an interval, was taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// The exact distribution of the statistic.
    Exact,
    /// Its limit for many samples.
    Approximate,
}

/// Answer of the Mann-Whitney test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RankSum {
    /// Pairs of samples in which the canary's is higher, equal ones counting half; 0 to `n * m`.
    pub u: f64,
    /// `u` in standard units, with tie and continuity correction; positive if the canary is higher. Also given when the
    /// p-value is exact. 0 if all values are equal.
    pub z: f64,
    /// p-value; 1 if all values are equal.
    pub p: f64,
    /// What the p-value was taken from.
    pub method: Method,
    /// Common-language effect size (Vargha and Delaney's A): the share of pairs in which the canary is higher, equal ones
    /// counting half; 0 to 1.
    pub superiority: f64,
    /// Cliff's delta, `2 * superiority - 1`: -1 to 1.
    pub cliffs_delta: f64,
}

/// The share of pairs in which the canary is higher, equal ones counting half, by itself: [`RankSum::superiority`].
pub(crate) fn superiority(baseline: &[f64], canary: &[f64]) -> Option<f64> {
    let (baseline, canary) = (sorted_finite(baseline)?, sorted_finite(canary)?);
    let wins = Samples::new(&canary, &baseline).rank(0.0).doubled_wins as f64 / 2.0;
    Some(wins / (baseline.len() as f64 * canary.len() as f64))
}

/// Tests whether the canary's values tend to be higher or lower than the baseline's (Mann and Whitney 1947).
///
/// Exact for small samples without ties (up to 33 a side, or 10 and 200: fewer than 2^63 arrangements and at most 10,000
/// pairs); otherwise normal, with the corrections for ties and continuity.
/// The samples must be independent of each other; autocorrelated series give p-values that are too small.
///
/// `None` if a side is empty or a value is not finite.
///
/// ```
/// use serinus_judge::stats::{Tail, rank_sum};
/// let answer = rank_sum(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0], Tail::TwoSided).unwrap();
/// assert_eq!((answer.u, answer.superiority), (9.0, 1.0));
/// assert!((answer.p - 0.1).abs() < 1e-12);
/// ```
pub fn rank_sum(baseline: &[f64], canary: &[f64], tail: Tail) -> Option<RankSum> {
    let (baseline, canary) = (sorted_finite(baseline)?, sorted_finite(canary)?);
    let ranking = Samples::new(&canary, &baseline).rank(0.0);
    let (n, m) = (baseline.len(), canary.len());
    let pairs = n as f64 * m as f64;
    let u = ranking.doubled_wins as f64 / 2.0;
    let variance = null_variance(m as f64, n as f64, ranking.ties);
    let z = if variance > 0.0 {
        tail.continuity_corrected(u - pairs / 2.0) / variance.sqrt()
    } else {
        0.0
    };
    let exact = if ranking.ties > 0.0 {
        None
    } else {
        // Without ties there are no halves.
        usize::try_from(ranking.doubled_wins / 2)
            .ok()
            .and_then(|u| ExactNull::rank_sum(n, m).map(|null| null.tails(u)))
    };
    let (p, method) = match exact {
        Some((at_most, at_least)) => (tail.of_exact(at_most, at_least), Method::Exact),
        None if variance > 0.0 => (tail.of_normal(z), Method::Approximate),
        None => (1.0, Method::Approximate),
    };
    let superiority = u / pairs;
    Some(RankSum {
        u,
        z,
        p,
        method,
        superiority,
        cliffs_delta: 2.0 * superiority - 1.0,
    })
}
