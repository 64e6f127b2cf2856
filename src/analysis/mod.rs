//! The application core: from a request to a scorecard, without any HTTP type.
//!
//! `request` -> [`plan()`] (pure) -> [`fetch()`] -> `arrange` (pure) -> judge -> [`Scorecard`].

mod accounts;
mod align;
mod arrange;
mod arrays;
mod bounded;
mod callback;
mod case;
mod delivery;
mod evidence;
mod fetch;
mod gather;
mod grid;
mod health;
mod judgement;
mod kept;
mod links;
mod looks;
mod origin;
mod plan;
mod rejudge;
mod request;
mod run;
mod scorecard;
mod simulated;
mod stored;
mod summary;
mod tolerance;
mod work;

pub use accounts::{Account, Accounts, ConnectError};
pub use arrays::{Array, ArrayPair, case_of_arrays};
pub use callback::{
    CallbackRequest, CallbackUrl, CallbackUrlError, EventKind, MessageFormat, ReceiverForm, Target,
};
pub use case::{Case, Sitting, Unfit};
pub use delivery::{Attempt, AttemptResult, Delivery, DeliveryId, DeliveryState, Event};
pub use evidence::{
    Comparison, CountEvidence, MetricEvidence, SeriesEvidence, SideEvidence, WindowEvidence,
};
pub(crate) use fetch::try_again;
pub use fetch::{
    Answered, FetchError, FetchErrorKind, FetchLimits, Fetched, FetchedQuery, fetch, fetch_alone,
};
pub use grid::{Grid, MAX_POINTS};
pub use health::Failing;
pub use judgement::{
    JudgementRequest, SamplePair, SideSamples, TimedSample, case_of_samples, judge_samples,
};
pub use links::{ScorecardLinks, WebLink, WebLinkError};
pub use looks::{LooksRequest, RuleName};
pub use origin::{ExecutionKind, KayentaOrigin, Origin};
pub(crate) use plan::MAX_SAMPLES;
pub use plan::{
    Arrangement, Plan, PlanContext, PlannedMetric, PlannedQuery, Role, SingleQuery, plan,
    plan_resolved,
};
pub use rejudge::{Otherwise, Record};
pub use request::{
    AnalysisRequest, ConfigRef, Scope, ScopePair, ThresholdsRequest, WindowRequest, WindowSpan,
};
pub use run::{
    Decided, FailedDuring, Look, Progress, Run, RunId, RunKey, RunState, Tally, unseen, worse,
};
pub use scorecard::{ConfigIdentity, Looked, Scorecard, Timings};
pub use serinus_judge::Side;
pub use stored::fits;
pub use summary::{Action, Summary, SummaryState, SummaryVerdict};
pub use tolerance::Tolerance;
