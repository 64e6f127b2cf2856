//! Ranks, equal values sharing the mean of theirs, and the check that every test begins with.

use super::mann_whitney::{is_equal, tie_sum};

/// Ranks of a sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranks {
    /// Rank of each value, in the order of the values; 1 for the smallest. Equal values share the mean of their ranks.
    pub ranks: Vec<f64>,
    /// Sum of `t^3 - t` over groups of `t` equal values: 0 without ties.
    pub ties: f64,
}

/// Ranks values without NaN; infinite ones are ranked like others. Positive and negative zero are equal.
///
/// ```
/// let ranked = serinus_judge::stats::mid_ranks(&[20.0, 10.0, 20.0]);
/// assert_eq!((ranked.ranks, ranked.ties), (vec![2.5, 1.0, 2.5], 6.0));
/// ```
pub fn mid_ranks(values: &[f64]) -> Ranks {
    let mut order: Vec<(f64, usize)> = values.iter().copied().zip(0..).collect();
    order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let mut ranks = vec![0.0; values.len()];
    let mut below = 0;
    for group in order.chunk_by(|a, b| is_equal(a.0, b.0)) {
        let rank = below as f64 + (group.len() as f64 + 1.0) / 2.0;
        for (_, index) in group {
            ranks[*index] = rank;
        }
        below += group.len();
    }
    let sorted: Vec<f64> = order.into_iter().map(|(value, _)| value).collect();
    Ranks {
        ranks,
        ties: tie_sum(&sorted),
    }
}

/// The values in ascending order; `None` if there are none, or one is not finite.
pub(crate) fn sorted_finite(values: &[f64]) -> Option<Vec<f64>> {
    let mut sorted = finite_samples(values)?.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    Some(sorted)
}

/// The same values; `None` if there are none, or one is not finite.
pub(crate) fn finite_samples(values: &[f64]) -> Option<&[f64]> {
    (!values.is_empty() && values.iter().all(|value| value.is_finite())).then_some(values)
}
