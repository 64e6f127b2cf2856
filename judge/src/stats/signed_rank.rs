//! The Wilcoxon signed-rank test of paired samples.

use super::exact_null::ExactNull;
use super::mann_whitney::tie_sum;
use super::rank_sum::Method;
use super::ranks::{finite_samples, mid_ranks};
use super::tail::Tail;

/// What becomes of differences that are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Zeros {
    /// They are left out after ranking (Pratt 1959), so that many of them keep the others' ranks high. The better default:
    /// leaving them out first can turn more evidence into less.
    Pratt,
    /// They are left out before ranking (Wilcoxon 1945).
    Wilcox,
}

/// Answer of the signed-rank test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SignedRank {
    /// Sum of the ranks, by absolute value, of positive differences.
    pub positive: f64,
    /// That sum in standard units, with corrections for ties, zeros and continuity. Also given when the p-value is exact.
    /// 0 if all differences are zero.
    pub z: f64,
    /// p-value; 1 if all differences are zero.
    pub p: f64,
    /// What the p-value was taken from.
    pub method: Method,
    /// Number of differences that are not zero.
    pub non_zero: usize,
}

/// Tests whether differences `canary - baseline` of pairs are symmetric about zero (Wilcoxon 1945).
///
/// Exact for up to 50 differences without zeros and ties; otherwise normal, with corrections. Pairing takes out what both
/// sides share, such as load; it does not make autocorrelated differences independent. The interval that belongs to it is
/// [`super::pseudo_median`]'s.
///
/// `None` without differences or if one is not finite.
///
/// ```
/// use serinus_judge::stats::{Tail, Zeros, signed_rank};
/// let answer = signed_rank(&[0.3, 1.2, -0.1, 2.5], Zeros::Pratt, Tail::TwoSided).unwrap();
/// assert_eq!((answer.positive, answer.p), (9.0, 0.25));
/// ```
pub fn signed_rank(differences: &[f64], zeros: Zeros, tail: Tail) -> Option<SignedRank> {
    let all = finite_samples(differences)?;
    let is_zero = |d: &f64| d.abs() <= 0.0;
    let used: Vec<f64> = match zeros {
        Zeros::Pratt => all.to_vec(),
        Zeros::Wilcox => all.iter().copied().filter(|d| !is_zero(d)).collect(),
    };
    let sizes: Vec<f64> = used.iter().map(|d| d.abs()).collect();
    let ranks = mid_ranks(&sizes).ranks;
    let positive: f64 = used
        .iter()
        .zip(ranks)
        .filter(|(d, _)| **d > 0.0)
        .map(|(_, rank)| rank)
        .sum();

    let mut non_zero: Vec<f64> = sizes.into_iter().filter(|d| !is_zero(d)).collect();
    non_zero.sort_unstable_by(f64::total_cmp);
    let ties = tie_sum(&non_zero);
    let ranked = used.len() as f64;
    let ranked_zeros = ranked - non_zero.len() as f64;
    let triangle = |n: f64| n * (n + 1.0) / 4.0;
    let pyramid = |n: f64| n * (n + 1.0) * (2.0 * n + 1.0) / 24.0;
    let mean = triangle(ranked) - triangle(ranked_zeros);
    let variance = pyramid(ranked) - pyramid(ranked_zeros) - ties / 48.0;
    let z = if non_zero.is_empty() {
        0.0
    } else {
        tail.continuity_corrected(positive - mean) / variance.sqrt()
    };

    let exact =
        ExactNull::signed_rank(all.len()).filter(|_| non_zero.len() == all.len() && ties <= 0.0);
    let (p, method) = match exact {
        Some(null) => {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "without ties, a sum of whole ranks up to 50"
            )]
            let positive = positive as usize;
            let (at_most, at_least) = null.tails(positive);
            (tail.of_exact(at_most, at_least), Method::Exact)
        }
        None if non_zero.is_empty() => (1.0, Method::Approximate),
        None => (tail.of_normal(z), Method::Approximate),
    };
    Some(SignedRank {
        positive,
        z,
        p,
        method,
        non_zero: non_zero.len(),
    })
}
