//! The application core: from a request to a scorecard, without any HTTP type.
//!
//! `request` -> [`plan()`] (pure) -> [`fetch()`] -> `align` (pure) -> judge -> [`Scorecard`].

mod accounts;
mod align;
mod fetch;
mod grid;
mod judgement;
mod plan;
mod request;
mod run;
mod scorecard;
mod simulated;
mod summary;

pub use accounts::{Account, Accounts, ConnectError};
pub use fetch::{FetchError, FetchLimits, Fetched, fetch};
pub use grid::{Grid, MAX_POINTS};
pub use judgement::{JudgementRequest, SamplePair, SideSamples, TimedSample, judge_samples};
pub use plan::{Plan, PlanContext, PlannedMetric, PlannedQuery, plan};
pub use request::{
    AnalysisRequest, ConfigRef, Scope, ScopePair, ThresholdsRequest, WindowRequest, WindowSpan,
};
pub use run::{Progress, Run, RunId, RunState};
pub use scorecard::{
    Comparison, ConfigIdentity, MetricEvidence, Scorecard, SideEvidence, Timings, judge_fetched,
};
pub use serinus_judge::Side;
pub use summary::{Action, Summary, SummaryState, SummaryVerdict};
