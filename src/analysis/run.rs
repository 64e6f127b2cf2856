//! A run: one analysis from its request to its last scorecard.

use std::{collections::BTreeMap, fmt, str::FromStr, sync::Arc};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serinus_judge::{Doubt, EarlierLook, LookDecision, MetricResult, Outcome, Side, Verdict};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{AnalysisRequest, ConfigIdentity, Origin, Scorecard};
use crate::telemetry::TraceParent;

/// Identifies a run; sorts by creation time.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
pub struct RunId(Uuid);

impl RunId {
    /// A new id.
    #[expect(clippy::new_without_default, reason = "every call gives another id")]
    pub fn new() -> Self {
        Self(Uuid::now_v7())
    }

    /// As a number, in the order of creation.
    pub fn as_u128(self) -> u128 {
        self.0.as_u128()
    }

    /// The id that is this number.
    pub fn from_u128(number: u128) -> Self {
        Self(Uuid::from_u128(number))
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for RunId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        text.parse().map(Self)
    }
}

/// A run and where it stands: all that a worker needs to carry it on, wherever it began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// When it was asked for; relative windows count from here.
    pub created_at: Timestamp,
    /// What was asked for, its window fixed.
    pub request: Arc<AnalysisRequest>,
    /// The config in use; the store keeps its text by this digest.
    pub config: ConfigIdentity,
    /// Through which API it was asked for.
    #[serde(default, skip_serializing_if = "Origin::is_native")]
    pub origin: Origin,
    /// The caller's own name for it, if there is one.
    pub key: Option<RunKey>,
    /// When it is too late to carry it on: whoever asked for it has long given up.
    pub deadline: Timestamp,
    /// The accounts that are asked, for limits per account.
    pub accounts: Vec<String>,
    /// Where in a trace it was asked for, so that its looks continue there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<TraceParent>,
    /// The looks that have ended, in order.
    pub looks: Vec<Look>,
    /// Where it stands.
    pub state: RunState,
    /// When it ended, if it has; runs of earlier versions do not know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

impl Run {
    /// Ends the run.
    pub fn end(&mut self, state: RunState) {
        self.state = state;
        self.ended_at = Some(Timestamp::now());
    }

    /// The application that is released.
    pub fn application(&self) -> &str {
        self.request.application.as_str()
    }

    /// The request's labels.
    pub fn labels(&self) -> &BTreeMap<String, String> {
        &self.request.labels
    }

    /// The number of the look that comes next, from 1.
    pub fn next_look(&self) -> u32 {
        self.looks.last().map_or(1, |look| look.number + 1)
    }
}

/// A caller's own name for a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunKey {
    /// The name.
    pub name: String,
    /// Which run under this name it is, from 1; a later attempt takes the name over.
    pub attempt: u32,
}

/// A judgement inside a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Look {
    /// Which look it is, from 1.
    pub number: u32,
    /// When it was judged.
    #[schema(value_type = String, format = DateTime)]
    pub judged_at: Timestamp,
    /// What the look found; unless the run ends with it, not yet what the run finds.
    #[serde(flatten)]
    pub found: Decided,
    /// Whether the run ended with it.
    pub decision: LookDecision,
    /// Metrics of which nothing can be said, not even how far off they may be: their samples or too much of them are missing.
    pub unseen: Vec<String>,
    /// Metrics that are worse, or that a single look would call so; null if the look has no scorecard.
    #[schema(required)]
    #[serde(default)]
    pub worse: Option<Vec<String>>,
    /// What later looks have to know of it; nothing if it has no scorecard.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schema(ignore)]
    pub record: Option<EarlierLook>,
}

/// What a scorecard says in short.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Decided {
    /// The verdict.
    pub verdict: Verdict,
    /// 0 to 100; 0 if `scored` is false.
    pub score: f64,
    /// Whether there is a score.
    pub scored: bool,
    /// Why, in one sentence.
    pub reason: String,
    /// How many metrics did not pass.
    #[serde(default)]
    pub tally: Tally,
}

/// How many metrics of a scorecard did not pass; muted ones are no part of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Tally {
    /// They are beyond what is allowed.
    pub failed: usize,
    /// They have no data, too little, or an error.
    pub undecided: usize,
}

