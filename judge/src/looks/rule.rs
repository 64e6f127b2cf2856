//! How the looks of a run share its error rates.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::levels;
use super::look::Look;
use super::spending::Spending;
use crate::stats::Alpha;

/// How the looks of one run are judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LookRule {
    /// There is one look, and it is [`Judge::judge`](crate::Judge::judge).
    #[default]
    Single,
    /// Every look is judged as if it were the only one, and the first that fails ends the run, as in Kayenta's standalone
    /// analysis. False alarms add up.
    EachAlone,
    /// The length of the run is known: looks spend the error rates of the run as it proceeds.
    Planned(Plan),
    /// The length is not known: at any number of looks, at any times, the error rates of all of them together hold. This costs
    /// power, so a plan is better where there is one.
    OpenEnded,
}

impl LookRule {
    /// The rule for a judge that looks cannot share the confidence of.
    #[must_use]
    pub fn alone(self) -> Self {
        match self {
            Self::Single => Self::Single,
            Self::EachAlone | Self::Planned(_) | Self::OpenEnded => Self::EachAlone,
        }
    }

    /// Whether every look is judged at the judge's own confidence.
    pub fn keeps_confidence(self) -> bool {
        match self {
            Self::Single | Self::EachAlone => true,
            Self::Planned(_) | Self::OpenEnded => false,
        }
    }

    /// The nominal two-sided level of a look: p-values below it are evidence there, so that all looks of the run together have
    /// the error rate `alpha`. Of a single look it is `alpha` itself.
    ///
    /// ```
    /// use serinus_judge::{Look, LookRule, Place, Plan, Progress, stats::Alpha};
    ///
    /// let half = Look::new(Progress::new(0.5)?, Vec::new(), Place::Interim)?;
    /// let level = LookRule::Planned(Plan::default()).level(&half, Alpha::new(0.05)?);
    /// assert!((level.get() - 0.031_0).abs() < 1e-4, "{level:?}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn level(self, look: &Look, alpha: Alpha) -> Alpha {
        Alpha::clamped(levels::failing(self, look, alpha.get()))
    }
}

/// The looks of a run of known length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Plan {
    /// How soon the error rate is spent.
    pub spending: Spending,
    /// What the looks see.
    pub windows: Windows,
    /// When the run may pass.
    pub passing: Passing,
}

/// What part of the run a look sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Windows {
    /// Everything since the start: a look has the samples of those before, and more.
    #[default]
    Growing,
    /// The last so many minutes: samples leave the window too. How such looks hang together depends on how far they overlap, so
    /// nothing is assumed of it: each look gets a share of the error rate in proportion to the time since the last one
    /// (Bonferroni), whatever the spending function.
    Sliding,
}

/// When a run may pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Passing {
    /// At its planned end: what begins late is seen.
    #[default]
    AtEnd,
    /// As soon as the change that must be detected is excluded, at error rates spent like those of failing.
    OnceExcluded,
}
