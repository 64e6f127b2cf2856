//! Errors come in bursts: by how much do they vary more than independent errors would?

use super::levels::Inflation;
use super::proportions::Counts;

/// The dispersion factor of errors per interval: Pearson's chi-square over its degrees of freedom, at least 1.
///
/// Each side is held against its own share of errors, so that a difference between the sides does not count as
/// dispersion. Intervals without requests are passed over; a side without errors, or without anything else, adds none.
/// `None` if fewer than two intervals of a side are left on both sides.
///
/// ```
/// use serinus_judge::stats::{Counts, overdispersion};
/// let minutes = |errors: [f64; 4]| errors.map(|errors| Counts::new(errors, 100.0).unwrap());
/// let bursts = overdispersion(&minutes([0.0, 0.0, 20.0, 0.0]), &minutes([5.0, 4.0, 6.0, 5.0])).unwrap();
/// assert!(bursts.get() > 10.0);
/// ```
pub fn overdispersion(baseline: &[Counts], canary: &[Counts]) -> Option<Inflation> {
    let (mut chi_square, mut freedom) = (0.0, 0.0);
    for side in [baseline, canary] {
        let used = || side.iter().filter(|counts| counts.of() > 0.0);
        let count = used().count();
        if count < 2 {
            continue;
        }
        freedom += count as f64 - 1.0;
        // Means instead of sums, which may overflow.
        let mean = |part: fn(&Counts) -> f64| {
            used()
                .map(|counts| part(counts) / count as f64)
                .sum::<f64>()
        };
        let share = mean(|counts| counts.errors()) / mean(|counts| counts.of());
        let variance = share * (1.0 - share);
        if variance > 0.0 {
            chi_square += used()
                .filter_map(|counts| {
                    Some((counts.share()? - share).powi(2) * (counts.of() / variance))
                })
                .sum::<f64>();
        }
    }
    if freedom < 1.0 {
        return None;
    }
    Inflation::new((chi_square / freedom).max(1.0)).ok()
}
