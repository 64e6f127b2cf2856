//! Which shift matters.

use super::finding::Way;
use super::scale::{NEGLIGIBLE, Scale};
use super::shift::Shift;
use crate::release::{Direction, Rules};
use crate::stats::Bounds;

/// Which change counts, and which one must be excluded before a metric passes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Tolerance {
    pub(super) direction: Direction,
    /// Tolerated relative change.
    pub(super) allowed: f64,
    /// Tolerated change in the metric's unit.
    absolute: f64,
    /// Relative change that must be excluded.
    must_detect: f64,
}

impl Tolerance {
    /// What a metric's rules tolerate.
    pub(super) fn of(rules: &Rules) -> Self {
        Self {
            direction: rules.direction,
            allowed: rules.effect.allowed(),
            absolute: rules.effect.absolute(),
            must_detect: rules.effect.must_detect(),
        }
    }

    /// Of what is measured from a limit, nothing is tolerated on its wrong side.
    pub(super) fn none(bad: Way) -> Self {
        Self {
            direction: match bad {
                Way::Up => Direction::Increase,
                Way::Down => Direction::Decrease,
            },
            allowed: 0.0,
            absolute: 0.0,
            // At a limit is within it, whatever rounding makes of it.
            must_detect: 10.0 * NEGLIGIBLE,
        }
    }

    /// Whether a difference is large enough to count.
    pub(super) fn is_exceeded(&self, difference: f64, scale: &Scale) -> bool {
        scale.relative(difference).abs() >= self.allowed
            && scale.in_units(difference).abs() >= self.absolute
    }

    /// The relative change that must be excluded before the metric passes: what must be detected, or what the absolute
    /// allowance comes to where that is more.
    pub(super) fn excluding(&self, scale: &Scale) -> f64 {
        self.must_detect.max(scale.of_units(self.absolute))
    }

    /// Whether it is the absolute allowance that decides what must be excluded.
    pub(super) fn is_absolute(&self, scale: &Scale) -> bool {
        scale.of_units(self.absolute) > self.must_detect
    }

    /// The bounds, on the scale, that the interval must stay within for the metric to pass; infinite where there is none.
    pub(super) fn limits(&self, scale: &Scale) -> Bounds {
        let change = self.excluding(scale);
        let end = |way: Way| {
            if way.is_bad(self.direction) {
                scale.difference(way.sign() * change)
            } else {
                way.sign() * f64::INFINITY
            }
        };
        Bounds {
            lower: end(Way::Down),
            upper: end(Way::Up),
        }
    }

    /// Whether a change that must be detected is excluded.
    pub(super) fn is_kept(&self, shift: &Shift, scale: &Scale) -> bool {
        let limits = self.limits(scale);
        shift.passing.lower > limits.lower && shift.passing.upper < limits.upper
    }
}
