//! The short answer about a run: the same on every surface, with no key ever absent or null.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serinus_judge::Verdict;
use utoipa::ToSchema;

use super::{Look, Run, RunState};

/// What a pipeline needs to know about a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// The run.
    pub id: String,
    /// The application that is released.
    pub application: String,
    /// The config's name.
    pub config: String,
    /// Where the run stands.
    pub state: SummaryState,
    /// What was found.
    pub verdict: SummaryVerdict,
    /// 0 to 100; 0 as long as `scored` is false.
    pub score: f64,
    /// Whether there is a score.
    pub scored: bool,
    /// What the pipeline should do.
    pub action: Action,
    /// Why, in one sentence; while the run goes on, how far it has come.
    pub reason: String,
    /// How far the run has come, in a few words.
    pub progress: String,
    /// Where a person can read more.
    pub report_url: String,
    /// Where this summary is read anew.
    pub status_url: String,
    /// Where a `POST` ends the run.
    pub cancel_url: String,
    /// When it pays to ask again; 0 once the run has ended.
    pub retry_after_seconds: u64,
}

/// A run's state on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SummaryState {
    /// Waiting for its data to be complete.
    Queued,
    /// Fetching or judging.
    Running,
    /// Ended with a scorecard, whatever its verdict.
    Succeeded,
    /// Ended without a scorecard.
    Failed,
    /// Ended by its caller.
    Cancelled,
}

impl SummaryState {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether the run has ended.
    pub fn is_final(self) -> bool {
        match self {
            Self::Queued | Self::Running => false,
            Self::Succeeded | Self::Failed | Self::Cancelled => true,
        }
    }
}

/// A run's verdict on the wire: the judge's, or why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SummaryVerdict {
    /// The run has not ended.
    Pending,
    /// The canary is as good as its baseline.
    Pass,
    /// Between pass and fail.
    Marginal,
    /// The canary is worse.
    Fail,
    /// It could not be decided.
    Inconclusive,
    /// The run failed or was cancelled.
    Error,
}

impl SummaryVerdict {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Pass => "pass",
            Self::Marginal => "marginal",
            Self::Fail => "fail",
            Self::Inconclusive => "inconclusive",
            Self::Error => "error",
        }
    }
}

impl From<Verdict> for SummaryVerdict {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Pass => Self::Pass,
            Verdict::Marginal => Self::Marginal,
            Verdict::Fail => Self::Fail,
            Verdict::Inconclusive => Self::Inconclusive,
        }
    }
}

/// What a pipeline should do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Go on.
    Promote,
    /// Stay, and let a person decide or analyse again.
    Hold,
    /// Go back.
    Rollback,
    /// Ask again later.
    Wait,
}

impl From<SummaryVerdict> for Action {
    fn from(verdict: SummaryVerdict) -> Self {
        match verdict {
            SummaryVerdict::Pending => Self::Wait,
            SummaryVerdict::Pass => Self::Promote,
            SummaryVerdict::Marginal | SummaryVerdict::Inconclusive | SummaryVerdict::Error => {
                Self::Hold
            }
            SummaryVerdict::Fail => Self::Rollback,
        }
    }
}

impl Summary {
    /// The summary of `run` as of `now`; `base` is the address the service is reached at, without a slash at its end.
    pub fn of(run: &Run, now: Timestamp, base: &str) -> Self {
        let (state, verdict, reason, retry_after_seconds) = match &run.state {
            RunState::Queued { ready_at } => {
                let wait = ready_at.duration_since(now).as_secs().clamp(1, 60);
                let (state, reason) = match run.looks.last() {
                    None => (
                        SummaryState::Queued,
                        format!(
                            "waiting for the data to be complete at {}",
                            for_people(*ready_at)
                        ),
                    ),
                    Some(look) => (SummaryState::Running, between_looks(run, look, *ready_at)),
                };
                (state, SummaryVerdict::Pending, reason, wait.unsigned_abs())
            }
            RunState::Running(progress) => (
                SummaryState::Running,
                SummaryVerdict::Pending,
                progress.to_string(),
                1,
            ),
            RunState::Succeeded(decided) => (
                SummaryState::Succeeded,
                decided.verdict.into(),
                decided.reason.clone(),
                0,
            ),
            RunState::Failed { reason, .. } => (
                SummaryState::Failed,
                SummaryVerdict::Error,
                reason.clone(),
                0,
            ),
            RunState::Cancelled => (
                SummaryState::Cancelled,
                SummaryVerdict::Error,
                "the run was cancelled".to_owned(),
                0,
            ),
        };
        let score = match &run.state {
            RunState::Succeeded(decided) => decided.score_to_act_on(),
            RunState::Queued { .. }
            | RunState::Running(_)
            | RunState::Failed { .. }
            | RunState::Cancelled => None,
        };
        Self {
            id: run.id.to_string(),
            application: run.application().to_owned(),
            config: run.config.name.clone(),
            state,
            verdict,
            score: score.unwrap_or_default(),
            scored: score.is_some(),
            action: verdict.into(),
            reason,
            progress: progress(run),
            report_url: format!("{base}/ui/analyses/{}", run.id),
            status_url: format!("{base}/api/v1/analyses/{}", run.id),
            cancel_url: format!("{base}/api/v1/analyses/{}/cancel", run.id),
            retry_after_seconds,
        }
    }
}

/// Where a run stands between two of its looks.
fn between_looks(run: &Run, look: &Look, ready_at: Timestamp) -> String {
    let Look { number, found, .. } = look;
    let planned = run.request.looks_planned();
    let reason = &found.reason;
    let due = for_people(ready_at);
    format!("look {number} of {planned}: {reason}; the next one is due at {due}")
}

/// A time in a sentence, as pages show it.
fn for_people(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// How far a run has come: its looks where there are several, and what is done for the one under way.
fn progress(run: &Run) -> String {
    let planned = run.request.looks_planned();
    let (done, next) = (run.looks.len(), run.next_look());
    match &run.state {
        RunState::Queued { .. } if done == 0 => "waiting for data".to_owned(),
        RunState::Queued { .. } => format!("{done} of {planned} looks"),
        RunState::Running(progress) if planned == 1 => progress.to_string(),
        RunState::Running(progress) => format!("look {next} of {planned}: {progress}"),
        RunState::Succeeded(_) | RunState::Failed { .. } => "ended".to_owned(),
        RunState::Cancelled => "cancelled".to_owned(),
    }
}
