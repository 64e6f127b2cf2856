//! The k-th smallest of all sums, or differences, of two values, without forming them all.
//!
//! With both factors sorted, the sums form a matrix that rises along rows and columns. A walk along the staircase between
//! the sums up to a pivot and those above it counts the former in linear time (Johnson and Mizoguchi 1978; Monahan 1984),
//! and can look for the two sums next to the pivot on the way. Pivots are interpolated from what is known, which closes in on the
//! rank quickly for smooth data; every fourth halves the range of doubles that are left, which bounds the number of passes
//! for any data. Once few candidates are left they are collected and selected from.

use std::hint::select_unpredictable;

/// A matrix of sums, never stored.
#[derive(Clone, Debug)]
pub(crate) struct Sums {
    /// Ascending; then infinity, which ends a walk downwards.
    rows: Vec<f64>,
    /// Negative infinity, which ends a walk to the left; then ascending.
    columns: Vec<f64>,
    /// 1 if row `i` begins at column `i`, so that each pair counts once; 0 if rows are complete.
    skipped_per_row: usize,
}

/// What a walk finds out about a pivot.
#[derive(Clone, Copy, Debug)]
struct Cut {
    /// Number of sums up to the pivot.
    upto: u64,
    /// None of them is larger: the pivot itself or, if looked for, the largest of them.
    last: f64,
    /// No sum above the pivot is smaller: the next double or, if looked for, the smallest sum.
    next: f64,
}

/// What is known about the sum of one rank.
#[derive(Clone, Copy, Debug)]
struct Target {
    rank: u64,
    /// The sum lies in `low..=high`.
    low: f64,
    high: f64,
    /// Number of sums below `low`.
    before: u64,
    /// Number of sums up to `high`.
    upto: u64,
}

/// Rows and columns of the coarse grid that gives the first pivots.
const GRID: usize = 16;
/// How far, in sums of the sorted grid, the first pivots stay from where the rank should be.
const GRID_MARGIN: usize = 12;
/// The same for later ones, as a share of the sums that are left.
const MARGIN: f64 = 1.0 / 16.0;
/// Passes after which the sums next to the pivots are looked for, which takes longer. Many equal sums are never few, and
/// are only recognised by there being nothing between them; smooth data need six passes.
const LOOKING_FROM: u32 = 6;
/// Candidates that are collected even when the walk would be shorter.
const FEW: u64 = 512;

impl Sums {
    /// All differences `x - y`; both sorted in ascending order, finite and not empty. `None` if a difference overflows.
    pub(crate) fn differences(x: &[f64], y: &[f64]) -> Option<Self> {
        let negated: Vec<f64> = y.iter().rev().map(|y| -y).collect();
        Self::new(x, &negated, 0)
    }

    /// All sums `x[i] + x[j]` with `i <= j`; sorted in ascending order, finite and not empty. `None` if one overflows.
    pub(crate) fn pairs(x: &[f64]) -> Option<Self> {
        Self::new(x, x, 1)
    }

    fn new(rows: &[f64], columns: &[f64], skipped_per_row: usize) -> Option<Self> {
        let extremes = rows.first()? + columns.first()?;
        let finite = extremes.is_finite() && (rows.last()? + columns.last()?).is_finite();
        finite.then(|| Self {
            rows: rows.iter().copied().chain([f64::INFINITY]).collect(),
            columns: [f64::NEG_INFINITY]
                .into_iter()
                .chain(columns.iter().copied())
                .collect(),
            skipped_per_row,
        })
    }

    /// Number of sums.
    pub(crate) fn count(&self) -> u64 {
        let (rows, columns) = (self.rows.len() as u64 - 1, self.columns.len() as u64 - 1);
        if self.skipped_per_row == 0 {
            rows * columns
        } else {
            rows * (rows + 1) / 2
        }
    }

    /// The sums of these ranks, from 1 to [`Self::count`].
    pub(crate) fn of_ranks<const K: usize>(&self, ranks: [u64; K]) -> [f64; K] {
        let last = (self.rows.len() - 2, self.columns.len() - 1);
        let mut targets = ranks.map(|rank| Target {
            rank,
            low: self.rows[0] + self.columns[1],
            high: self.rows[last.0] + self.columns[last.1],
            before: 0,
            upto: self.count(),
        });
        let few = FEW.max((self.rows.len() + self.columns.len()) as u64);
        let mut grid = Vec::new();
        let mut round = 0;
        while targets.iter().any(|target| target.open() > few) {
            if round == 0 {
                grid = self.grid();
            }
            let pivots = targets.map(|target| target.pivot(round, &grid, self.count()));
            let cuts = if round < LOOKING_FROM {
                self.cuts::<K, false>(pivots)
            } else {
                self.cuts::<K, true>(pivots)
            };
            for cut in cuts {
                for target in &mut targets {
                    target.learn(cut);
                }
            }
            round += 1;
        }
        // Negative zero would differ from zero when printed.
        targets.map(|target| self.among_few(&target) + 0.0)
    }

