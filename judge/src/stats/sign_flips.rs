//! The sign-flip (one-sample permutation) test of differences.

use std::cmp::Ordering;

use super::permutation::SplitMix;

/// Up to this many values all signs are tried.
const EXACT_UP_TO: usize = 14;
/// How many random ones are tried otherwise.
const DRAWN: u32 = 4_000;
/// Sums closer than this share of the largest possible one count as equal, so that rounding does not decide ties.
const EQUAL: f64 = 1e-12;

/// The two-sided p-value of differences that are symmetric about zero (Fisher 1935): the share of all ways to give them
/// signs whose sum is as far from zero. Exact for up to 14 differences; with more, from a sequence of 4,000 random ones that
/// depends on their number alone, counting the signs at hand as one of them.
///
/// With means of stretches of time in place of differences it is a block permutation test, which neighbours that resemble
/// each other do not mislead. 1 without differences, if all are zero, or if one is not finite.
///
/// ```
/// // Of the eight ways to sign three differences, two have them all on one side.
/// assert_eq!(serinus_judge::stats::sign_flips(&[1.0, 2.0, 4.0]), 0.25);
/// ```
pub fn sign_flips(differences: &[f64]) -> f64 {
    let largest = differences.iter().map(|d| d.abs()).fold(0.0, f64::max);
    if largest <= 0.0 || !differences.iter().all(|d| d.is_finite()) {
        return 1.0;
    }
    // In shares of the largest, sums cannot overflow.
    let mut sizes: Vec<f64> = differences.iter().map(|d| d.abs() / largest).collect();
    // The order must not matter; the draws go by position.
    sizes.sort_unstable_by(f64::total_cmp);
    let sum: f64 = differences.iter().map(|d| d / largest).sum();
    let observed = sum.abs() - EQUAL * sizes.iter().sum::<f64>();
    let extreme = |signs: &mut dyn FnMut() -> bool| {
        let sum: f64 = sizes.iter().map(|x| if signs() { *x } else { -x }).sum();
        u32::from(sum.abs().partial_cmp(&observed) != Some(Ordering::Less))
    };
    if sizes.len() <= EXACT_UP_TO {
        let all = 1_u32 << sizes.len();
        let count: u32 = (0..all)
            .map(|pattern| {
                let mut rest = pattern;
                extreme(&mut || {
                    let bit = rest & 1 == 1;
                    rest >>= 1;
                    bit
                })
            })
            .sum();
        return f64::from(count) / f64::from(all);
    }
    let mut random = SplitMix::new(sizes.len() as u64);
    let count: u32 = (0..DRAWN)
        .map(|_| extreme(&mut || random.next() >> 63 == 1))
        .sum();
    f64::from(count + 1) / f64::from(DRAWN + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_differences_are_counted() {
        for (differences, p) in [
            (vec![], 1.0),
            (vec![0.0; 9], 1.0),
            (vec![f64::NAN, 1.0], 1.0),
            (vec![5.0], 1.0),
            // Sums of 1, 2 and 3: 6 twice, 4 twice, 2 twice, 0 twice.
            (vec![1.0, -2.0, 3.0], 0.75),
            (vec![1.0; 8], 2.0 / 256.0),
            (vec![1e300; 8], 2.0 / 256.0),
            (vec![0.1, 0.2, 0.3, -0.6], 1.0),
        ] {
            assert!(
                (sign_flips(&differences) - p).abs() < 1e-15,
                "{differences:?}"
            );
        }
    }

    #[test]
    fn drawn_and_counted_agree() {
        let fourteen: Vec<f64> = (0..14).map(|i| f64::from(i * 5 % 14) - 4.0).collect();
        let exact = sign_flips(&fourteen);
        // Zeros change no sum, and make it draw.
        let drawn = sign_flips(&[fourteen.as_slice(), &[0.0]].concat());
        assert!((exact - drawn).abs() < 0.02, "{exact} {drawn}");
        let reversed: Vec<f64> = fourteen.iter().rev().copied().collect();
        assert!((sign_flips(&reversed) - exact).abs() <= 0.0);
    }
}
