#![doc = include_str!("../README.md")]

mod effect;
mod judge;
mod judges;
mod observations;
mod preconditions;
mod release;
mod score;
mod scorecard;
pub mod stats;
mod wording;

pub use effect::{EffectLimits, InvalidEffect};
pub use judge::{Judge, JudgeName, UnknownJudge};
pub use judges::{netflix_aca, serinus};
pub use observations::{
    BeforeAfter, Design, Observations, Pair, Replicas, Sides, UnequalGrids, UnequalLengths,
};
pub use release::{
    Direction, Evidence, GroupWeights, InvalidThresholds, InvalidWeight, Metric, OnNoData, Release,
    Rules, Side, Thresholds,
};
pub use scorecard::{Counted, GroupScore, Interval, MetricResult, Outcome, Scorecard, Verdict};
pub use stats::Summary;
