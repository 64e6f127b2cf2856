//! Confidence intervals as the tool box gives them.

/// A confidence interval. `lower <= upper`; never NaN.
///
/// An end is infinite where the samples cannot bound it at the level asked for. Three samples a side can be as far apart
/// as they like: they never exclude a value at 99 %, and an interval that stops at the largest difference would claim so.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Lower end, or negative infinity.
    pub lower: f64,
    /// Upper end, or infinity.
    pub upper: f64,
}

impl Bounds {
    /// Nothing is excluded.
    pub const UNBOUNDED: Self = Self {
        lower: f64::NEG_INFINITY,
        upper: f64::INFINITY,
    };

    /// Whether the value is not excluded. The ends belong to the interval.
    pub fn contains(&self, value: f64) -> bool {
        self.lower <= value && value <= self.upper
    }

    /// `None` if an end is NaN.
    pub(crate) fn checked(lower: f64, upper: f64) -> Option<Self> {
        (lower <= upper).then_some(Self { lower, upper })
    }
}