impl Tally {
    fn of(metrics: &[MetricResult]) -> Self {
        let mut tally = Self::default();
        for metric in metrics.iter().filter(|metric| !metric.muted) {
            match metric.outcome {
                Outcome::Pass => {}
                Outcome::High | Outcome::Low => tally.failed += 1,
                Outcome::Nodata | Outcome::Inconclusive | Outcome::Error => tally.undecided += 1,
            }
        }
        tally
    }
}

impl Decided {
    /// The score for those who look at nothing else. What could be decided of an inconclusive release may have gone well, which
    /// must not be taken for a pass.
    pub fn score_to_act_on(&self) -> Option<f64> {
        (self.scored && self.verdict != Verdict::Inconclusive).then_some(self.score)
    }
}

impl Look {
    /// Whether it compared every metric and none was worse, and only how sure that is was left open. Of a look at nothing that
    /// cannot be said.
    pub fn found_nothing_worse(&self) -> bool {
        self.found.tally.undecided > 0
            && self.unseen.is_empty()
            && self.worse.as_ref().is_some_and(Vec::is_empty)
    }
}

/// The metrics of which nothing can be said, not even how far off they may be.
pub fn unseen(scorecard: &Scorecard) -> Vec<String> {
    counting(scorecard, |metric| match metric.outcome {
        Outcome::Pass | Outcome::High | Outcome::Low => false,
        Outcome::Inconclusive => metric.doubt.is_none(),
        Outcome::Nodata | Outcome::Error => true,
    })
}

/// The metrics that are worse, or that a single look would call so.
pub fn worse(scorecard: &Scorecard) -> Vec<String> {
    counting(scorecard, |metric| match metric.outcome {
        Outcome::High | Outcome::Low => true,
        Outcome::Inconclusive => metric.doubt == Some(Doubt::Suspected),
        Outcome::Pass | Outcome::Nodata | Outcome::Error => false,
    })
}

/// The names of the metrics of which this is so; what is muted counts for nothing.
fn counting(scorecard: &Scorecard, so: impl Fn(&MetricResult) -> bool) -> Vec<String> {
    let metrics = scorecard.decision.metrics.iter();
    let counting = metrics.filter(|metric| !metric.muted && so(metric));
    counting.map(|metric| metric.name.clone()).collect()
}

impl From<&Scorecard> for Decided {
    fn from(scorecard: &Scorecard) -> Self {
        let decision = &scorecard.decision;
        Self {
            verdict: decision.verdict,
            score: decision.score,
            scored: decision.scored,
            reason: decision.reason.clone(),
            tally: Tally::of(&decision.metrics),
        }
    }
}

/// Where a run stands. A run that ends in `fail` has *succeeded*: the analysis did what it was asked to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RunState {
    /// Waiting for the data of its next look to be complete.
    #[serde(rename_all = "camelCase")]
    Queued {
        /// When that will be.
        ready_at: Timestamp,
    },
    /// A worker fetches or judges. Never kept: a worker that dies leaves a run that is queued.
    #[serde(skip)]
    Running(Progress),
    /// Ended with a scorecard.
    Succeeded(Decided),
    /// Ended without one.
    Failed {
        /// Why, as a sentence.
        reason: String,
        /// In what.
        #[serde(default)]
        during: FailedDuring,
    },
    /// Ended by its caller.
    Cancelled,
}

/// What a run failed in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FailedDuring {
    /// Before anything was asked.
    #[default]
    Planning,
    /// Queries of these sides had no answer: the places of their metrics in the config.
    Fetching(Vec<(usize, Side)>),
    /// All was answered.
    Judging,
}

impl RunState {
    /// Whether the run has ended; an ended run never changes again.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Queued { .. } | Self::Running(_) => false,
            Self::Succeeded(_) | Self::Failed { .. } | Self::Cancelled => true,
        }
    }

    /// How the run ended, in one word; `pending` if it has not.
    pub fn verdict(&self) -> &'static str {
        match self {
            Self::Succeeded(decided) => decided.verdict.as_str(),
            Self::Failed { .. } => "error",
            Self::Cancelled => "cancelled",
            Self::Queued { .. } | Self::Running(_) => "pending",
        }
    }
}

/// How far a look has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Queries answered.
    pub answered: usize,
    /// Queries in all.
    pub queries: usize,
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { answered, queries } = self;
        if answered < queries {
            write!(f, "{answered} of {queries} queries are answered")
        } else {
            write!(f, "all {queries} queries are answered; judging")
        }
    }
}
