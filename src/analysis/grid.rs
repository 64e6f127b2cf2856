//! The instants at which both sides are sampled.

use jiff::{SignedDuration, Timestamp};
use serinus_adapters::{Step, Window};

/// The most instants one grid may hold: 34 days at one minute.
pub const MAX_POINTS: usize = 50_000;

/// Windows lie between 1970 and 2200: whatever is added to such a time is still a time.
const EARLIEST: Timestamp = Timestamp::UNIX_EPOCH;
const LATEST: Timestamp = Timestamp::constant(7_258_118_400, 0);

/// The time itself if it can be in a window.
fn in_range(at: Timestamp) -> Result<Timestamp, String> {
    if (EARLIEST..=LATEST).contains(&at) {
        Ok(at)
    } else {
        Err(format!("{at} does not lie between the years 1970 and 2200"))
    }
}

/// Equidistant instants. The sample at an instant speaks for the step that ends there, so the first instant of a
/// window is one step after its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Grid {
    first: Timestamp,
    step: Step,
    points: usize,
}

impl Grid {
    /// The grid over `start..=end`. It ends at `end`; what is left of a step lies at the start.
    ///
    /// # Errors
    /// The window lies outside the years 1970 to 2200, is empty or reversed, shorter than one step, or has more than
    /// [`MAX_POINTS`] steps; the sentence says which.
    pub fn new(start: Timestamp, end: Timestamp, step: Step) -> Result<Self, String> {
        let length = in_range(end)?.duration_since(in_range(start)?).as_millis();
        if length <= 0 {
            return Err(format!(
                "the window ends ({end}) before or when it starts ({start})"
            ));
        }
        let points = length / i128::from(step.as_millis());
        match usize::try_from(points) {
            Ok(0) => Err(format!("the window is shorter than one step of {step}")),
            Ok(points) if points <= MAX_POINTS => {
                let left_over = length % i128::from(step.as_millis());
                let left_over = SignedDuration::from_millis(i64::try_from(left_over).unwrap_or(0));
                Ok(Self {
                    first: start + left_over + step.as_duration(),
                    step,
                    points,
                })
            }
            _ => Err(format!(
                "the window holds {points} steps of {step}; at most {MAX_POINTS} are possible"
            )),
        }
    }

    /// The grid that starts at its first sample: for samples that come with a start and a step.
    ///
    /// # Errors
    /// As [`Grid::new`].
    pub fn of_samples(first: Timestamp, step: Step, points: usize) -> Result<Self, String> {
        if points == 0 || points > MAX_POINTS {
            return Err(format!(
                "expected 1 to {MAX_POINTS} samples, found {points}"
            ));
        }
        let grid = Self {
            first: in_range(first)?,
            step,
            points,
        };
        // Checked before anything is added: steps can be a year long.
        let left = LATEST.duration_since(first).as_millis();
        if i128::from(step.as_millis()) * points as i128 > left {
            return Err(format!(
                "{points} samples at {step} reach beyond the year 2200"
            ));
        }
        Ok(grid)
    }

    /// The first instant.
    pub fn first(&self) -> Timestamp {
        self.first
    }

    /// The last instant.
    pub fn last(&self) -> Timestamp {
        self.first + self.after(self.points - 1)
    }

    /// The distance between two instants.
    pub fn step(&self) -> Step {
        self.step
    }

    /// How many instants there are; never zero.
    #[expect(clippy::len_without_is_empty, reason = "a grid is never empty")]
    pub fn len(&self) -> usize {
        self.points
    }

    /// The time the grid covers: from one step before its first instant to its last.
    pub fn span(&self) -> SignedDuration {
        self.after(self.points)
    }

    /// What to ask a store so that it answers at these instants.
    ///
    /// # Errors
    /// Never for a grid that exists; the store's own check decides.
    pub fn window(&self) -> Result<Window, serinus_adapters::WindowError> {
        Window::new(self.first, self.last())
    }

    /// The index of the instant nearest to `at`, if `at` lies on the grid.
    pub fn index(&self, at: Timestamp) -> Option<usize> {
        let offset = at.duration_since(self.first).as_millis();
        let step = i128::from(self.step.as_millis());
        let index = (offset + step / 2).div_euclid(step);
        usize::try_from(index)
            .ok()
            .filter(|&index| index < self.points)
    }

    /// The index of the instant whose step `at` belongs to: the first one that is not before it.
    pub fn index_since(&self, at: Timestamp) -> Option<usize> {
        let offset = at.duration_since(self.first).as_millis();
        let step = i128::from(self.step.as_millis());
        let index = -(-offset).div_euclid(step);
        usize::try_from(index)
            .ok()
            .filter(|&index| index < self.points)
    }

    /// The instants, in order.
    pub fn instants(&self) -> impl Iterator<Item = Timestamp> {
        (0..self.points).map(|index| self.first + self.after(index))
    }

    /// One grid over both, if both have the same step and (to a tenth of it) phase, and begin together or share at least half of the time they cover
    /// together.
    pub fn shared_with(&self, other: &Self) -> Option<Self> {
        let step = i128::from(self.step.as_millis());
        let offset = other.first.duration_since(self.first).as_millis();
        // Clocks jitter: a tenth of a step still is the same instant.
        let off_phase = (offset + step / 2).rem_euclid(step) - step / 2;
        if self.step != other.step || off_phase.abs() * 10 > step {
            return None;
        }
        let steps = |from: Timestamp, to: Timestamp| {
            (to.duration_since(from).as_millis() + step / 2) / step + 1
        };
        let first = self.first.min(other.first);
        let union = steps(first, self.last().max(other.last()));
        let common = steps(self.first.max(other.first), self.last().min(other.last()));
        // A side that begins with the other and ends early has stopped, which is for the judge to see.
        let begin_together = offset.abs() < step;
        if common * 2 < union && !begin_together {
            return None;
        }
        Self::of_samples(first, self.step, usize::try_from(union).ok()?).ok()
    }

    /// The coarser of two grids over the same time, if its instants are instants of the finer one too.
    pub fn common(&self, other: &Self) -> Option<Self> {
        let (fine, coarse) = if self.step <= other.step {
            (self, other)
        } else {
            (other, self)
        };
        let whole = coarse.step.as_millis() % fine.step.as_millis() == 0;
        // What is left of a coarse step at the start belongs to no instant of it.
        let left_over = coarse.first.duration_since(fine.first) < coarse.step.as_duration();
        (whole && left_over && fine.last() == coarse.last()).then_some(*coarse)
    }

    fn after(&self, steps: usize) -> SignedDuration {
        // At most 50,000 steps of an i64 of milliseconds that fitted the window: no overflow.
        SignedDuration::from_millis(self.step.as_millis().saturating_mul(steps as i64))
    }
}
