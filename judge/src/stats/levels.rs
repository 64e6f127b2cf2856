//! Error rates, power and variance inflation as checked numbers.

use thiserror::Error;

/// The two-sided error rate of a test, or of an interval at confidence `1 - alpha`; strictly between 0 and 1.
///
/// Kept as alpha rather than as a confidence level, because `1 - 0.98` is not `0.02` in floating point and exact
/// distributions notice.
///
/// ```
/// use serinus_judge::stats::Alpha;
/// assert_eq!(Alpha::new(0.02)?.get(), 0.02);
/// assert!(Alpha::new(0.0).is_err() && Alpha::new(f64::NAN).is_err());
/// # Ok::<(), serinus_judge::stats::InvalidLevel>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Alpha(f64);

/// The probability of noticing a change that is there; at least 0.5 and below 1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Power(f64);

/// By how much the variance of a mean (or of a count) exceeds that of independent samples; finite and at least 1.
///
/// Autocorrelated samples, and errors that come in bursts, carry less information than their number suggests: `n` of them
/// are worth `n / inflation`. Negative autocorrelation would give less than 1; it is not credited.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Inflation(f64);

/// A number that is no level of its kind.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[error("{number} is not {wanted}")]
pub struct InvalidLevel {
    number: f64,
    wanted: &'static str,
}

impl Alpha {
    /// Checks an error rate.
    ///
    /// # Errors
    /// Unless strictly between 0 and 1.
    pub fn new(alpha: f64) -> Result<Self, InvalidLevel> {
        if alpha > 0.0 && alpha < 1.0 {
            Ok(Self(alpha))
        } else {
            Err(InvalidLevel {
                number: alpha,
                wanted: "an error rate strictly between 0 and 1",
            })
        }
    }

    /// A rate that is already known to be above 0, kept below 1.
    pub(crate) fn clamped(alpha: f64) -> Self {
        Self(alpha.clamp(f64::MIN_POSITIVE, 1.0 - f64::EPSILON))
    }

    /// The number.
    pub const fn get(self) -> f64 {
        self.0
    }

    /// What each of the two tails gets.
    pub(crate) fn half(self) -> f64 {
        self.0 / 2.0
    }
}

impl Power {
    /// Checks a power.
    ///
    /// # Errors
    /// Unless at least 0.5 and below 1.
    pub fn new(power: f64) -> Result<Self, InvalidLevel> {
        if (0.5..1.0).contains(&power) {
            Ok(Self(power))
        } else {
            Err(InvalidLevel {
                number: power,
                wanted: "a power of at least 0.5 and below 1",
            })
        }
    }

    /// The number.
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl Inflation {
    /// Independent samples.
    pub const NONE: Self = Self(1.0);

    /// Checks a factor.
    ///
    /// # Errors
    /// Unless finite and at least 1.
    pub fn new(factor: f64) -> Result<Self, InvalidLevel> {
        if factor.is_finite() && factor >= 1.0 {
            Ok(Self(factor))
        } else {
            Err(InvalidLevel {
                number: factor,
                wanted: "a finite variance inflation of at least 1",
            })
        }
    }

    /// The number.
    pub const fn get(self) -> f64 {
        self.0
    }
}
