//! A run: one analysis from its request to its scorecard.

use std::{collections::BTreeMap, fmt, str::FromStr, sync::Arc};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{ConfigIdentity, Scorecard};

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

/// A run and where it stands.
#[derive(Debug, Clone)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// The application that is released.
    pub application: String,
    /// The config in use.
    pub config: ConfigIdentity,
    /// The request's labels.
    pub labels: BTreeMap<String, String>,
    /// Where it stands.
    pub state: RunState,
}

/// Where a run stands. A run that ends in `fail` has *succeeded*: the analysis did what it was asked to.
#[derive(Debug, Clone)]
pub enum RunState {
    /// Waiting for its data to be complete.
    Queued {
        /// When that will be.
        ready_at: Timestamp,
    },
    /// Fetching or judging.
    Running(Progress),
    /// Ended with a scorecard.
    Succeeded(Arc<Scorecard>),
    /// Ended without one.
    Failed {
        /// Why, as a sentence.
        reason: String,
    },
    /// Ended by its caller.
    Cancelled,
}

impl RunState {
    /// Whether the run has ended; an ended run never changes again.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Queued { .. } | Self::Running(_) => false,
            Self::Succeeded(_) | Self::Failed { .. } | Self::Cancelled => true,
        }
    }
}

/// How far a run has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
