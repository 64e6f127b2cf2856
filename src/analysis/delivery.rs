//! Messages about a run, kept until they are delivered.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{CallbackRequest, EventKind, Run, RunId, RunState, SummaryVerdict, Target};

/// Something that has happened to a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Event {
    /// The run was taken in.
    AnalysisStarted,
    /// The run has ended.
    AnalysisEnded,
    /// The look of this number has ended, and the run goes on.
    LookEnded(u32),
}

impl Event {
    /// What a change led to and what was found, told from the run as it stands after it: each change that is committed ends
    /// a look or the run.
    fn last_of(run: &Run) -> Option<(Self, SummaryVerdict)> {
        match (&run.state, run.looks.last()) {
            (RunState::Succeeded(decided), _) => {
                Some((Self::AnalysisEnded, decided.verdict.into()))
            }
            (RunState::Failed { .. } | RunState::Cancelled, _) => {
                Some((Self::AnalysisEnded, SummaryVerdict::Error))
            }
            (RunState::Queued { .. } | RunState::Running(_), Some(look)) => {
                let verdict = look.found.verdict.into();
                Some((Self::LookEnded(look.number), verdict))
            }
            (RunState::Queued { .. } | RunState::Running(_), None) => None,
        }
    }

    /// The kind of event.
    pub fn kind(self) -> EventKind {
        match self {
            Self::AnalysisStarted => EventKind::AnalysisStarted,
            Self::AnalysisEnded => EventKind::AnalysisEnded,
            Self::LookEnded(_) => EventKind::LookEnded,
        }
    }
}

/// Identifies a delivery, and its message to whoever receives it; sorts by creation time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DeliveryId(Uuid);

impl DeliveryId {
    /// A new id.
    #[expect(clippy::new_without_default, reason = "every call gives another id")]
    pub fn new() -> Self {
        Self(Uuid::now_v7())
    }

    /// As a number, in the order of creation.
    pub fn as_u128(self) -> u128 {
        self.0.as_u128()
    }
}

impl fmt::Display for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "msg_{}", self.0.simple())
    }
}

/// One message to one receiver, and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// Its id, the same for all attempts.
    pub id: DeliveryId,
    /// The run that it is about.
    pub run: RunId,
    /// What has happened.
    pub event: Event,
    /// When it has happened.
    pub happened_at: Timestamp,
    /// Who is told.
    pub to: Target,
    /// The attempts so far, in order.
    pub attempts: Vec<Attempt>,
    /// Where it stands.
    pub state: DeliveryState,
}

/// Where a delivery stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DeliveryState {
    /// To be attempted at this time.
    Due(Timestamp),
    /// The receiver has taken it.
    Delivered,
    /// It will not be attempted again, for this reason.
    GivenUp(String),
}

/// One attempt to deliver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// When it began.
    pub at: Timestamp,
    /// How long it took.
    pub took: SignedDuration,
    /// What came of it.
    pub result: AttemptResult,
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AttemptResult {
    /// The receiver answered with this HTTP status.
    Answered(u16),
    /// There was no answer, for this reason.
    Failed(String),
}

impl Delivery {
    /// The messages that a change of a run leads to, told from the run as it stands after it. A store keeps them in the
    /// same transaction as the change.
    pub fn all_of(run: &Run, now: Timestamp) -> Vec<Self> {
        Event::last_of(run).map_or_else(Vec::new, |(event, verdict)| {
            Self::about(run, event, verdict, now)
        })
    }

    /// The messages that taking in a run leads to, kept by a store likewise.
    pub fn all_of_new(run: &Run, now: Timestamp) -> Vec<Self> {
        Self::about(run, Event::AnalysisStarted, SummaryVerdict::Pending, now)
    }

    fn about(run: &Run, event: Event, verdict: SummaryVerdict, now: Timestamp) -> Vec<Self> {
        let callbacks = run.request.callbacks.iter();
        let wanted = callbacks
            .filter(|callback| callback.wants(event.kind(), verdict))
            .filter_map(CallbackRequest::target);
        let mut told: Vec<Target> = Vec::new();
        for to in wanted {
            // The request and the settings may both name somebody.
            if !told.contains(&to) {
                told.push(to);
            }
        }
        told.into_iter()
            .map(|to| Self {
                id: DeliveryId::new(),
                run: run.id,
                event,
                happened_at: now,
                to,
                attempts: Vec::new(),
                state: DeliveryState::Due(now),
            })
            .collect()
    }

    /// When it is due; `None` if it has ended.
    pub fn due(&self) -> Option<Timestamp> {
        match self.state {
            DeliveryState::Due(at) => Some(at),
            DeliveryState::Delivered | DeliveryState::GivenUp(_) => None,
        }
    }

    /// Whether this is what an attempt makes of `before`: of two that were made of the same, only one may be kept.
    pub fn follows(&self, before: &Self) -> bool {
        before.due().is_some() && self.attempts.len() == before.attempts.len() + 1
    }
}
