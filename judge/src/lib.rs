#![doc = include_str!("../README.md")]

mod effect;
mod guardrail;
mod heard;
mod judge;
mod judges;
mod limits;
mod looks;
mod observations;
mod preconditions;
mod release;
mod score;
mod scorecard;
pub mod stats;
mod test_name;
mod wording;

pub use effect::{EffectLimits, InvalidEffect};
pub use guardrail::Guardrail;
pub use heard::{Heard, HeardMetric, InvalidAnswer};
pub use judge::{Judge, JudgeName, JudgedBy, UnknownJudge};
pub use judges::{netflix_aca, serinus};
pub use limits::{InvalidLimits, Limits};
pub use looks::{
    EarlierLook, InvalidLook, Look, LookDecision, LookJudgement, LookRule, Passing, Place, Plan,
    Progress, Spending, Stop, UnsuitedRule, Watch, Windows,
};
pub use observations::{
    BeforeAfter, Clock, CountPair, CountSeries, Design, InvalidStrata, Observations, Pair,
    Replicas, Sides, Strata, Stratum, UnequalCounts, UnequalGrids, UnequalLengths,
};
pub use release::{
    Direction, Evidence, GroupWeights, InvalidThresholds, InvalidWeight, Metric, OnNoData, Release,
    Reservation, Rules, Side, Thresholds,
};
pub use scorecard::{
    Counted, Doubt, GroupScore, Interval, MetricResult, Outcome, Scorecard, Verdict,
};
pub use stats::Summary;
pub use test_name::{Test, UnknownTest};
pub use wording::TOLD_PERCENT;
