//! How large a change has to be to matter.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Which change of a metric is tolerated, and which one must not be overlooked. Read by the judge `serinus`.
///
/// A change counts when its estimate exceeds both `allowed` and `absolute`; a metric passes when a change of `must_detect`
/// in a bad direction is excluded. What lies between is neither a failure nor a pass by size alone.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", try_from = "RawEffectLimits")]
pub struct EffectLimits {
    /// Relative change that is tolerated: 0.05 is 5 % up or down.
    #[schema(minimum = 0, default = 0.05)]
    allowed: f64,
    /// Change in the metric's own unit that is tolerated, however large it is in relation to the baseline.
    #[schema(minimum = 0, default = 0.0)]
    absolute: f64,
    /// Relative change that must be excluded before the metric passes; above `allowed`.
    #[schema(exclusive_minimum = 0, default = 0.5)]
    must_detect: f64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct RawEffectLimits {
    allowed: f64,
    absolute: f64,
    must_detect: f64,
}

impl Default for RawEffectLimits {
    fn default() -> Self {
        let EffectLimits {
            allowed,
            absolute,
            must_detect,
        } = EffectLimits::default();
        Self {
            allowed,
            absolute,
            must_detect,
        }
    }
}

impl EffectLimits {
    /// Checks that all three are finite, the first two at least 0, and `must_detect` above `allowed`.
    ///
    /// # Errors
    /// Names the limit that is out of range.
    ///
    /// ```
    /// use serinus_judge::EffectLimits;
    ///
    /// let limits = EffectLimits::new(0.1, 5.0, 0.3)?;
    /// assert_eq!(limits.must_detect(), 0.3);
    /// assert!(EffectLimits::new(0.5, 0.0, 0.5).is_err());
    /// # Ok::<(), serinus_judge::InvalidEffect>(())
    /// ```
    pub fn new(allowed: f64, absolute: f64, must_detect: f64) -> Result<Self, InvalidEffect> {
        if !(allowed.is_finite() && allowed >= 0.0) {
            return Err(InvalidEffect::Allowed(allowed));
        }
        if !(absolute.is_finite() && absolute >= 0.0) {
            return Err(InvalidEffect::Absolute(absolute));
        }
        if !(must_detect.is_finite() && must_detect > allowed) {
            return Err(InvalidEffect::MustDetect {
                must_detect,
                allowed,
            });
        }
        Ok(Self {
            allowed,
            absolute,
            must_detect,
        })
    }

    /// The relative change that is tolerated.
    pub fn allowed(self) -> f64 {
        self.allowed
    }

    /// The change in the metric's own unit that is tolerated.
    pub fn absolute(self) -> f64 {
        self.absolute
    }

    /// The relative change that must be excluded before the metric passes. A decrease by 1 or more, which is all there is
    /// of a metric that is not negative, counts as excluded.
    pub fn must_detect(self) -> f64 {
        self.must_detect
    }
}

impl Default for EffectLimits {
    /// 5 % are tolerated, in any unit; 50 % must be excluded.
    fn default() -> Self {
        Self {
            allowed: 0.05,
            absolute: 0.0,
            must_detect: 0.5,
        }
    }
}

impl TryFrom<RawEffectLimits> for EffectLimits {
    type Error = InvalidEffect;

    fn try_from(raw: RawEffectLimits) -> Result<Self, InvalidEffect> {
        Self::new(raw.allowed, raw.absolute, raw.must_detect)
    }
}

/// A limit out of range.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum InvalidEffect {
    /// The tolerated change is negative or not finite.
    #[error("the allowed change must be a finite number of at least 0, got {0}")]
    Allowed(f64),
    /// The tolerated change in the metric's unit is negative or not finite.
    #[error("the allowed absolute change must be a finite number of at least 0, got {0}")]
    Absolute(f64),
    /// What must be detected is not above what is tolerated.
    #[error(
        "the change that must be detected is {must_detect}; it must be finite and above the allowed {allowed}"
    )]
    MustDetect {
        /// As given.
        must_detect: f64,
        /// What is tolerated.
        allowed: f64,
    },
}
