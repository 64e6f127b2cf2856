//! The Mann-Whitney (Wilcoxon rank-sum) statistic, as a function of the shift between two samples.

use std::hint::select_unpredictable;

/// Two sorted samples, ready to be compared under many shifts.
///
/// Ranking `x - mu` together with `y` anew for each shift `mu` would cost a sort each time. Subtracting one number keeps
/// the order of `x`, so a merge of the two sorted samples finds the same ranks in linear time. Sums of ranks are multiples
/// of one half and far below 2^53, hence exact, whatever the order they are added in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Samples<'a> {
    x: &'a [f64],
    y: &'a [f64],
    /// Ties within `x` and within `y`.
    ties: f64,
    /// Equal neighbours in `x`.
    equal_in_x: usize,
    /// Whether every value is finite, so that no shift by a finite number gives NaN.
    finite: bool,
}

/// All values are equal under this shift, so that ranks say nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AllTied;

/// Parts of a merge that are done side by side. With four, their state no longer fits the registers.
const LANES: usize = 3;

/// One part of a merge.
#[derive(Clone, Copy, Debug)]
struct Lane {
    /// Values merged so far, of both sides; all that are not of `x` are of `y`.
    values: usize,
    next_x: usize,
    /// Pairs with `x - mu > y`, for the values of `x` merged so far.
    wins: u64,
    /// Whether such a value of `x` was equal to one of `y`.
    equal: bool,
}

/// What ranking `x - mu` among `y` gives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ranking {
    /// Twice the number of pairs with `x - mu > y`, equal pairs counting half.
    pub(crate) doubled_wins: u64,
    /// Sum of `t^3 - t` over groups of `t` equal values.
    pub(crate) ties: f64,
}

impl<'a> Samples<'a> {
    /// Both samples sorted in ascending order, not empty, without NaN.
    pub(crate) fn new(x: &'a [f64], y: &'a [f64]) -> Self {
        debug_assert!(x.is_sorted() && y.is_sorted(), "samples must be sorted");
        let ends = [x.first(), x.last(), y.first(), y.last()];
        Self {
            x,
            y,
            ties: tie_sum(x) + tie_sum(y),
            equal_in_x: equal_neighbours(x, 0.0),
            finite: ends.into_iter().flatten().all(|end| end.is_finite()),
        }
    }

    /// The smallest and the largest difference between a value of `x` and one of `y`.
    pub(crate) fn range(&self) -> (f64, f64) {
        let (x, y) = (self.x, self.y);
        (x[0] - y[y.len() - 1], x[x.len() - 1] - y[0])
    }

    /// The common-language effect size: how often a value of `x` exceeds one of `y`, ties counting half; 0 to 1.
    pub(crate) fn common_language(&self) -> f64 {
        let pairs = self.x.len() as f64 * self.y.len() as f64;
        self.rank(0.0).doubled_wins as f64 / (2.0 * pairs)
    }

    /// The rank sum of `x - mu` in standard units, with continuity and tie correction. Falls in steps as `mu` grows.
    ///
    /// # Errors
    /// When all values are equal.
    pub(crate) fn standardized(&self, mu: f64) -> Result<f64, AllTied> {
        let ranking = self.rank(mu);
        let (m, n) = (self.x.len() as f64, self.y.len() as f64);
        let excess = ranking.doubled_wins as f64 / 2.0 - m * n / 2.0;
        let continuity = if excess > 0.0 {
            0.5
        } else if excess < 0.0 {
            -0.5
        } else {
            0.0
        };
        let variance = null_variance(m, n, ranking.ties);
        if variance > 0.0 {
            Ok((excess - continuity) / variance.sqrt())
        } else {
            Err(AllTied)
        }
    }

    /// Sum of `t^3 - t` over groups of `t` values that are equal within one side.
    pub(crate) fn ties_within(&self) -> f64 {
        self.ties
    }