    /// The sum that follows the one of this rank, which is `sum`; `None` after the last.
    pub(crate) fn following(&self, sum: f64, rank: u64) -> Option<f64> {
        let [cut] = self.cuts::<1, true>([sum]);
        let next = if rank < cut.upto { sum } else { cut.next };
        next.is_finite().then_some(next + 0.0)
    }

    /// Walks the staircases of several pivots at once: each step waits for the one before, so that they overlap. Which way a
    /// step goes is as good as random, so that without `LOOK` it is written without branches on the data.
    fn cuts<const K: usize, const LOOK: bool>(&self, pivots: [f64; K]) -> [Cut; K] {
        let (rows, columns) = (self.rows.as_slice(), self.columns.as_slice());
        let steps = match self.skipped_per_row {
            0 => rows.len() + columns.len() - 2,
            _ => rows.len() - 1,
        };
        let (mut row, mut column) = ([0_usize; K], [columns.len() - 1; K]);
        let mut cuts = pivots.map(|pivot| Cut {
            upto: 0,
            last: if LOOK { f64::NEG_INFINITY } else { pivot },
            next: if LOOK { f64::INFINITY } else { pivot.next_up() },
        });
        for _ in 0..steps {
            for k in 0..K {
                let sum = rows[row[k]] + columns[column[k]];
                let upto = sum <= pivots[k];
                let cut = &mut cuts[k];
                let counted = column[k] - self.skipped_per_row * row[k];
                cut.upto += select_unpredictable(upto, counted as u64, 0);
                row[k] += usize::from(upto);
                column[k] -= usize::from(!upto);
                if LOOK && upto {
                    cut.last = cut.last.max(sum);
                } else if LOOK {
                    cut.next = cut.next.min(sum);
                }
            }
        }
        cuts
    }

    /// Sums of evenly spaced rows and columns, in ascending order: roughly how all are distributed.
    fn grid(&self) -> Vec<f64> {
        let spaced = |length: usize, i: usize| (2 * i + 1) * length / (2 * GRID);
        let (rows, columns) = (self.rows.len() - 1, self.columns.len() - 1);
        let mut grid: Vec<f64> = (0..GRID * GRID)
            .map(|cell| {
                let row = self.rows[spaced(rows, cell / GRID)];
                row + self.columns[1 + spaced(columns, cell % GRID)]
            })
            .collect();
        grid.sort_unstable_by(f64::total_cmp);
        grid
    }

    /// The answer, from the candidates that are left.
    fn among_few(&self, target: &Target) -> f64 {
        if target.low >= target.high {
            return target.low;
        }
        let mut left =
            Vec::with_capacity(usize::try_from(target.upto - target.before).unwrap_or(0));
        let mut end = self.columns.len();
        for (row, first) in self.rows[..self.rows.len() - 1].iter().enumerate() {
            let begin = 1 + self.skipped_per_row * row;
            while end > begin && first + self.columns[end - 1] > target.high {
                end -= 1;
            }
            let columns = self.columns.get(begin..end).unwrap_or_default();
            let sums = columns.iter().rev().map(|column| first + column);
            left.extend(sums.take_while(|sum| *sum >= target.low));
        }
        let index = usize::try_from(target.rank - target.before - 1).unwrap_or(usize::MAX);
        let index = index.min(left.len() - 1);
        *left.select_nth_unstable_by(index, f64::total_cmp).1
    }
}

impl Target {
    /// Number of sums that may still be the one, equal ones counting once if no others are left.
    fn open(&self) -> u64 {
        if self.low < self.high {
            self.upto - self.before
        } else {
            1
        }
    }

