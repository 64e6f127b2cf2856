//! Where in a run a look is taken.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::guardrail::Crossed;
use crate::release::Metric;
use crate::scorecard::{MetricResult, Outcome};

/// How far a run is: the share of its planned time that has data, or, where the run is open-ended, multiples of the time at which
/// the rule is to be most sensitive. Above 0 and finite; beyond 1 a plan has nothing more to spend.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "f64", into = "f64")]
pub struct Progress(f64);

impl Progress {
    /// A run that is over.
    pub const WHOLE: Self = Self(1.0);

    /// Checks a progress.
    ///
    /// # Errors
    /// Unless above 0 and finite.
    pub fn new(progress: f64) -> Result<Self, InvalidLook> {
        if progress > 0.0 && progress.is_finite() {
            Ok(Self(progress))
        } else {
            Err(InvalidLook::NoProgress(progress))
        }
    }

    /// The number.
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Progress {
    type Error = InvalidLook;

    fn try_from(progress: f64) -> Result<Self, InvalidLook> {
        Self::new(progress)
    }
}

impl From<Progress> for f64 {
    fn from(progress: Progress) -> Self {
        progress.0
    }
}

/// Whether the run goes on after a look that decides nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// There is another look.
    Interim,
    /// This is the last one: all that is left of the error rates is spent, and the run ends with what the scorecard says.
    Last,
}

/// What later looks have to know of a look.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EarlierLook {
    /// How far the run was.
    pub progress: Progress,
    /// The metrics that were `high` or `low`, by name.
    pub failed: Vec<String>,
}

/// One look, and those before it.
#[derive(Clone, Debug, PartialEq)]
pub struct Look {
    progress: Progress,
    earlier: Vec<EarlierLook>,
    place: Place,
}

impl Look {
    /// A look at this progress, after earlier ones, oldest first.
    ///
    /// # Errors
    /// Unless each look is further than the one before.
    pub fn new(
        progress: Progress,
        earlier: Vec<EarlierLook>,
        place: Place,
    ) -> Result<Self, InvalidLook> {
        let mut before = 0.0;
        for at in earlier.iter().map(|look| look.progress).chain([progress]) {
            if at.get() <= before {
                return Err(InvalidLook::Unordered {
                    before,
                    then: at.get(),
                });
            }
            before = at.get();
        }
        Ok(Self {
            progress,
            earlier,
            place,
        })
    }

    /// How far the run is.
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// The looks before, oldest first.
    pub fn earlier(&self) -> &[EarlierLook] {
        &self.earlier
    }

    /// Whether there is another look.
    pub fn place(&self) -> Place {
        self.place
    }

    /// What a guardrail against failing look after look sees, if the metric has one and failed here too.
    pub(super) fn persistent(&self, metric: &Metric, here: &MetricResult) -> Option<Crossed> {
        if here.guardrail.is_some() || !matches!(here.outcome, Outcome::High | Outcome::Low) {
            return None;
        }
        let before = self.earlier.iter().rev();
        let failed = 1 + before
            .take_while(|look| look.failed.contains(&metric.name))
            .count();
        let mut guardrails = metric.rules.guardrails.iter();
        guardrails
            .any(|line| line.is_crossed_by(failed))
            .then(|| Crossed {
                outcome: here.outcome,
                reason: format!("{} (guardrail: in {failed} looks in a row)", here.reason),
            })
    }
}

/// A look that no run can have.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum InvalidLook {
    /// Nothing has been seen, or the number is none.
    #[error("the progress of a run is above 0 and finite, got {0}")]
    NoProgress(f64),
    /// Looks out of order, or twice at the same progress.
    #[error("looks must be in order: {then} comes after {before}")]
    Unordered {
        /// The progress of the look before.
        before: f64,
        /// The progress of the look after.
        then: f64,
    },
}
