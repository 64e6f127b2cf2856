//! Where a rollout stands: what follows from its record and the run of its stage.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serinus_judge::Verdict;
use utoipa::ToSchema;

use super::{Approval, Decision, Event, Rollout, StageRequest, Undecided};
use crate::analysis::{Action, Look, Run, RunId, RunState};

/// Where a rollout stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// In a word.
    pub state: RolloutState,
    /// The stage it is about, from 1: the one to go to, the one that is judged, or the last that was.
    pub stage: usize,
    /// The share of the traffic that the canary should have now.
    pub weight: f64,
    /// What the pipeline should do.
    pub action: Action,
    /// Why, in one sentence.
    pub reason: String,
}

/// Where a rollout stands, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RolloutState {
    /// The pipeline is to shift the traffic of a stage, and to report it live.
    Shifting,
    /// A stage is watched.
    Watching,
    /// A person has to decide.
    Held,
    /// The canary has passed its last stage.
    Completed,
    /// The canary has failed a stage, and the pipeline is to take its traffic away.
    Failed,
    /// A person decided to go back; the rollout has ended.
    RolledBack,
}

impl RolloutState {
    /// Whether nothing more will happen.
    pub fn is_final(self) -> bool {
        match self {
            Self::Completed | Self::RolledBack => true,
            Self::Shifting | Self::Watching | Self::Held | Self::Failed => false,
        }
    }
}

/// What the record alone says.
enum Recorded<'a> {
    /// The pipeline is to shift the traffic of this stage.
    Next { stage: usize, why: String },
    /// This stage was reported live, and nobody has decided since.
    Live { stage: usize },
    /// A person decided to stay at this stage, or to go back.
    Stay {
        stage: usize,
        by: &'a str,
        reason: &'a str,
    },
    /// A person decided to go back.
    Back {
        stage: usize,
        by: &'a str,
        reason: &'a str,
    },
    /// A person let the last stage pass.
    Done { stage: usize, why: String },
}

impl Rollout {
    /// The run of the stage that was reported live last.
    pub fn last_run(&self) -> Option<RunId> {
        self.record.iter().rev().find_map(|entry| match entry.what {
            Event::Live { run, .. } => Some(run),
            Event::Decided { .. } => None,
        })
    }

    /// The run that judged a stage last.
    pub fn run_of(&self, stage: usize) -> Option<RunId> {
        self.record.iter().rev().find_map(|entry| match entry.what {
            Event::Live {
                stage: live, run, ..
            } => (live == stage).then_some(run),
            Event::Decided { .. } => None,
        })
    }

    /// The stage that a run judges.
    pub(super) fn stage_of(&self, judge: RunId) -> Option<usize> {
        self.record.iter().find_map(|entry| match entry.what {
            Event::Live { stage, run, .. } => (run == judge).then_some(stage),
            Event::Decided { .. } => None,
        })
    }

    /// When the canary first got traffic.
    pub(super) fn began(&self) -> Option<Timestamp> {
        self.record.iter().find_map(|entry| match entry.what {
            Event::Live { since, .. } => Some(since),
            Event::Decided { .. } => None,
        })
    }

    /// Where the rollout stands, given the run of [`last_run`](Self::last_run).
    pub fn standing(&self, run: Option<&Run>) -> Standing {
        let weight = |stage: usize| self.weight(stage);
        let standing = |state, stage, weight: f64, action, reason| Standing {
            state,
            stage,
            weight,
            action,
            reason,
        };
        match self.recorded() {
            Recorded::Next { stage, why } => self.next(stage, &why),
            Recorded::Done { stage, why } => standing(
                RolloutState::Completed,
                stage,
                weight(stage),
                Action::Promote,
                why,
            ),
            Recorded::Stay { stage, by, reason } => standing(
                RolloutState::Held,
                stage,
                weight(stage),
                Action::Hold,
                format!("{by} decided to stay: {reason}"),
            ),
            Recorded::Back { stage, by, reason } => standing(
                RolloutState::RolledBack,
                stage,
                0.0,
                Action::Rollback,
                format!("{by} decided to go back: {reason}"),
            ),
            Recorded::Live { stage } => self.judged(stage, run),
        }
    }

    /// What the run of a stage means for the rollout, whatever has happened since.
    pub fn after(&self, stage: usize, run: &Run) -> Standing {
        self.judged(stage, Some(run))
    }

