//! Options of one metric.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How one metric is prepared and which change of it is tolerated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct MetricOptions {
    /// What becomes of missing samples.
    pub nan_strategy: NanStrategy,
    /// What becomes of outliers.
    pub outliers: Outliers,
    /// The effect that is tolerated.
    pub effect_size: EffectSize,
}

/// What becomes of missing samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NanStrategy {
    /// They are dropped.
    #[default]
    Remove,
    /// They count as 0. A metric without any data then passes.
    Replace,
}

/// What becomes of outliers, on each side by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "strategy", rename_all = "kebab-case", try_from = "RawOutliers")]
pub enum Outliers {
    /// They are kept.
    #[default]
    Keep,
    /// Samples beyond both fences are dropped: further than `factor` interquartile ranges from the quartiles, and outside
    /// the 1st to 99th percentile.
    Remove {
        /// Interquartile ranges between quartile and fence.
        factor: FenceFactor,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawOutliers {
    strategy: OutlierStrategy,
    factor: Option<FenceFactor>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum OutlierStrategy {
    Keep,
    Remove,
}

impl TryFrom<RawOutliers> for Outliers {
    type Error = InvalidOptions;

    fn try_from(raw: RawOutliers) -> Result<Self, InvalidOptions> {
        match (raw.strategy, raw.factor) {
            (OutlierStrategy::Keep, None) => Ok(Self::Keep),
            (OutlierStrategy::Keep, Some(_)) => Err(InvalidOptions::FactorWithoutUse),
            (OutlierStrategy::Remove, factor) => Ok(Self::Remove {
                factor: factor.unwrap_or_default(),
            }),
        }
    }
}

/// Interquartile ranges between a quartile and its fence; positive and finite, 3 by default.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "f64")]
#[schema(exclusive_minimum = 0, default = 3.0)]
pub struct FenceFactor(f64);

impl FenceFactor {
    /// The number.
    pub fn get(self) -> f64 {
        self.0
    }
}

impl Default for FenceFactor {
    fn default() -> Self {
        Self(3.0)
    }
}

impl TryFrom<f64> for FenceFactor {
    type Error = InvalidOptions;

    fn try_from(factor: f64) -> Result<Self, InvalidOptions> {
        if factor.is_finite() && factor > 0.0 {
            Ok(Self(factor))
        } else {
            Err(InvalidOptions::Factor(factor))
        }
    }
}

/// The measure of an effect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Measure {
    /// Mean of the canary over mean of the baseline; 1 is no effect.
    #[default]
    MeanRatio,
    /// Common-language effect size: how often a sample of the canary exceeds one of the baseline; 0.5 is no effect.
    Cles,
}

impl Measure {
    /// The value that stands for no effect.
    pub fn neutral(self) -> f64 {
        match self {
            Self::MeanRatio => 1.0,
            Self::Cles => 0.5,
        }
    }
}

/// From which effect on a significant change counts. Thresholds that are not given are those of no effect, so that any
/// significant change counts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", try_from = "RawEffectSize")]
pub struct EffectSize {
    /// How the effect is measured.
    pub measure: Measure,
    /// An increase counts from this effect on.
    pub allowed_increase: f64,
    /// A decrease counts from this effect down.
    pub allowed_decrease: f64,
    /// An increase of a critical metric fails the release from this effect on.
    pub critical_increase: f64,
    /// A decrease of a critical metric fails the release from this effect down.
    pub critical_decrease: f64,
}

impl EffectSize {
    /// Any significant change counts.
    pub fn neutral(measure: Measure) -> Self {
        let neutral = measure.neutral();
        Self {
            measure,
            allowed_increase: neutral,
            allowed_decrease: neutral,
            critical_increase: neutral,
            critical_decrease: neutral,
        }
    }
}

impl Default for EffectSize {
    fn default() -> Self {
        Self::neutral(Measure::default())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawEffectSize {
    #[serde(default)]
    measure: Measure,
    allowed_increase: Option<f64>,
    allowed_decrease: Option<f64>,
    critical_increase: Option<f64>,
    critical_decrease: Option<f64>,
}

impl TryFrom<RawEffectSize> for EffectSize {
    type Error = InvalidOptions;

    fn try_from(raw: RawEffectSize) -> Result<Self, InvalidOptions> {
        let or_neutral = |threshold: Option<f64>| match threshold {
            Some(number) if !number.is_finite() => Err(InvalidOptions::Threshold(number)),
            Some(number) => Ok(number),
            None => Ok(raw.measure.neutral()),
        };
        Ok(Self {
            measure: raw.measure,
            allowed_increase: or_neutral(raw.allowed_increase)?,
            allowed_decrease: or_neutral(raw.allowed_decrease)?,
            critical_increase: or_neutral(raw.critical_increase)?,
            critical_decrease: or_neutral(raw.critical_decrease)?,
        })
    }
}

/// Options that cannot be meant.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum InvalidOptions {
    /// The fences would lie inside the quartiles or nowhere.
    #[error("the outlier factor must be a finite number above 0, got {0}")]
    Factor(f64),
    /// A factor is given although outliers are kept.
    #[error("an outlier factor is given, but the strategy is to keep outliers")]
    FactorWithoutUse,
    /// An effect-size threshold is not finite.
    #[error("effect-size thresholds must be finite, got {0}")]
    Threshold(f64),
}
