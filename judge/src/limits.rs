//! Levels that the canary itself must keep within, whatever the baseline does.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Levels in the metric's own unit beyond which the canary fails. Read by the judge `serinus`.
///
/// ```
/// use serinus_judge::Limits;
///
/// let ceiling = Limits::new(Some(80.0), None)?;
/// assert!(!ceiling.is_empty());
/// assert!(Limits::new(Some(1.0), Some(2.0)).is_err());
/// # Ok::<(), serinus_judge::InvalidLimits>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", try_from = "RawLimits")]
pub struct Limits {
    /// The canary fails above this level.
    above: Option<f64>,
    /// The canary fails below this level.
    below: Option<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawLimits {
    above: Option<f64>,
    below: Option<f64>,
}

impl Limits {
    /// Checks that both are finite and leave room in between.
    ///
    /// # Errors
    /// Says which of the two conditions does not hold.
    pub fn new(above: Option<f64>, below: Option<f64>) -> Result<Self, InvalidLimits> {
        if let Some(limit) = [above, below]
            .into_iter()
            .flatten()
            .find(|x| !x.is_finite())
        {
            return Err(InvalidLimits::NotFinite(limit));
        }
        match (above, below) {
            (Some(above), Some(below)) if below >= above => {
                Err(InvalidLimits::Crossed { above, below })
            }
            _ => Ok(Self { above, below }),
        }
    }

    /// The level above which the canary fails.
    pub fn above(self) -> Option<f64> {
        self.above
    }

    /// The level below which the canary fails.
    pub fn below(self) -> Option<f64> {
        self.below
    }

    /// Whether there is no limit.
    pub fn is_empty(self) -> bool {
        self.above.is_none() && self.below.is_none()
    }
}

impl TryFrom<RawLimits> for Limits {
    type Error = InvalidLimits;

    fn try_from(raw: RawLimits) -> Result<Self, InvalidLimits> {
        Self::new(raw.above, raw.below)
    }
}

/// Limits that nothing could keep.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum InvalidLimits {
    /// One of them is no level.
    #[error("a limit must be a finite number, got {0}")]
    NotFinite(f64),
    /// They leave no room.
    #[error("the canary fails above {above} and below {below}, which leaves no level to be at")]
    Crossed {
        /// As given.
        above: f64,
        /// As given.
        below: f64,
    },
}
