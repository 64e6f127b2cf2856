#![doc = include_str!("../README.md")]

mod judge;
mod judges;
mod observations;
mod preconditions;
mod release;
mod score;
mod scorecard;
pub mod stats;
mod wording;

pub use judge::{Judge, JudgeName, UnknownJudge};
pub use judges::netflix_aca;
pub use observations::{Design, Observations, Pair, Sides, UnequalLengths};
pub use release::{
    Direction, Evidence, GroupWeights, InvalidThresholds, InvalidWeight, Metric, OnNoData, Release,
    Rules, Thresholds,
};
pub use scorecard::{Counted, GroupScore, Interval, MetricResult, Outcome, Scorecard, Verdict};
pub use stats::Summary;