    fn judged(&self, stage: usize, run: Option<&Run>) -> Standing {
        let of = self.request.stages.len();
        let at = |state, action, reason: &str| Standing {
            state,
            stage,
            weight: if action == Action::Rollback {
                0.0
            } else {
                self.weight(stage)
            },
            action,
            reason: format!("stage {stage} of {of}: {reason}"),
        };
        let Some(run) = run else {
            return at(
                RolloutState::Held,
                Action::Hold,
                "its run is no longer known; report the stage live again, or decide",
            );
        };
        let decided = match &run.state {
            RunState::Succeeded(decided) => decided,
            RunState::Queued { .. } | RunState::Running(_) => {
                let so_far = run
                    .looks
                    .last()
                    .map_or("it is being watched", |look| look.found.reason.as_str());
                return at(RolloutState::Watching, Action::Wait, so_far);
            }
            RunState::Failed { reason, .. } => return at(RolloutState::Held, Action::Hold, reason),
            RunState::Cancelled => {
                return at(RolloutState::Held, Action::Hold, "its run was cancelled");
            }
        };
        match decided.verdict {
            Verdict::Fail => at(RolloutState::Failed, Action::Rollback, &decided.reason),
            Verdict::Inconclusive if self.proceeds(stage, run) => {
                let undecided =
                    format!("stage {stage} of {of} found nothing worse, if not enough to be sure");
                self.next(stage + 1, &undecided)
            }
            Verdict::Marginal | Verdict::Inconclusive => {
                at(RolloutState::Held, Action::Hold, &decided.reason)
            }
            Verdict::Pass if self.approval(stage) == Approval::Manual => at(
                RolloutState::Held,
                Action::Hold,
                "it passed, and a person has to approve",
            ),
            Verdict::Pass if stage == of => {
                at(RolloutState::Completed, Action::Promote, &decided.reason)
            }
            Verdict::Pass => self.next(stage + 1, &format!("stage {stage} of {of} passed")),
        }
    }

    /// The pipeline is to go to this stage.
    fn next(&self, stage: usize, why: &str) -> Standing {
        let weight = self.weight(stage);
        let percent = weight * 100.0;
        Standing {
            state: RolloutState::Shifting,
            stage,
            weight,
            action: Action::Promote,
            reason: format!(
                "{why}; give the canary {percent} % of the traffic and report stage {stage} live"
            ),
        }
    }

    /// Whether a stage can be reported live while the rollout stands so.
    pub(super) fn expects(&self, stage: usize, standing: &Standing) -> bool {
        match standing.state {
            RolloutState::Shifting => stage == standing.stage,
            // The same stage once more, after what could not be decided.
            RolloutState::Held => stage == standing.stage && self.last_stage() == Some(stage),
            RolloutState::Watching
            | RolloutState::Completed
            | RolloutState::Failed
            | RolloutState::RolledBack => false,
        }
    }

    /// The stage that was reported live last.
    pub(super) fn last_stage(&self) -> Option<usize> {
        self.record.iter().rev().find_map(|entry| match entry.what {
            Event::Live { stage, .. } => Some(stage),
            Event::Decided { .. } => None,
        })
    }

    /// Whether the rollout goes on after a stage that ended undecided.
    fn proceeds(&self, stage: usize, run: &Run) -> bool {
        let seen = |look: &Look| {
            let failed = look
                .record
                .as_ref()
                .is_none_or(|record| !record.failed.is_empty());
            look.unseen.is_empty() && !failed
        };
        let asked = self
            .stage(stage)
            .map(|stage| (stage.undecided, stage.approval));
        asked == Some((Undecided::Proceed, Approval::Automatic))
            && stage < self.request.stages.len()
            && run.looks.last().is_some_and(seen)
    }

    fn stage(&self, stage: usize) -> Option<&StageRequest> {
        self.request.stages.get(stage.checked_sub(1)?)
    }

    fn weight(&self, stage: usize) -> f64 {
        self.stage(stage).map_or(0.0, |stage| stage.weight.get())
    }

    fn approval(&self, stage: usize) -> Approval {
        self.stage(stage)
            .map(|stage| stage.approval)
            .unwrap_or_default()
    }

    fn recorded(&self) -> Recorded<'_> {
        let mut at = Recorded::Next {
            stage: 1,
            why: "the rollout begins".to_owned(),
        };
        let mut live = 0;
        for entry in &self.record {
            at = match &entry.what {
                Event::Live { stage, .. } => {
                    live = *stage;
                    Recorded::Live { stage: *stage }
                }
                Event::Decided {
                    action: Decision::Promote,
                    by,
                    reason,
                } => {
                    let why = format!("{by} decided to go on: {reason}");
                    if live == self.request.stages.len() {
                        Recorded::Done { stage: live, why }
                    } else {
                        Recorded::Next {
                            stage: live + 1,
                            why,
                        }
                    }
                }
                Event::Decided {
                    action: Decision::Hold,
                    by,
                    reason,
                } => Recorded::Stay {
                    stage: live.max(1),
                    by,
                    reason,
                },
                Event::Decided {
                    action: Decision::Rollback,
                    by,
                    reason,
                } => Recorded::Back {
                    stage: live.max(1),
                    by,
                    reason,
                },
            };
        }
        at
    }
}
