//! How the run of a stage ended, as far as a rollout asks: runs are forgotten sooner than the rollouts they are of.

use serde::{Deserialize, Serialize};
use serinus_judge::Verdict;
use utoipa::ToSchema;

use crate::analysis::{Run, RunState};

/// How the run of a stage ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Found {
    /// The canary is good.
    Pass,
    /// Somebody should look.
    Marginal,
    /// The canary is worse.
    Fail,
    /// Undecided, but every metric was compared and none was worse.
    NothingWorse,
    /// Undecided, with something missing or suspected.
    Inconclusive,
    /// It could not be judged.
    Error,
    /// The run was ended before.
    Cancelled,
}

impl Found {
    /// How a run ended, and why in a sentence; `None` if it goes on.
    pub(super) fn of(run: &Run) -> Option<(Self, String)> {
        match &run.state {
            RunState::Queued { .. } | RunState::Running(_) => None,
            RunState::Failed { reason, .. } => Some((Self::Error, reason.clone())),
            RunState::Cancelled => Some((Self::Cancelled, "its run was cancelled".to_owned())),
            RunState::Succeeded(decided) => {
                let last = run.looks.last();
                let found = match decided.verdict {
                    Verdict::Pass => Self::Pass,
                    Verdict::Marginal => Self::Marginal,
                    Verdict::Fail => Self::Fail,
                    Verdict::Inconclusive
                        if last.is_some_and(|look| look.found_nothing_worse()) =>
                    {
                        Self::NothingWorse
                    }
                    Verdict::Inconclusive => Self::Inconclusive,
                };
                Some((found, decided.reason.clone()))
            }
        }
    }
}