    /// A number from `low` on and below `high`, so that the cut there rules something out.
    fn pivot(&self, round: u32, grid: &[f64], count: u64) -> f64 {
        let share = |rank: u64, of: u64| (rank as f64 - 0.5) / of as f64;
        let side = if round.is_multiple_of(2) { -1.0 } else { 1.0 };
        let pivot = if round < 2 {
            let aim = share(self.rank, count) * grid.len() as f64 + side * GRID_MARGIN as f64;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "clamped to the indices of the grid"
            )]
            let index = aim.clamp(0.0, grid.len() as f64 - 1.0) as usize;
            grid[index]
        } else if round % 4 == 3 && round > 4 {
            halfway(self.low, self.high)
        } else {
            let aim = share(self.rank - self.before, self.upto - self.before) + side * MARGIN;
            let aim = aim.clamp(0.0, 1.0);
            // Not low + aim * (high - low), which may overflow.
            (1.0 - aim) * self.low + aim * self.high
        };
        if self.low <= pivot && pivot < self.high {
            pivot
        } else {
            self.low
        }
    }

    fn learn(&mut self, cut: Cut) {
        if self.rank <= cut.upto {
            if cut.last < self.high {
                (self.high, self.upto) = (cut.last, cut.upto);
            }
        } else if cut.next > self.low {
            (self.low, self.before) = (cut.next, cut.upto);
        }
    }
}

/// The double that has as many doubles between itself and `low` as between itself and `high`.
fn halfway(low: f64, high: f64) -> f64 {
    const SIGN: u64 = 1 << 63;
    // Bits in an order that is that of the numbers.
    let ordered = |x: f64| match x.to_bits() {
        bits if bits & SIGN != 0 => !bits,
        bits => bits | SIGN,
    };
    match ordered(low).midpoint(ordered(high)) {
        bits if bits & SIGN != 0 => f64::from_bits(bits & !SIGN),
        bits => f64::from_bits(!bits),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::mann_whitney::is_equal;
    use super::*;

    fn sample(longest: usize) -> impl Strategy<Value = Vec<f64>> {
        let value = prop_oneof![
            4 => (-6..6).prop_map(f64::from),
            4 => -10.0..10.0,
            2 => prop::num::f64::NORMAL.prop_map(|x| x / 4.0),
            1 => Just(0.0),
            1 => Just(-0.0),
        ];
        prop_oneof![
            prop::collection::vec(value, 1..longest),
            prop::collection::vec(-1.0..1.0, longest / 2..longest),
            prop::collection::vec(-300.0..300.0, longest / 2..longest)
                .prop_map(|e: Vec<f64>| e.into_iter().map(|e| 10_f64.powf(e)).collect()),
        ]
        .prop_map(|mut sample: Vec<f64>| {
            sample.sort_by(f64::total_cmp);
            sample
        })
    }

    fn check(sums: &Sums, mut all: Vec<f64>, ranks: [prop::sample::Index; 4]) {
        all.sort_by(f64::total_cmp);
        assert_eq!(sums.count(), all.len() as u64);
        let indices = ranks.map(|rank| rank.index(all.len()));
        let selected = sums.of_ranks(indices.map(|index| index as u64 + 1));
        for (index, selected) in indices.into_iter().zip(selected) {
            let next = sums.following(selected, index as u64 + 1);
            assert_eq!(next.is_some(), index + 1 < all.len());
            assert!(next.is_none_or(|next| is_equal(next, all[index + 1])));
            assert!(
                is_equal(selected, all[index]),
                "{selected}, not {}",
                all[index]
            );
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn selects_what_sorting_would(x in sample(90), y in sample(70), ranks in any::<[prop::sample::Index; 4]>()) {
            let all = x.iter().flat_map(|x| y.iter().map(move |y| x - y)).collect();
            check(&Sums::differences(&x, &y).unwrap(), all, ranks);
            let pairs = (0..x.len()).flat_map(|i| (i..x.len()).map(move |j| (i, j)));
            let all = pairs.map(|(i, j)| x[i] + x[j]).collect();
            check(&Sums::pairs(&x).unwrap(), all, ranks);
        }

        #[test]
        fn halfway_lies_between(a in prop::num::f64::NORMAL, b in prop::num::f64::NORMAL) {
            let (low, high) = (a.min(b), a.max(b));
            prop_assume!(low < high);
            let middle = halfway(low, high);
            prop_assert!(low <= middle && middle < high);
        }
    }

    #[test]
    fn overflow_is_refused() {
        assert!(Sums::differences(&[1e308], &[-1e308]).is_none());
        assert!(Sums::pairs(&[-1.0, 1e308]).is_none());
    }
}
