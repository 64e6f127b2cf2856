//! Guardrails as a config writes them.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serinus_judge::Guardrail;
use utoipa::ToSchema;

/// The requests that a ratio of counted errors needs where nothing else is said.
const ENOUGH_REQUESTS: f64 = 20.0;

/// A line that fails the run, and asks for a rollback, when it is crossed for long enough, whatever the score.
///
/// Exactly one of the five lines. Times are those of samples: `for: 3m` at a step of a minute is three samples one after the
/// other.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct GuardrailConfig {
    line: Line,
    time: SignedDuration,
}

/// What must not be crossed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Line {
    RatioAbove {
        ratio: f64,
        floor: f64,
        at_least: Option<f64>,
    },
    LevelAbove(f64),
    LevelBelow(f64),
    GrowthAbove {
        growth: f64,
        per: SignedDuration,
    },
    SumAbove(f64),
}

impl Line {
    /// The key it is written under.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::RatioAbove { .. } => "ratioAbove",
            Self::LevelAbove(_) => "levelAbove",
            Self::LevelBelow(_) => "levelBelow",
            Self::GrowthAbove { .. } => "growthAbove",
            Self::SumAbove(_) => "sumAbove",
        }
    }

    /// The key its time is written under.
    pub(super) fn time_key(self) -> &'static str {
        match self {
            Self::RatioAbove { .. }
            | Self::LevelAbove(_)
            | Self::LevelBelow(_)
            | Self::GrowthAbove { .. } => "for",
            Self::SumAbove(_) => "within",
        }
    }
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
    /// With `ratioAbove`: the level below which nothing counts; without it 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0)]
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
    /// With the other lines: for how long.
    #[serde(
        deserialize_with = "super::duration::read_some",
        rename = "for",
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(value_type = Option<String>, example = "3m")]
    time: Option<SignedDuration>,
}

impl GuardrailConfig {
    /// What must not be crossed.
    pub(super) fn line(&self) -> Line {
        self.line
    }

    /// How many samples at this distance its time is, at least one.
    pub(super) fn samples(&self, step: SignedDuration) -> usize {
        moments(self.time, step)
    }

    /// The guardrail for samples at this distance.
    pub fn at(&self, step: SignedDuration) -> Guardrail {
        let moments = moments(self.time, step);
        match self.line {
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
            Line::GrowthAbove { growth, per } => Guardrail::GrowthAbove {
                per_moment: growth * step.as_secs_f64() / per.as_secs_f64(),
                moments,
            },
            Line::SumAbove(sum) => Guardrail::SumAbove { sum, moments },
        }
    }
}

/// How many samples a time is, at least one.
fn moments(time: SignedDuration, step: SignedDuration) -> usize {
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
        if lines.iter().flatten().count() != 1 {
            return Err("expected exactly one of `ratioAbove`, `levelAbove`, `levelBelow`, `growthAbove`, `sumAbove`".to_owned());
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
            written.ratio_above,
            "ratioAbove",
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
                ..
            } => Line::GrowthAbove {
                growth,
                per: positive("per", Some(per.unwrap_or(SignedDuration::from_mins(1))))?,
            },
            Written { sum_above, .. } => Line::SumAbove(sum_above.unwrap_or(f64::INFINITY)),
        };
        Ok(Self { line, time })
    }
}

impl From<GuardrailConfig> for Written {
    fn from(guardrail: GuardrailConfig) -> Self {
        let timed = Self {
            time: Some(guardrail.time),
            ..Self::default()
        };
        match guardrail.line {
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
            Line::GrowthAbove { growth, per } => Self {
                growth_above: Some(growth),
                per: Some(per),
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
