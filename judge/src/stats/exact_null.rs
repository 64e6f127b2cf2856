//! Exact distributions of the rank statistics when there is no change and no tie.
//!
//! Both statistics take whole values, symmetric about the middle of their range. Only the half that is asked about is
//! ever counted.

use std::cmp::Ordering;

/// Largest rank sum that is counted: bounds the work when one side is small and the other huge.
const LARGEST_SUM: usize = 10_000;
/// Differences up to which signed ranks are counted.
const MOST_DIFFERENCES: usize = 50;

/// A statistic with a symmetric distribution on `0..=last`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ExactNull {
    /// Pairs in which a value of the first side exceeds one of the second (Mann and Whitney 1947).
    RankSum {
        /// Sizes of the two sides.
        sizes: (usize, usize),
    },
    /// Sum of the ranks of positive differences (Wilcoxon 1945).
    SignedRank {
        /// Number of differences.
        size: usize,
    },
}

impl ExactNull {
    /// For sides that are small enough: fewer than 2^63 arrangements, as 33 and 33 samples have, or 10 and 200, and not
    /// more than 10,000 pairs. With more, the normal approximation is good.
    pub(crate) fn rank_sum(first: usize, second: usize) -> Option<Self> {
        let countable =
            first.checked_mul(second)? <= LARGEST_SUM && arrangements(first, second).is_some();
        countable.then_some(Self::RankSum {
            sizes: (first, second),
        })
    }

    /// For few enough differences.
    pub(crate) fn signed_rank(size: usize) -> Option<Self> {
        (size <= MOST_DIFFERENCES).then_some(Self::SignedRank { size })
    }

    /// The largest value of the statistic.
    fn last(self) -> usize {
        match self {
            Self::RankSum { sizes } => sizes.0 * sizes.1,
            Self::SignedRank { size } => size * (size + 1) / 2,
        }
    }

    /// Probabilities of a value of at most, and of at least, `value`, which lies in the range.
    pub(crate) fn tails(self, value: usize) -> (f64, f64) {
        let mirrored = self.last().saturating_sub(value);
        let rarer = value.min(mirrored);
        let tail = self.lower_tail(rarer);
        let rare = tail[rarer];
        let rest = 1.0 - rarer.checked_sub(1).map_or(0.0, |less| tail[less]);
        // In the middle both are the same number, so that exchanging the sides changes no bit.
        match value.cmp(&mirrored) {
            Ordering::Less => (rare, rest),
            Ordering::Equal => (rare, rare),
            Ordering::Greater => (rest, rare),
        }
    }

    /// The smallest value that is not exceeded with at least this probability, which is at most one half.
    pub(crate) fn quantile(self, probability: f64) -> usize {
        let middle = self.last() / 2;
        self.lower_tail(middle)
            .iter()
            .position(|at_most| *at_most >= probability)
            .unwrap_or(middle)
    }

    /// Probabilities of at most 0, 1, .. `value`.
    fn lower_tail(self, value: usize) -> Vec<f64> {
        let (counts, all) = match self {
            Self::RankSum { sizes } => (
                rank_sum_counts(sizes.0, sizes.1, value),
                arrangements(sizes.0, sizes.1).unwrap_or(u64::MAX),
            ),
            Self::SignedRank { size } => (signed_rank_counts(size, value), 1 << size),
        };
        let mut below = 0_u64;
        counts
            .into_iter()
            .map(|count| {
                below += count;
                below as f64 / all as f64
            })
            .collect()
    }
}

/// How many ways there are to arrange two sides, that is to choose the places of one; `None` from 2^63 on.
fn arrangements(first: usize, second: usize) -> Option<u64> {
    let (few, many) = (first.min(second), first.max(second));
    let mut all = 1_u128;
    for i in 1..=few {
        all = all * (many + i) as u128 / i as u128;
        if all >= 1 << 63 {
            return None;
        }
    }
    u64::try_from(all).ok()
}

