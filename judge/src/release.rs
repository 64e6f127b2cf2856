//! What the judge is asked: the metrics of one release, and how they add up to a verdict.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::effect::EffectLimits;
use crate::guardrail::Guardrail;
use crate::judges::netflix_aca;
use crate::limits::Limits;
use crate::observations::Observations;
use crate::scorecard::Verdict;
use crate::test_name::Test;

/// Everything one judgement rests on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Release {
    /// The metrics, in the order in which the scorecard lists them.
    pub metrics: Vec<Metric>,
    /// What each metric group is worth.
    pub weights: GroupWeights,
    /// The scores from which a release is marginal and passes.
    pub thresholds: Thresholds,
}

/// One metric: what was measured on both sides, and the rules it is judged by.
#[derive(Clone, Debug, PartialEq)]
pub struct Metric {
    /// Unique within the release; used in every sentence about the metric.
    pub name: String,
    /// The groups the metric counts in, once in each. Without a group it is judged but weighs nothing.
    pub groups: Vec<String>,
    /// How the metric is judged and what its outcome does.
    pub rules: Rules,
    /// What is known about the metric.
    pub evidence: Evidence,
}

/// What is known about a metric when it comes to be judged.
#[derive(Clone, Debug, PartialEq)]
pub enum Evidence {
    /// Samples of both sides.
    Observed(Observations),
    /// Samples that the statistics must not decide on. Limits and guardrails hold all the same, as far as the samples go:
    /// what is evidently broken fails.
    Reserved(Observations, Reservation),
    /// A precondition outside this crate was not met; the text says what is missing.
    Undecidable(String),
    /// The samples could not be fetched; the text says why.
    Failed(String),
}

/// Why samples that are there must not decide a metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reservation {
    /// As [`Evidence::Undecidable`].
    Undecidable(String),
    /// As [`Evidence::Failed`]: others of the metric could not be fetched.
    Failed(String),
}

/// How one metric is judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// Which change is a failure.
    pub direction: Direction,
    /// A failure of this metric fails the whole release, and without a decision on it the release does not pass.
    pub critical: bool,
    /// Without a decision on this metric the release does not pass; a failure counts as any other.
    pub required: bool,
    /// Judged and shown, but without influence on score and verdict.
    pub muted: bool,
    /// What it means when a side has no sample.
    pub on_no_data: OnNoData,
    /// Samples needed on each side before the judge is asked. 0 turns every check of
    /// [the preconditions](crate#preconditions) off and leaves the metric to the judge's own rules.
    pub minimum_samples: usize,
    /// How the sides are compared; read by the judge `serinus`.
    pub test: Test,
    /// How large a change has to be to matter; read by the judge `serinus`.
    pub effect: EffectLimits,
    /// Levels the canary must keep within; read by the judge `serinus`.
    pub limits: Limits,
    /// Lines that fail the release when they are crossed, under every judge.
    pub guardrails: Vec<Guardrail>,
    /// Options read by the judge of the same name.
    pub netflix_aca: netflix_aca::MetricOptions,
}

impl Default for Rules {
    /// Either direction fails; not critical, not required, not muted; missing data leaves the metric undecided; 10 samples
    /// needed; the test that suits the samples, the default limits of an effect and none of level.
    fn default() -> Self {
        Self {
            direction: Direction::default(),
            critical: false,
            required: false,
            muted: false,
            on_no_data: OnNoData::default(),
            minimum_samples: 10,
            test: Test::default(),
            effect: EffectLimits::default(),
            limits: Limits::default(),
            guardrails: Vec::new(),
            netflix_aca: netflix_aca::MetricOptions::default(),
        }
    }
}

/// One of the two sides of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// The old version.
    Baseline,
    /// The new version.
    Canary,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Baseline => "baseline",
            Self::Canary => "canary",
        })
    }
}

/// Which change of a metric is a failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// More is worse: errors, latency.
    Increase,
    /// Less is worse: throughput, cache hits.
    Decrease,
    /// Any change is a failure.
    #[default]
    Either,
}

/// What it means when a metric has no sample on one side or both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnNoData {
    /// Nothing is known: the metric is left out of the score.
    #[default]
    Inconclusive,
    /// No data is good news, as for a count of crashes that is only reported when there are any.
    Pass,
    /// The metric must have data: none is a failure.
    Fail,
}

