//! Progressive rollouts: a canary that takes a growing share of the traffic, judged at every stage.
//!
//! The pipeline shifts the traffic and reports each stage live; the service judges the stage as one run and recommends what to
//! do next. A rollout is a plan and the record of what happened; where it stands follows from these and from the run of its
//! stage, so nothing has to be carried on for it between two reports.

mod book;
mod decide;
mod error;
mod found;
mod keeping;
mod live;
mod membership;
mod reading;
mod record;
mod request;
mod since;
mod stage;
mod standing;

pub use book::{Book, Told};
pub use decide::Choice;
pub use error::RolloutError;
pub use found::Found;
pub use membership::Membership;
pub use request::{Approval, RolloutRequest, StageRequest, Undecided};
pub use standing::{RolloutState, Standing};

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    analysis::{Action, RunId},
    canary_config::CanaryConfig,
};

/// Identifies a rollout; sorts by creation time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct RolloutId(Uuid);

impl RolloutId {
    /// A new id.
    #[expect(clippy::new_without_default, reason = "every call gives another id")]
    pub fn new() -> Self {
        Self(Uuid::now_v7())
    }
}

impl fmt::Display for RolloutId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for RolloutId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        text.parse().map(Self)
    }
}

/// A rollout: its plan and its record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rollout {
    /// Its id.
    pub id: RolloutId,
    /// When it was asked for: before this the old version had all traffic.
    pub created_at: Timestamp,
    /// What was asked for.
    pub request: RolloutRequest,
    /// The caller's own name for it, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The config as it was then, whatever becomes of its name.
    pub config: CanaryConfig,
    /// What happened, in order.
    pub record: Vec<Entry>,
}

/// Something that happened in a rollout.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub what: Event,
}

/// What can happen in a rollout.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(
    tag = "event",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
pub enum Event {
    /// The pipeline reported that the canary has the traffic of a stage.
    Live {
        /// Which stage, from 1.
        stage: usize,
        /// Since when.
        #[schema(value_type = String, format = DateTime)]
        since: Timestamp,
        /// The run that judges it.
        run: RunId,
    },
    /// The run that judges a stage was seen to have ended.
    Judged {
        /// Which stage, from 1.
        stage: usize,
        /// The run.
        run: RunId,
        /// How it ended.
        found: Found,
        /// Why, in a sentence.
        reason: String,
    },
    /// A person decided.
    Decided {
        /// The stage that was live last, from 1; 0 before the first.
        #[serde(default)]
        stage: usize,
        /// What to do.
        action: Decision,
        /// Who, as the caller says.
        by: String,
        /// Why.
        reason: String,
        /// The name of the token with which it was decided; `anyone` where none is asked for.
        #[serde(default)]
        who: String,
    },
}

/// What a person can decide, with or against the recommendation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// Go on to the next stage.
    Promote,
    /// Stay.
    Hold,
    /// Go back; ends the rollout.
    Rollback,
}

impl From<Decision> for Action {
    fn from(decision: Decision) -> Self {
        match decision {
            Decision::Promote => Self::Promote,
            Decision::Hold => Self::Hold,
            Decision::Rollback => Self::Rollback,
        }
    }
}
