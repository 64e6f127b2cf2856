//! Guardrails as a config writes them.

use std::ops::RangeInclusive;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serinus_judge::Guardrail;
use utoipa::ToSchema;

/// The requests that a ratio of counted errors needs where nothing else is said.
const ENOUGH_REQUESTS: f64 = 20.0;
/// One failed look is what `critical` is for; a run has no more looks than the last.
const LOOKS_IN_A_ROW: RangeInclusive<u32> = 2..=500;

/// A line that fails the run, and asks for a rollback, when it is crossed for long enough, whatever the score.
///
/// Exactly one of the six lines. Times are those of samples: `for: 3m` at a step of a minute is three samples one after the
/// other.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct GuardrailConfig(Rail);

/// What is guarded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Rail {
    /// What samples must not cross, and for how long.
    Samples {
        /// The line.
        line: Line,
        /// For how long, or within which time.
        time: SignedDuration,
    },
    /// At how many looks of a run in a row the metric must not fail, at least 2.
    FailedLooks(u32),
}

/// What samples must not cross.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Line {
    /// A multiple of the baseline.
    RatioAbove {
        /// How many times.
        ratio: f64,
        /// The level below which nothing counts.
        floor: f64,
        /// Of counted errors: the requests it needs.
        at_least: Option<f64>,
    },
    /// A level from below.
    LevelAbove(f64),
    /// A level from above.
    LevelBelow(f64),
    /// A growth.
    GrowthAbove {
        /// How much.
        growth: f64,
        /// In which time.
        per: SignedDuration,
        /// The level below which nothing counts.
        floor: Option<f64>,
    },
    /// A sum.
    SumAbove(f64),
}

/// A guardrail as it is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(as = Guardrail)]
pub struct Written {
    /// The canary is more than so many times its baseline.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(exclusive_minimum = 0)]
    ratio_above: Option<f64>,
    /// With `ratioAbove`: the level below which nothing counts; without it 0, and a baseline of 0 has no multiples. With
    /// `growthAbove`: the level that the canary has to have come to, by the median of that time; without it any.
    #[serde(skip_serializing_if = "Option::is_none")]
    floor: Option<f64>,
    /// With `ratioAbove` on counted errors: how many requests the canary needs in that time, as one error of one request is no
    /// share; without it 20.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0)]
    at_least: Option<f64>,
    /// The canary is above this level.
    #[serde(skip_serializing_if = "Option::is_none")]
    level_above: Option<f64>,
    /// The canary is below this level.
    #[serde(skip_serializing_if = "Option::is_none")]
    level_below: Option<f64>,
    /// The canary grows faster than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    growth_above: Option<f64>,
    /// With `growthAbove`: the time in which it grows by so much; without it a minute.
    #[serde(
        deserialize_with = "super::duration::read_some",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<String>, example = "1m")]
    per: Option<SignedDuration>,
    /// The canary's samples add up to more than this: events counted per step.
    #[serde(skip_serializing_if = "Option::is_none")]
    sum_above: Option<f64>,
    /// With `sumAbove`: the time in which they add up.
    #[serde(
        deserialize_with = "super::duration::read_some",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<String>, example = "5m")]
    within: Option<SignedDuration>,
    /// The metric has failed, `high` or `low`, at so many looks of a run in a row.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 2, maximum = 500)]
    failed_looks: Option<u32>,
    /// With the other lines on samples: for how long.
    #[serde(
        deserialize_with = "super::duration::read_some",
        rename = "for",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<String>, example = "3m")]
    time: Option<SignedDuration>,
}

impl GuardrailConfig {
    /// What is guarded.
    pub(super) fn rail(&self) -> Rail {
        self.0
    }

    /// The guardrail for samples at this distance.
    pub fn at(&self, step: SignedDuration) -> Guardrail {
        let (line, time) = match self.0 {
            Rail::Samples { line, time } => (line, time),
            Rail::FailedLooks(looks) => {
                let looks = usize::try_from(looks).unwrap_or(usize::MAX);
                return Guardrail::FailedLooks { looks };
            }
        };
        let moments = moments(time, step);
        match line {
            Line::RatioAbove {
                ratio,
                floor,
                at_least,
            } => Guardrail::RatioAbove {
                ratio,
                floor,
                least: at_least.unwrap_or(ENOUGH_REQUESTS),
                moments,
            },
            Line::LevelAbove(level) => Guardrail::LevelAbove { level, moments },
            Line::LevelBelow(level) => Guardrail::LevelBelow { level, moments },
            Line::GrowthAbove { growth, per, floor } => Guardrail::GrowthAbove {
                per_moment: growth * step.as_secs_f64() / per.as_secs_f64(),
                floor,
                moments,
            },
            Line::SumAbove(sum) => Guardrail::SumAbove { sum, moments },
        }
    }
}

/// How many samples a time is, at least one.
pub(super) fn moments(time: SignedDuration, step: SignedDuration) -> usize {
    let steps = (time.as_secs_f64() / step.as_secs_f64()).ceil().max(1.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "casts saturate, and it is at least 1"
    )]
    let steps = steps as usize;
    steps
}

