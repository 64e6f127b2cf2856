//! Settings that hold for all metrics.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::stats::Alpha;

/// Error rates of the judge, and how much of a release it has to decide.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", try_from = "RawSettings")]
#[schema(as = SerinusSettings)]
pub struct Settings {
    /// Two-sided significance level of the comparison of one metric, above 0 and at most 0.5.
    #[schema(required = false, exclusive_minimum = 0, maximum = 0.5, default = 0.01)]
    alpha: f64,
    /// Significance level in each bad direction at which a change that must be detected is excluded, above 0 and at most
    /// 0.5.
    #[schema(required = false, exclusive_minimum = 0, maximum = 0.5, default = 0.05)]
    pass_alpha: f64,
    /// Share of false alarms tolerated among the failed metrics that are not critical, above 0 and at most 1.
    #[schema(required = false, exclusive_minimum = 0, maximum = 1, default = 0.05)]
    false_discovery_rate: f64,
    /// Share of the weight that has to be decided for a verdict other than inconclusive, 0 to 1.
    #[schema(required = false, minimum = 0, maximum = 1, default = 0.5)]
    least_coverage: f64,
    /// The share of the error rates of a whole run that this look may spend; 1 where there is one look.
    #[serde(skip)]
    #[schema(ignore)]
    share: f64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct RawSettings {
    alpha: f64,
    pass_alpha: f64,
    false_discovery_rate: f64,
    least_coverage: f64,
}

impl Default for RawSettings {
    fn default() -> Self {
        let Settings {
            alpha,
            pass_alpha,
            false_discovery_rate,
            least_coverage,
            share: _,
        } = Settings::default();
        Self {
            alpha,
            pass_alpha,
            false_discovery_rate,
            least_coverage,
        }
    }
}

impl Settings {
    /// Another significance level for the comparison of one metric.
    ///
    /// # Errors
    /// When it is not above 0 and at most 0.5.
    pub fn with_alpha(self, alpha: f64) -> Result<Self, InvalidSettings> {
        Self { alpha, ..self }.checked()
    }

    /// Another significance level for passing.
    ///
    /// # Errors
    /// When it is not above 0 and at most 0.5.
    pub fn with_pass_alpha(self, pass_alpha: f64) -> Result<Self, InvalidSettings> {
        Self { pass_alpha, ..self }.checked()
    }

    /// Another share of false alarms among failures.
    ///
    /// # Errors
    /// When it is not above 0 and at most 1.
    pub fn with_false_discovery_rate(self, rate: f64) -> Result<Self, InvalidSettings> {
        Self {
            false_discovery_rate: rate,
            ..self
        }
        .checked()
    }

    /// Another least share of weight to be decided.
    ///
    /// # Errors
    /// When it does not lie in 0 to 1.
    pub fn with_least_coverage(self, coverage: f64) -> Result<Self, InvalidSettings> {
        Self {
            least_coverage: coverage,
            ..self
        }
        .checked()
    }

    fn checked(self) -> Result<Self, InvalidSettings> {
        let half = |level: f64| level > 0.0 && level <= 0.5;
        if !half(self.alpha) {
            return Err(InvalidSettings::Alpha(self.alpha));
        }
        if !half(self.pass_alpha) {
            return Err(InvalidSettings::PassAlpha(self.pass_alpha));
        }
        if !(self.false_discovery_rate > 0.0 && self.false_discovery_rate <= 1.0) {
            return Err(InvalidSettings::FalseDiscoveryRate(
                self.false_discovery_rate,
            ));
        }
        if !(0.0..=1.0).contains(&self.least_coverage) {
            return Err(InvalidSettings::LeastCoverage(self.least_coverage));
        }
        Ok(self)
    }

    /// The settings for one of several looks, which has these nominal levels.
    pub(crate) fn at_look(self, alpha: f64, pass_alpha: f64) -> Self {
        Self {
            alpha,
            pass_alpha,
            share: (alpha / self.alpha).min(1.0),
            ..self
        }
    }

    /// What this look may spend of an error rate that is no setting, as a guard has one.
    pub(super) fn of_rate(self, rate: f64) -> f64 {
        rate * self.share
    }

    /// What would be the level if this look could spend the whole error rate.
    pub(super) fn of_single_look(self, alpha: f64) -> f64 {
        alpha / self.share
    }

    /// Significance level of the comparison of one metric.
    pub fn alpha(self) -> f64 {
        self.alpha
    }

    /// The same, for the tool box.
    pub(super) fn level(self) -> Alpha {
        Alpha::clamped(self.alpha)
    }

    /// Significance level, in each bad direction, of passing.
    pub fn pass_alpha(self) -> f64 {
        self.pass_alpha
    }

    /// Share of false alarms tolerated among the failed metrics that are not critical.
    pub fn false_discovery_rate(self) -> f64 {
        self.false_discovery_rate
    }

    /// Share of the weight that has to be decided.
    pub fn least_coverage(self) -> f64 {
        self.least_coverage
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            alpha: 0.01,
            pass_alpha: 0.05,
            false_discovery_rate: 0.05,
            least_coverage: 0.5,
            share: 1.0,
        }
    }
}

impl TryFrom<RawSettings> for Settings {
    type Error = InvalidSettings;

    fn try_from(raw: RawSettings) -> Result<Self, InvalidSettings> {
        Self {
            alpha: raw.alpha,
            pass_alpha: raw.pass_alpha,
            false_discovery_rate: raw.false_discovery_rate,
            least_coverage: raw.least_coverage,
            ..Self::default()
        }
        .checked()
    }
}

/// A setting out of range.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum InvalidSettings {
    /// The significance level is no level to decide by.
    #[error("alpha must be above 0 and at most 0.5, got {0}")]
    Alpha(f64),
    /// The significance level of passing is no level to decide by.
    #[error("the alpha of passing must be above 0 and at most 0.5, got {0}")]
    PassAlpha(f64),
    /// No share.
    #[error("the false discovery rate must be above 0 and at most 1, got {0}")]
    FalseDiscoveryRate(f64),
    /// No share.
    #[error("the least coverage must lie between 0 and 1, got {0}")]
    LeastCoverage(f64),
}
