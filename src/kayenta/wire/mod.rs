//! Kayenta's JSON, as its clients write and read it.
//!
//! What is written leaves out what is not there, as Kayenta does, and never a list, map or text that is empty. What is read
//! ignores fields that are not known. Controls and experiments are baselines and canaries; these names live only here.

mod config;
mod judge_request;
mod judge_result;
mod metric_sets;
mod number;
mod request;
mod standalone;
mod status;

pub(in crate::kayenta) use config::{BOOKKEEPING, Classifier, Config, Judge, Metric};
pub use judge_request::CanaryJudgeRequest;
pub use judge_result::{
    CanaryJudgeResult, GroupScore, MetricJudgement, ResultMetadata, Score, ScoreLabel,
    SideMetadata, Stats,
};
pub use metric_sets::{MetricSet, MetricSetPair, PairScope, Sides};
pub use number::Double;
pub use request::{
    CanaryAdhocExecutionRequest, CanaryExecutionRequest, CanaryScope, CanaryScopePair,
    ScoreThresholds,
};
pub use standalone::{
    StandaloneAdhocRequest, StandaloneExecution, StandaloneRequest, StandaloneResult,
    StandaloneScope, StandaloneStage, StandaloneStatus,
};
pub use status::{
    CanaryExecutionStatus, CanaryResult, ExceptionDetails, ExecutionException, ExecutionStatus,
};