/// How many of the arrangements of two sides give each rank sum from 0 to `value`.
///
/// They are the coefficients of the Gaussian binomial, the product of `(1 - q^(many + i)) / (1 - q^i)` over `i` in
/// `1..=few`. Multiplying and dividing power series cut off after `value` takes additions only. Those between a
/// multiplication and its division may be negative; they wrap, and so back.
fn rank_sum_counts(first: usize, second: usize, value: usize) -> Vec<u64> {
    let (few, many) = (first.min(second), first.max(second));
    let mut counts = vec![0_u64; value + 1];
    counts[0] = 1;
    let mut unmultiplied = counts.clone();
    for i in 1..=few {
        unmultiplied.copy_from_slice(&counts);
        for (count, earlier) in counts.iter_mut().skip(many + i).zip(&unmultiplied) {
            *count = count.wrapping_sub(*earlier);
        }
        // Blocks of `i` depend on the block before only, so that their additions can be done at once.
        for start in (i..=value).step_by(i) {
            let (done, rest) = counts.split_at_mut(start);
            for (count, earlier) in rest.iter_mut().zip(&done[start - i..]) {
                *count = count.wrapping_add(*earlier);
            }
        }
    }
    counts
}

/// How many subsets of the ranks `1..=size` have each sum from 0 to `value`.
fn signed_rank_counts(size: usize, value: usize) -> Vec<u64> {
    let mut counts = vec![0_u64; value + 1];
    counts[0] = 1;
    for rank in 1..=size {
        for k in (rank..=value).rev() {
            counts[k] += counts[k - rank];
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every arrangement, as bits that say which of the values belong to the first side.
    fn rank_sums(m: usize, n: usize) -> Vec<usize> {
        (0_u32..1 << (m + n))
            .filter(|bits| bits.count_ones() as usize == m)
            .map(|bits| {
                let below = |i: usize| (0..i).filter(|j| bits & (1 << j) == 0).count();
                (0..m + n).filter(|i| bits & (1 << i) != 0).map(below).sum()
            })
            .collect()
    }

    fn signed_ranks(size: usize) -> Vec<usize> {
        (0_u32..1 << size)
            .map(|bits| {
                (0..size)
                    .filter(|i| bits & (1 << i) != 0)
                    .map(|i| i + 1)
                    .sum()
            })
            .collect()
    }

    fn check(null: ExactNull, all: &[usize]) {
        let share = |holds: &dyn Fn(usize) -> bool| {
            all.iter().filter(|value| holds(**value)).count() as f64 / all.len() as f64
        };
        for value in 0..=null.last() {
            let (at_most, at_least) = (share(&|v| v <= value), share(&|v| v >= value));
            let tails = null.tails(value);
            assert!((tails.0 - at_most).abs() < 1e-14 && (tails.1 - at_least).abs() < 1e-14);
        }
        for probability in [0.001, 0.01, 0.025, 0.1, 0.3, 0.5] {
            let quantile = null.quantile(probability);
            assert!(share(&|v| v <= quantile) >= probability);
            assert!(share(&|v| v < quantile) < probability);
        }
    }

    #[test]
    fn counting_agrees_with_enumerating() {
        for (m, n) in [(1, 1), (1, 6), (2, 3), (4, 4), (5, 3), (7, 6)] {
            check(ExactNull::RankSum { sizes: (m, n) }, &rank_sums(m, n));
        }
        for size in [1, 2, 3, 6, 11] {
            check(ExactNull::SignedRank { size }, &signed_ranks(size));
        }
    }

    #[test]
    fn largest_counts_add_up() {
        for (m, n) in [(33, 33), (10, 200), (1, 10_000), (30, 34)] {
            let null = ExactNull::rank_sum(m, n).unwrap();
            // Counted over the whole range, not only over the half that is used otherwise.
            let all = null.lower_tail(m * n);
            assert_eq!(all.last(), Some(&1.0), "{m}, {n}");
            assert!((all[m * n / 3] - null.tails(m * n / 3).0).abs() < 1e-15);
            let mirrored = 1.0 - all[m * n - m * n / 3 - 1];
            assert!((all[m * n / 3] - mirrored).abs() < 1e-12, "{m}, {n}");
        }
        for (m, n) in [(34, 34), (11, 1000), (1, 10_001), (usize::MAX, 2)] {
            assert!(ExactNull::rank_sum(m, n).is_none(), "{m}, {n}");
        }
        assert!(ExactNull::signed_rank(50).is_some() && ExactNull::signed_rank(51).is_none());
    }
}