/// Weights of metric groups, as percentages of the score.
///
/// Groups without a weight share what is left to 100 equally.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "BTreeMap<String, f64>")]
pub struct GroupWeights(BTreeMap<String, f64>);

impl GroupWeights {
    /// The largest weight accepted. Far beyond use; it keeps sums of weights finite.
    pub const LARGEST: f64 = 1e9;

    /// Checks that each weight lies in `0..=`[`LARGEST`](Self::LARGEST).
    ///
    /// # Errors
    /// Names the first group whose weight does not.
    pub fn new(weights: BTreeMap<String, f64>) -> Result<Self, InvalidWeight> {
        match weights
            .iter()
            .find(|(_, weight)| !(0.0..=Self::LARGEST).contains(*weight))
        {
            Some((group, &weight)) => Err(InvalidWeight {
                group: group.clone(),
                weight,
            }),
            None => Ok(Self(weights)),
        }
    }

    /// The configured weight of a group.
    pub fn get(&self, group: &str) -> Option<f64> {
        self.0.get(group).copied()
    }

    /// The sum of all configured weights, whether or not a metric belongs to the group.
    pub fn total(&self) -> f64 {
        self.0.values().sum()
    }

    /// Groups and weights, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, f64)> {
        self.0
            .iter()
            .map(|(group, weight)| (group.as_str(), *weight))
    }
}

impl TryFrom<BTreeMap<String, f64>> for GroupWeights {
    type Error = InvalidWeight;

    fn try_from(weights: BTreeMap<String, f64>) -> Result<Self, InvalidWeight> {
        Self::new(weights)
    }
}

/// A group weight that is negative, not finite or absurdly large.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("the weight of group {group:?} is {weight}; it must lie between 0 and 1e9")]
pub struct InvalidWeight {
    /// The group.
    pub group: String,
    /// Its weight.
    pub weight: f64,
}

/// The scores from which a release passes, and from which it is at least marginal.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "RawThresholds")]
pub struct Thresholds {
    /// From this score on the release passes.
    #[schema(minimum = 0, maximum = 100)]
    pass: f64,
    /// From this score on the release is at least marginal. Not above `pass`.
    #[schema(minimum = 0, maximum = 100)]
    marginal: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawThresholds {
    pass: f64,
    marginal: f64,
}

impl Thresholds {
    /// Checks that `0 <= marginal <= pass <= 100`.
    ///
    /// # Errors
    /// Says which of the two conditions does not hold.
    pub fn new(pass: f64, marginal: f64) -> Result<Self, InvalidThresholds> {
        if ![pass, marginal]
            .iter()
            .all(|score| (0.0..=100.0).contains(score))
        {
            return Err(InvalidThresholds::OutOfRange { pass, marginal });
        }
        if marginal > pass {
            return Err(InvalidThresholds::Crossed { pass, marginal });
        }
        Ok(Self { pass, marginal })
    }

    /// From this score on the release passes.
    pub fn pass(self) -> f64 {
        self.pass
    }

    /// From this score on the release is at least marginal.
    pub fn marginal(self) -> f64 {
        self.marginal
    }

    /// What a score by itself deserves: [`Verdict::Pass`], [`Verdict::Marginal`] or [`Verdict::Fail`].
    pub fn verdict(self, score: f64) -> Verdict {
        if score >= self.pass {
            Verdict::Pass
        } else if score >= self.marginal {
            Verdict::Marginal
        } else {
            Verdict::Fail
        }
    }
}

impl Default for Thresholds {
    /// Pass from 90, marginal from 75.
    fn default() -> Self {
        Self {
            pass: 90.0,
            marginal: 75.0,
        }
    }
}

impl TryFrom<RawThresholds> for Thresholds {
    type Error = InvalidThresholds;

    fn try_from(raw: RawThresholds) -> Result<Self, InvalidThresholds> {
        Self::new(raw.pass, raw.marginal)
    }
}

/// Thresholds that no score could be compared with in a sensible way.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum InvalidThresholds {
    /// One of them is no score.
    #[error("thresholds are scores between 0 and 100, got pass {pass} and marginal {marginal}")]
    OutOfRange {
        /// As given.
        pass: f64,
        /// As given.
        marginal: f64,
    },
    /// A release would pass before it is marginal.
    #[error("the marginal threshold {marginal} is above the pass threshold {pass}")]
    Crossed {
        /// As given.
        pass: f64,
        /// As given.
        marginal: f64,
    },
}