    /// Ranks `x - mu` among `y`.
    pub(crate) fn rank(&self, mu: f64) -> Ranking {
        if self.finite && mu.is_finite() && equal_neighbours(self.x, mu) == self.equal_in_x {
            let (wins, equal) = self.merge_without_ties(mu);
            if !equal {
                return Ranking {
                    doubled_wins: 2 * wins,
                    ties: self.ties,
                };
            }
        }
        self.merge_with_ties(mu)
    }

    /// Counts the pairs with `x - mu > y`, and says whether some pair is equal, in which case the count is of no use.
    ///
    /// Most of the time of a judgement is spent here. Which side comes next is as good as random, so the steps are written
    /// without branches on the data; and as each step waits for the one before, several parts of the merge, equally long,
    /// are done side by side.
    fn merge_without_ties(&self, mu: f64) -> (u64, bool) {
        let all = self.x.len() + self.y.len();
        let steps = all / LANES;
        let mut lanes: [Lane; LANES] = std::array::from_fn(|lane| self.after(lane * steps, mu));
        for _ in 0..steps {
            for lane in &mut lanes {
                self.step(lane, mu);
            }
        }
        for _ in LANES * steps..all {
            self.step(&mut lanes[LANES - 1], mu);
        }
        lanes.iter().fold((0, false), |(wins, equal), lane| {
            (wins + lane.wins, equal | lane.equal)
        })
    }

    /// Where the merge stands after so many values, found by bisection. Of equal values those of `x` come first.
    fn after(&self, values: usize, mu: f64) -> Lane {
        let (mut low, mut high) = (
            values.saturating_sub(self.y.len()),
            values.min(self.x.len()),
        );
        while low < high {
            let middle = low.midpoint(high);
            let enough = self.y[values - 1 - middle] < self.x[middle] - mu;
            high = select_unpredictable(enough, middle, high);
            low = select_unpredictable(enough, low, middle + 1);
        }
        Lane {
            next_x: low,
            values,
            wins: 0,
            equal: false,
        }
    }

    #[inline(always)]
    fn step(&self, lane: &mut Lane, mu: f64) {
        let x = self.x.get(lane.next_x).map_or(f64::INFINITY, |x| x - mu);
        let below = lane.values - lane.next_x;
        let y = self.y.get(below).copied().unwrap_or(f64::INFINITY);
        let y_first = y < x;
        // Neither is NaN. Two comparisons of order take less than one of equality, which asks for NaN.
        lane.equal |= y_first != (y <= x);
        lane.wins += if y_first { 0 } else { below as u64 };
        lane.values += 1;
        lane.next_x += usize::from(!y_first);
    }

    /// The general case: walks over groups of equal values. Equality is exact; rounding in `x - mu` can make values equal
    /// that were not. A NaN, as from subtracting infinity from itself, ranks with positive infinity.
    fn merge_with_ties(&self, mu: f64) -> Ranking {
        let shifted = |i: usize| {
            let value = self.x[i] - mu;
            if value.is_nan() { f64::INFINITY } else { value }
        };
        let (m, n) = (self.x.len(), self.y.len());
        let (mut i, mut j) = (0, 0);
        let mut ranking = Ranking {
            doubled_wins: 0,
            ties: 0.0,
        };
        while i < m || j < n {
            let value = match (i < m, j < n) {
                (true, true) => shifted(i).min(self.y[j]),
                (true, false) => shifted(i),
                (false, _) => self.y[j],
            };
            let (first_x, first_y) = (i, j);
            while i < m && is_equal(shifted(i), value) {
                i += 1;
            }
            while j < n && is_equal(self.y[j], value) {
                j += 1;
            }
            let (of_x, of_y) = (i - first_x, j - first_y);
            ranking.doubled_wins += (of_x * (2 * first_y + of_y)) as u64;
            ranking.ties += cube_minus_self(of_x + of_y);
        }
        ranking
    }
}

/// The variance of the rank sum of `m` among `n` others when both come from one distribution, with the correction for
/// groups of equal values (the sum of `t^3 - t`).
pub(crate) fn null_variance(m: f64, n: f64, ties: f64) -> f64 {
    let all = m + n;
    m * n / 12.0 * ((all + 1.0) - ties / (all * (all - 1.0)))
}

