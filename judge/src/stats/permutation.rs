//! The two-sample permutation test: how often a random division of the values among the sides would differ as much.

use std::cmp::Ordering;

/// Up to this many divisions are all looked at.
const EXACT_UP_TO: u64 = 20_000;
/// How many random ones are looked at otherwise.
const DRAWN: u32 = 4_000;
/// Sums within this of each other count as equal, so that rounding does not decide ties.
const EQUAL: f64 = 1e-9;

/// The number of ways to choose `chosen` of `all`, cut off at 10^15.
pub(crate) fn arrangements(all: usize, chosen: usize) -> u64 {
    const CEILING: f64 = 1e15;
    let chosen = chosen.min(all.saturating_sub(chosen));
    let mut ways = 1.0_f64;
    for i in 0..chosen {
        ways = (ways * (all - i) as f64 / (i + 1) as f64).round();
        if ways >= CEILING {
            break;
        }
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a whole number from 1 to 10^15"
    )]
    let ways = ways.min(CEILING) as u64;
    ways
}

/// The two-sided p-value for the sum of `second`'s scores: the share of divisions whose sum lies at least as far from what
/// is expected. Exact where there are few divisions; otherwise from a sequence of random ones that depends on the sizes
/// alone, counting the division at hand as one of them. 1 if a side is empty. Scores should be of the order of 1.
pub(crate) fn two_sided(first: &[f64], second: &[f64]) -> f64 {
    if first.is_empty() || second.is_empty() {
        return 1.0;
    }
    let mut pooled = [first, second].concat();
    // The order of the values must not matter, only which side they are on; the draws go by position.
    pooled.sort_unstable_by(f64::total_cmp);
    let centre = pooled.iter().sum::<f64>() / pooled.len() as f64;
    for score in &mut pooled {
        *score -= centre;
    }
    let observed = (second.iter().sum::<f64>() - centre * second.len() as f64).abs() - EQUAL;
    let smaller = first.len().min(second.len());
    if arrangements(pooled.len(), smaller) <= EXACT_UP_TO {
        exact(&pooled, smaller, observed)
    } else {
        drawn(&mut pooled, smaller, observed)
    }
}

/// Looks at every way to choose `size` scores. As all scores sum to 0, the smaller side tells as much as the larger.
fn exact(scores: &[f64], size: usize, observed: f64) -> f64 {
    let mut chosen: Vec<usize> = (0..size).collect();
    let (mut extreme, mut all) = (0_u32, 0_u32);
    loop {
        all += 1;
        let sum: f64 = chosen.iter().map(|&i| scores[i]).sum();
        extreme += u32::from(sum.abs() >= observed);
        // The next combination in lexicographic order.
        let Some(last) = (0..size).rfind(|&k| chosen[k] < scores.len() - size + k) else {
            return f64::from(extreme) / f64::from(all);
        };
        chosen[last] += 1;
        for k in last + 1..size {
            chosen[k] = chosen[k - 1] + 1;
        }
    }
}

fn drawn(scores: &mut [f64], size: usize, observed: f64) -> f64 {
    let mut random = SplitMix(((scores.len() as u64) << 32) ^ size as u64);
    let mut extreme = 1_u32;
    for _ in 0..DRAWN {
        for i in 0..size {
            let other = i + random.below(scores.len() - i);
            scores.swap(i, other);
        }
        let sum: f64 = scores[..size].iter().sum();
        extreme += u32::from(sum.abs().partial_cmp(&observed) != Some(Ordering::Less));
    }
    f64::from(extreme) / f64::from(DRAWN + 1)
}

/// The generator `SplitMix64` of Steele, Lea and Flood (2014).
pub(super) struct SplitMix(u64);

impl SplitMix {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `bound`, which is far below 2^32, so that the bias of the multiplication does not show.
    fn below(&mut self, bound: usize) -> usize {
        let scaled = (u128::from(self.next()) * bound as u128) >> 64;
        usize::try_from(scaled).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_arrangements() {
        for (all, chosen, ways) in [
            (0, 0, 1),
            (8, 4, 70),
            (10, 5, 252),
            (20, 10, 184_756),
            (7, 7, 1),
        ] {
            assert_eq!(arrangements(all, chosen), ways);
        }
        assert_eq!(arrangements(500, 250), 1_000_000_000_000_000);
    }

    #[test]
    fn separated_sides_are_the_two_most_extreme_of_all_divisions() {
        let p = two_sided(&[1.0, 2.0, 3.0, 4.0, 5.0], &[6.0, 7.0, 8.0, 9.0, 10.0]);
        assert!((p - 2.0 / 252.0).abs() < 1e-15, "{p}");
        // Of the 35 ways to choose three of these seven, six sum to 21 or more, or to 9.86 or less.
        let p = two_sided(&[1.0, 5.0, 7.0, 2.0], &[4.0, 9.0, 8.0]);
        assert!((p - 6.0 / 35.0).abs() < 1e-15, "{p}");
    }

    #[test]
    fn drawn_and_exact_agree_and_order_does_not_matter() {
        let first: Vec<f64> = (0..9).map(|i| f64::from(i * 5 % 9) / 9.0).collect();
        let second: Vec<f64> = (0..7).map(|i| f64::from(i * 3 % 7) / 7.0 + 0.3).collect();
        let p = two_sided(&first, &second);
        let mut pooled = [first.clone(), second.clone()].concat();
        let centre = pooled.iter().sum::<f64>() / 16.0;
        pooled.iter_mut().for_each(|score| *score -= centre);
        let observed = (second.iter().sum::<f64>() - 7.0 * centre).abs() - EQUAL;
        assert!((drawn(&mut pooled, 7, observed) - p).abs() < 0.03);
        let reversed: Vec<f64> = first.iter().rev().copied().collect();
        assert!((two_sided(&reversed, &second) - p).abs() <= 0.0);
    }

    #[test]
    fn equal_values_and_empty_sides_are_no_evidence() {
        for (first, second) in [
            (vec![], vec![1.0]),
            (vec![1.0; 4], vec![1.0; 5]),
            (vec![1.0; 40], vec![1.0; 50]),
        ] {
            assert!((two_sided(&first, &second) - 1.0).abs() <= 0.0);
        }
    }
}
