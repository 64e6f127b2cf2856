//! Settings that hold for all metrics.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Constants of the judge. The defaults are what Kayenta uses in production.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", try_from = "RawSettings")]
pub struct Settings {
    /// The interval must lie beyond this share of the estimated shift. Finite, at least 0.
    #[schema(required = false, minimum = 0, default = 0.25)]
    tolerance: f64,
    /// Confidence level of the interval, above 0 and below 1.
    #[schema(
        required = false,
        exclusive_minimum = 0,
        exclusive_maximum = 1,
        default = 0.98
    )]
    confidence: f64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct RawSettings {
    tolerance: f64,
    confidence: f64,
}

impl Default for RawSettings {
    fn default() -> Self {
        let Settings {
            tolerance,
            confidence,
        } = Settings::default();
        Self {
            tolerance,
            confidence,
        }
    }
}

impl Settings {
    /// Checks the ranges.
    ///
    /// # Errors
    /// Names the setting that is out of range.
    pub fn new(tolerance: f64, confidence: f64) -> Result<Self, InvalidSettings> {
        if !(tolerance.is_finite() && tolerance >= 0.0) {
            return Err(InvalidSettings::Tolerance(tolerance));
        }
        if !(confidence > 0.0 && confidence < 1.0) {
            return Err(InvalidSettings::Confidence(confidence));
        }
        Ok(Self {
            tolerance,
            confidence,
        })
    }

    /// The share of the estimated shift beyond which the interval must lie.
    pub fn tolerance(self) -> f64 {
        self.tolerance
    }

    /// The confidence level of the interval.
    pub fn confidence(self) -> f64 {
        self.confidence
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            tolerance: 0.25,
            confidence: 0.98,
        }
    }
}

impl TryFrom<RawSettings> for Settings {
    type Error = InvalidSettings;

    fn try_from(raw: RawSettings) -> Result<Self, InvalidSettings> {
        Self::new(raw.tolerance, raw.confidence)
    }
}

/// A setting out of range.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum InvalidSettings {
    /// The tolerance is negative or not finite.
    #[error("the tolerance must be a finite number of at least 0, got {0}")]
    Tolerance(f64),
    /// The confidence level is no proper probability.
    #[error("the confidence level must lie between 0 and 1, both excluded, got {0}")]
    Confidence(f64),
}
