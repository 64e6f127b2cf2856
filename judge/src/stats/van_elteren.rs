//! Van Elteren's stratified rank-sum test: sides are compared within zones or hours, never across.

use super::mann_whitney::{Samples, null_variance};
use super::ranks::sorted_finite;
use super::tail::Tail;

/// Both sides within one stratum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stratum<'a> {
    /// The baseline's samples.
    pub baseline: &'a [f64],
    /// The canary's.
    pub canary: &'a [f64],
}

/// Answer of the stratified test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VanElteren {
    /// Standard normal without a change; positive if the canary is higher. 0 if all values within each stratum are equal.
    pub z: f64,
    /// p-value; 1 if all values within each stratum are equal.
    pub p: f64,
    /// Share of the pairs within strata in which the canary is higher, equal ones counting half, with the weights of the
    /// test; 0 to 1.
    pub superiority: f64,
    /// Number of strata with samples on both sides.
    pub strata: usize,
}

/// Adds up the rank sums of strata with weights `1 / (N + 1)`, which is locally most powerful when the shift is the same
/// in all (van Elteren 1960). Normal approximation with correction for ties, without one for continuity: the sum has no
/// regular steps.
///
/// Strata in which a side has no samples say nothing and are passed over. `None` if that leaves none or a value is not
/// finite.
///
/// ```
/// use serinus_judge::stats::{Stratum, Tail, van_elteren};
/// // Each zone is up, although zone B is lower throughout.
/// let zones = [
///     Stratum { baseline: &[80.0, 82.0, 81.0], canary: &[85.0, 88.0, 83.0] },
///     Stratum { baseline: &[20.0, 22.0, 21.0], canary: &[25.0, 28.0, 23.0] },
/// ];
/// let answer = van_elteren(&zones, Tail::TwoSided).unwrap();
/// assert!(answer.superiority == 1.0 && answer.p < 0.01);
/// ```
pub fn van_elteren(strata: &[Stratum<'_>], tail: Tail) -> Option<VanElteren> {
    let (mut excess, mut variance, mut wins, mut pairs) = (0.0, 0.0, 0.0, 0.0);
    let mut used = 0;
    for stratum in strata {
        if stratum.baseline.is_empty() || stratum.canary.is_empty() {
            continue;
        }
        let (baseline, canary) = (
            sorted_finite(stratum.baseline)?,
            sorted_finite(stratum.canary)?,
        );
        let ranking = Samples::new(&canary, &baseline).rank(0.0);
        let (n, m) = (baseline.len() as f64, canary.len() as f64);
        let weight = 1.0 / (n + m + 1.0);
        let u = ranking.doubled_wins as f64 / 2.0;
        excess += weight * (u - n * m / 2.0);
        variance += weight * weight * null_variance(m, n, ranking.ties);
        wins += weight * u;
        pairs += weight * n * m;
        used += 1;
    }
    if used == 0 {
        return None;
    }
    let z = if variance > 0.0 {
        excess / variance.sqrt()
    } else {
        0.0
    };
    Some(VanElteren {
        z,
        p: if variance > 0.0 {
            tail.of_normal(z)
        } else {
            1.0
        },
        superiority: (wins / pairs).clamp(0.0, 1.0),
        strata: used,
    })
}