impl TryFrom<Written> for GuardrailConfig {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let lines = [
            written.ratio_above,
            written.level_above,
            written.level_below,
            written.growth_above,
            written.sum_above,
        ];
        let given = lines.iter().flatten().count() + written.failed_looks.iter().count();
        if given != 1 {
            return Err("expected exactly one of `ratioAbove`, `levelAbove`, `levelBelow`, `growthAbove`, `sumAbove`, `failedLooks`".to_owned());
        }
        if let Some(looks) = written.failed_looks {
            return failed_looks(looks, written);
        }
        if !lines
            .iter()
            .flatten()
            .chain(&written.floor)
            .chain(&written.at_least)
            .all(|x| x.is_finite())
        {
            return Err("expected finite numbers".to_owned());
        }
        let only_with = |given: bool, key: &str, line: Option<f64>, of: &str| {
            if given && line.is_none() {
                Err(format!("`{key}` belongs to `{of}`"))
            } else {
                Ok(())
            }
        };
        only_with(
            written.floor.is_some(),
            "floor",
            written.ratio_above.or(written.growth_above),
            "ratioAbove` or `growthAbove",
        )?;
        only_with(
            written.at_least.is_some(),
            "atLeast",
            written.ratio_above,
            "ratioAbove",
        )?;
        only_with(
            written.per.is_some(),
            "per",
            written.growth_above,
            "growthAbove",
        )?;
        only_with(
            written.within.is_some(),
            "within",
            written.sum_above,
            "sumAbove",
        )?;
        let (key, time) = match written.sum_above {
            Some(_) if written.time.is_some() => {
                return Err("`sumAbove` takes `within` in place of `for`".to_owned());
            }
            Some(_) => ("within", written.within),
            None => ("for", written.time),
        };
        let positive = |key: &str, time: Option<SignedDuration>| {
            time.filter(|time| *time > SignedDuration::ZERO)
                .ok_or_else(|| format!("expected `{key}` with a time such as 3m"))
        };
        let time = positive(key, time)?;
        let line = match written {
            Written {
                ratio_above: Some(ratio),
                floor,
                at_least,
                ..
            } => {
                let floor = floor.unwrap_or(0.0);
                if ratio <= 0.0 || floor < 0.0 || at_least.is_some_and(|least| least < 0.0) {
                    return Err(
                        "expected a `ratioAbove` above 0, a `floor` and an `atLeast` of at least 0"
                            .to_owned(),
                    );
                }
                Line::RatioAbove {
                    ratio,
                    floor,
                    at_least,
                }
            }
            Written {
                level_above: Some(level),
                ..
            } => Line::LevelAbove(level),
            Written {
                level_below: Some(level),
                ..
            } => Line::LevelBelow(level),
            Written {
                growth_above: Some(growth),
                per,
                floor,
                ..
            } => Line::GrowthAbove {
                growth,
                per: positive("per", Some(per.unwrap_or(SignedDuration::from_mins(1))))?,
                floor,
            },
            Written { sum_above, .. } => Line::SumAbove(sum_above.unwrap_or(f64::INFINITY)),
        };
        Ok(Self(Rail::Samples { line, time }))
    }
}

fn failed_looks(looks: u32, written: Written) -> Result<GuardrailConfig, String> {
    let alone = Written {
        failed_looks: Some(looks),
        ..Written::default()
    };
    if written != alone {
        return Err("`failedLooks` counts looks, and has no other keys".to_owned());
    }
    if !LOOKS_IN_A_ROW.contains(&looks) {
        return Err(format!(
            "expected `failedLooks` from {} to {}; what fails a run at its first failure is a `critical` metric",
            LOOKS_IN_A_ROW.start(),
            LOOKS_IN_A_ROW.end()
        ));
    }
    Ok(GuardrailConfig(Rail::FailedLooks(looks)))
}

impl From<GuardrailConfig> for Written {
    fn from(guardrail: GuardrailConfig) -> Self {
        let (line, time) = match guardrail.0 {
            Rail::Samples { line, time } => (line, time),
            Rail::FailedLooks(looks) => {
                return Self {
                    failed_looks: Some(looks),
                    ..Self::default()
                };
            }
        };
        let timed = Self {
            time: Some(time),
            ..Self::default()
        };
        match line {
            Line::RatioAbove {
                ratio,
                floor,
                at_least,
            } => Self {
                ratio_above: Some(ratio),
                floor: Some(floor),
                at_least,
                ..timed
            },
            Line::LevelAbove(level) => Self {
                level_above: Some(level),
                ..timed
            },
            Line::LevelBelow(level) => Self {
                level_below: Some(level),
                ..timed
            },
            Line::GrowthAbove { growth, per, floor } => Self {
                growth_above: Some(growth),
                per: Some(per),
                floor,
                ..timed
            },
            Line::SumAbove(sum) => Self {
                sum_above: Some(sum),
                within: timed.time,
                ..Self::default()
            },
        }
    }
}