#[expect(
    clippy::float_cmp,
    reason = "ties are values that are exactly equal, as in Kayenta"
)]
pub(crate) fn is_equal(a: f64, b: f64) -> bool {
    a == b
}

pub(crate) fn cube_minus_self(group: usize) -> f64 {
    let t = group as f64;
    t * t * t - t
}

/// Sum of `t^3 - t` over groups of `t` equal values.
pub(crate) fn tie_sum(sorted: &[f64]) -> f64 {
    sorted
        .chunk_by(|a, b| is_equal(*a, *b))
        .map(|group| cube_minus_self(group.len()))
        .sum()
}

/// How many neighbours are equal after subtracting `mu` from both.
fn equal_neighbours(sorted: &[f64], mu: f64) -> usize {
    sorted
        .windows(2)
        .filter(|pair| is_equal(pair[0] - mu, pair[1] - mu))
        .count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Ranks by comparing everything with everything.
    fn naively(x: &[f64], y: &[f64], mu: f64) -> Ranking {
        let shifted: Vec<f64> = x
            .iter()
            .map(|x| x - mu)
            .map(|x| if x.is_nan() { f64::INFINITY } else { x })
            .collect();
        let wins = shifted.iter().flat_map(|x| {
            y.iter().map(move |y| match x.partial_cmp(y) {
                Some(std::cmp::Ordering::Greater) => 2,
                Some(std::cmp::Ordering::Equal) => 1,
                Some(std::cmp::Ordering::Less) | None => 0,
            })
        });
        // Over each value instead of each group: t values contribute t^2 - 1 each.
        let all: Vec<f64> = shifted.iter().chain(y).copied().collect();
        let ties = all.iter().map(|value| {
            let group = all.iter().filter(|other| is_equal(**other, *value)).count() as f64;
            group * group - 1.0
        });
        Ranking {
            doubled_wins: wins.sum(),
            ties: ties.sum(),
        }
    }

    fn sample() -> impl Strategy<Value = Vec<f64>> {
        let value = prop_oneof![
            4 => (-8..8).prop_map(f64::from),
            4 => -10.0..10.0,
            // Rounding swallows differences next to these.
            1 => prop_oneof![Just(1e17), Just(-1e17), Just(1e17 + 16.0)],
            1 => prop_oneof![Just(f64::INFINITY), Just(f64::NEG_INFINITY)],
        ];
        prop::collection::vec(value, 1..24).prop_map(|mut sample| {
            sample.sort_by(f64::total_cmp);
            sample
        })
    }

    proptest! {
        #[test]
        fn merging_ranks_as_comparing_does(
            x in sample(),
            y in sample(),
            mu in prop_oneof![
                (-16..16).prop_map(f64::from),
                -20.0..20.0,
                Just(1e17),
                Just(f64::INFINITY),
                Just(f64::NEG_INFINITY),
                Just(f64::NAN),
            ],
        ) {
            let samples = Samples::new(&x, &y);
            prop_assert_eq!(samples.rank(mu), naively(&x, &y, mu));
            for end in [samples.range().0, samples.range().1] {
                prop_assert_eq!(samples.rank(end), naively(&x, &y, end));
            }
        }

        #[test]
        fn never_rises_with_the_shift(x in sample(), y in sample(), a in -30.0..30.0, b in -30.0..30.0) {
            let wins = |mu| Samples::new(&x, &y).rank(mu).doubled_wins;
            prop_assert!(wins(f64::min(a, b)) >= wins(f64::max(a, b)));
        }
    }

    #[test]
    fn constants_have_no_statistic() {
        assert_eq!(
            Samples::new(&[2.0; 3], &[2.0; 5]).standardized(0.0),
            Err(AllTied)
        );
        assert_eq!(
            Samples::new(&[2.0; 3], &[1.0; 5]).standardized(1.0),
            Err(AllTied)
        );
        assert!(Samples::new(&[2.0; 3], &[1.0; 5]).standardized(0.0).is_ok());
    }
}
