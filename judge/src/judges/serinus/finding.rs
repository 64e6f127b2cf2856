//! What a comparison found, whatever the arrangement of the samples.

use super::question::Question;
use super::scale::Scale;
use super::shift::Shift;
use super::tolerance::Tolerance;
use crate::observations::Design;
use crate::release::{Direction, Side};
use crate::scorecard::Outcome;
use crate::test_name::Test;

/// The result of comparing the two sides of one metric, or the canary with its limits or its past.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Finding {
    /// The test that was made.
    pub(super) test: Test,
    /// What the estimate is an estimate of.
    pub(super) subject: Subject,
    /// The scale of the shift.
    pub(super) scale: Scale,
    /// The estimated shift.
    pub(super) shift: Shift,
    /// Which shift matters.
    pub(super) tolerance: Tolerance,
    /// Samples (or replicas) on the smaller side.
    pub(super) samples: usize,
    /// A change that shows although the average has not shifted demonstrably.
    pub(super) guard: Option<Alarm>,
    /// How well the scatter behind the shift is known.
    pub(super) footing: Footing,
    /// Why the shift cannot be judged, if so.
    pub(super) obstacle: Option<Obstacle>,
}

impl Finding {
    /// A comparison of so many samples of which nothing is known yet; with fewer than `need` nothing will be.
    pub(super) fn begin(
        question: &Question<'_>,
        scale: Scale,
        samples: usize,
        need: usize,
    ) -> Self {
        Self {
            test: question.rules.test,
            subject: Subject::Change,
            scale,
            shift: Shift::UNKNOWN,
            tolerance: Tolerance::of(question.rules),
            samples,
            guard: None,
            footing: Footing::Firm,
            obstacle: (samples < need).then_some(Obstacle::TooFew {
                have: samples,
                need,
            }),
        }
    }

    /// The finding that nothing could be compared.
    pub(super) fn impossible(question: &Question<'_>, obstacle: Obstacle) -> Self {
        Self {
            obstacle: Some(obstacle),
            ..Self::begin(question, Scale::of(&[]), 0, 0)
        }
    }

    /// The same finding, by the test that `auto` chose.
    pub(super) fn by(self, test: Test) -> Self {
        Self { test, ..self }
    }

    /// The same finding with a shift of samples that resemble their neighbours: doubtful, or an obstacle, where they are
    /// worth few independent ones.
    pub(super) fn serial(self, shift: Shift) -> Self {
        /// Series worth fewer independent samples neither pass nor fail, unless they fail beyond doubt.
        const LEAST_EFFECTIVE: f64 = 4.0;
        Self {
            shift,
            footing: Footing::of(shift.effective),
            obstacle: (shift.effective < LEAST_EFFECTIVE).then_some(Obstacle::Autocorrelated),
            ..self
        }
    }
}

/// A comparison that has begun.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "what it goes on with holds a finding too"
)]
pub(super) enum Begun<T> {
    /// It goes on with this.
    Open(T),
    /// There is nothing to test: too few samples, or none that vary.
    Settled(Finding),
}

/// What an estimate is an estimate of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Subject {
    /// The change from baseline to canary.
    Change,
    /// How far the canary's level lies above this limit, in the metric's unit.
    Level { limit: f64 },
    /// How much the canary grows over the window.
    Growth,
    /// How much more the canary grows over the window than the baseline.
    RelativeGrowth,
}

/// A change found by one of the guards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Alarm {
    pub(super) kind: Kind,
    pub(super) way: Way,
    /// p-value, corrected for what the guard tried.
    pub(super) p: f64,
}

/// What a guard saw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    /// Single samples of the canary stand out.
    Spikes { samples: usize },
    /// The last samples are shifted by this much, on the scale, the ones before are not.
    LateOnset { samples: usize, shift: f64 },
    /// One stratum, by its place, is shifted by this much, on the scale.
    Stratum { place: usize, shift: f64 },
    /// The canary's level is on the wrong side of a limit.
    Limit { level: f64, limit: f64 },
}

/// Which way a metric moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Up,
    Down,
}

impl Way {
    /// The way of a difference.
    pub(super) fn of(difference: f64) -> Self {
        if difference > 0.0 {
            Self::Up
        } else {
            Self::Down
        }
    }

    /// 1 or -1.
    pub(super) fn sign(self) -> f64 {
        match self {
            Self::Up => 1.0,
            Self::Down => -1.0,
        }
    }

    /// Whether a move this way is a failure.
    pub(super) fn is_bad(self, direction: Direction) -> bool {
        match (self, direction) {
            (_, Direction::Either)
            | (Self::Up, Direction::Increase)
            | (Self::Down, Direction::Decrease) => true,
            (Self::Up, Direction::Decrease) | (Self::Down, Direction::Increase) => false,
        }
    }

    /// The outcome of a metric that failed this way.
    pub(super) fn outcome(self) -> Outcome {
        match self {
            Self::Up => Outcome::High,
            Self::Down => Outcome::Low,
        }
    }
}

/// How well the scatter behind a shift is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Footing {
    /// Well enough for the p-value to mean what it says.
    Firm,
    /// From few independent samples, so that only what is beyond doubt counts as a change.
    Doubtful,
}

impl Footing {
    /// Independent samples from which the scatter is known well enough.
    const FIRM_FROM: f64 = 6.0;

    /// The footing of series that are worth so many independent samples.
    fn of(effective: f64) -> Self {
        if effective < Self::FIRM_FROM {
            Self::Doubtful
        } else {
            Self::Firm
        }
    }
}

/// Why a shift cannot be judged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Obstacle {
    /// Fewer samples than any test can work with.
    TooFew { have: usize, need: usize },
    /// Neighbouring samples resemble each other so much that they are worth fewer than four.
    Autocorrelated,
    /// A side has fewer replicas than it takes to see how they differ.
    TooFewReplicas { have: usize, need: usize },
    /// Most replicas of a side have hardly any samples.
    LostReplicas { side: Side, lost: usize, of: usize },
    /// Fewer requests than it takes to say that there are no errors.
    TooFewRequests { have: f64, need: f64 },
    /// Errors were counted at moments without requests.
    Contradictory { moments: usize },
    /// Fewer stretches of independent neighbours than a permutation needs.
    TooFewBlocks { have: usize, need: usize },
    /// The test named in the config cannot compare samples in this arrangement.
    Unsuitable { test: Test, design: Design },
    /// The metric has neither a baseline nor a limit.
    NoLimit,
    /// There are fewer earlier windows than it takes to see how the metric changes of itself.
    TooLittleHistory { have: usize, need: usize },
}
