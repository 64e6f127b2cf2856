//! Where a rollout stands: what follows from its record and the run of its stage.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Approval, Found, Rollout, StageRequest, Undecided, record::Recorded};
use crate::analysis::{Action, Run};

/// Where a rollout stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// In a word.
    pub state: RolloutState,
    /// The stage it is about, from 1: the one to go to, the one that is judged, or the last that was. 0 where it is held before its first.
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

    /// Whether nobody waits for it any more, though a person may yet decide otherwise about one that failed.
    pub(super) fn is_over(self) -> bool {
        self.is_final() || self == Self::Failed
    }
}

impl Rollout {
    /// Where the rollout stands, given the run of [`last_run`](Self::last_run) if that is known.
    pub fn standing(&self, run: Option<&Run>) -> Standing {
        let of = self.request.stages.len();
        match self.recorded() {
            Recorded::Next { stage, why } => self.next(stage, &why),
            Recorded::Done { stage, why } => {
                self.at(RolloutState::Completed, stage, Action::Promote, why)
            }
            Recorded::Stay { stage, by, reason } => self.at(
                RolloutState::Held,
                stage,
                Action::Hold,
                format!("{by} decided to stay: {reason}"),
            ),
            Recorded::Back { stage, by, reason } => self.at(
                RolloutState::RolledBack,
                stage,
                Action::Rollback,
                format!("{by} decided to go back: {reason}"),
            ),
            Recorded::Judged {
                stage,
                found,
                reason,
            } => self.judged(stage, found, reason),
            Recorded::Live { stage } => match run {
                None => self.at(
                    RolloutState::Held,
                    stage,
                    Action::Hold,
                    format!(
                        "stage {stage} of {of}: its run is no longer known; report the stage live again, or decide"
                    ),
                ),
                Some(run) => self.after(stage, run),
            },
        }
    }

    /// What the run of a stage means for the rollout.
    fn after(&self, stage: usize, run: &Run) -> Standing {
        match Found::of(run) {
            Some((found, reason)) => self.judged(stage, found, &reason),
            None => {
                let of = self.request.stages.len();
                let last = run.looks.last();
                let so_far = last.map_or("it is being watched", |look| look.found.reason.as_str());
                self.at(
                    RolloutState::Watching,
                    stage,
                    Action::Wait,
                    format!("stage {stage} of {of}: {so_far}"),
                )
            }
        }
    }

    fn at(&self, state: RolloutState, stage: usize, action: Action, reason: String) -> Standing {
        let weight = match action {
            Action::Rollback => 0.0,
            Action::Promote | Action::Hold | Action::Wait => self.weight(stage),
        };
        Standing {
            state,
            stage,
            weight,
            action,
            reason,
        }
    }

    /// Where the rollout stands after the run of a stage.
    fn judged(&self, stage: usize, found: Found, reason: &str) -> Standing {
        let of = self.request.stages.len();
        let at = |state, action, reason: &str| {
            self.at(
                state,
                stage,
                action,
                format!("stage {stage} of {of}: {reason}"),
            )
        };
        match found {
            Found::Fail => at(RolloutState::Failed, Action::Rollback, reason),
            Found::NothingWorse if self.proceeds(stage) => {
                let undecided =
                    format!("stage {stage} of {of} found nothing worse, if not enough to be sure");
                self.next(stage + 1, &undecided)
            }
            Found::Marginal
            | Found::NothingWorse
            | Found::Inconclusive
            | Found::Error
            | Found::Cancelled => at(RolloutState::Held, Action::Hold, reason),
            Found::Pass if self.approval(stage) == Approval::Manual => at(
                RolloutState::Held,
                Action::Hold,
                "it passed, and a person has to approve",
            ),
            Found::Pass if stage == of => at(RolloutState::Completed, Action::Promote, reason),
            Found::Pass => self.next(stage + 1, &format!("stage {stage} of {of} passed")),
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
            // The same stage once more, after what could not be decided; or the first, if the pipeline has gone there all the same.
            RolloutState::Held => stage == standing.stage.max(1),
            RolloutState::Watching
            | RolloutState::Completed
            | RolloutState::Failed
            | RolloutState::RolledBack => false,
        }
    }

    /// Whether the rollout goes on after a stage that ended undecided with nothing worse.
    fn proceeds(&self, stage: usize) -> bool {
        let asked = self
            .stage(stage)
            .map(|stage| (stage.undecided, stage.approval));
        asked == Some((Undecided::Proceed, Approval::Automatic))
            && stage < self.request.stages.len()
    }

    /// What was asked for a stage, from 1.
    pub(super) fn stage(&self, stage: usize) -> Option<&StageRequest> {
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        analysis::RunId,
        canary_config::CanaryConfig,
        rollouts::{Decision, Entry, Event, RolloutId, RolloutRequest},
    };

    fn rollout(record: Vec<Event>) -> Rollout {
        let created_at = "2026-01-14T09:00:00Z".parse().unwrap();
        let request: RolloutRequest = serde_json::from_value(serde_json::json!({
            "application": "shop", "config": {"name": "shop"},
            "stages": [
                {"weight": "5%", "duration": "5m", "undecided": "proceed"},
                {"weight": "50%", "duration": "5m", "undecided": "proceed"},
            ],
        }))
        .unwrap();
        let config = include_str!("../../judge-configs/simulated.yaml");
        Rollout {
            id: RolloutId::new(),
            created_at,
            request,
            key: None,
            config: CanaryConfig::parse(config).unwrap(),
            record: (record.into_iter())
                .map(|what| Entry {
                    at: created_at,
                    what,
                })
                .collect(),
        }
    }

    fn live(stage: usize, run: RunId) -> Event {
        Event::Live {
            stage,
            since: "2026-01-14T09:01:00Z".parse().unwrap(),
            run,
        }
    }

    fn judged(stage: usize, run: RunId, found: Found) -> Event {
        Event::Judged {
            stage,
            run,
            found,
            reason: "so it is".to_owned(),
        }
    }

    fn decided(stage: usize, action: Decision) -> Event {
        Event::Decided {
            stage,
            action,
            by: "kim".to_owned(),
            reason: "because".to_owned(),
            who: "kim's".to_owned(),
        }
    }

    fn stands(record: &[Event]) -> (RolloutState, usize, Action) {
        // Its run is forgotten: the record alone has to tell.
        let standing = rollout(record.to_vec()).standing(None);
        (standing.state, standing.stage, standing.action)
    }

    #[test]
    fn a_failure_that_comes_after_a_hold_rolls_back() {
        let run = RunId::new();
        let (hold, failed) = (decided(1, Decision::Hold), judged(1, run, Found::Fail));
        let back = (RolloutState::Failed, 1, Action::Rollback);
        let held = (RolloutState::Held, 1, Action::Hold);
        assert_eq!(stands(&[live(1, run), failed.clone()]), back);
        assert_eq!(
            stands(&[live(1, run), hold.clone(), failed.clone()]),
            back,
            "who stayed did not know of it"
        );
        assert_eq!(
            stands(&[live(1, run), failed, hold.clone()]),
            held,
            "who stayed did so in spite of it"
        );
        for found in [Found::Pass, Found::NothingWorse, Found::Error] {
            let ended = judged(1, run, found);
            assert_eq!(stands(&[live(1, run), hold.clone(), ended]), held);
        }
    }

    #[test]
    fn what_a_stage_came_to_is_known_without_its_run() {
        let run = RunId::new();
        for (stage, found, state, at) in [
            (1, Found::Pass, RolloutState::Shifting, 2),
            (1, Found::NothingWorse, RolloutState::Shifting, 2),
            (1, Found::Inconclusive, RolloutState::Held, 1),
            (2, Found::Pass, RolloutState::Completed, 2),
            // After the last stage nothing comes that could tell more.
            (2, Found::NothingWorse, RolloutState::Held, 2),
        ] {
            let (told, stands_at, _) = stands(&[live(stage, run), judged(stage, run, found)]);
            assert_eq!((told, stands_at), (state, at), "{stage} {found:?}");
        }
        assert_eq!(stands(&[live(1, run)]).0, RolloutState::Held);
    }

    #[test]
    fn a_hold_before_the_first_stage_leaves_both_ways_on() {
        let rollout = rollout(vec![decided(0, Decision::Hold)]);
        let standing = rollout.standing(None);
        assert_eq!((standing.state, standing.stage), (RolloutState::Held, 0));
        assert!(standing.weight == 0.0, "no traffic was shifted yet");
        assert!(rollout.expects(1, &standing) && !rollout.expects(0, &standing));
        let on = [decided(0, Decision::Hold), decided(0, Decision::Promote)];
        assert_eq!(stands(&on), (RolloutState::Shifting, 1, Action::Promote));
    }

    #[test]
    fn only_the_end_of_a_run_that_still_matters_is_awaited() {
        let (run, other) = (RunId::new(), RunId::new());
        let awaited = |record: &[Event]| rollout(record.to_vec()).awaited();
        assert_eq!(awaited(&[live(1, run)]), Some((1, run)));
        assert_eq!(
            awaited(&[live(1, run), decided(1, Decision::Hold)]),
            Some((1, run))
        );
        assert_eq!(
            awaited(&[live(1, run), decided(1, Decision::Promote)]),
            None
        );
        let once_more = [live(1, run), judged(1, run, Found::Error)];
        assert_eq!(awaited(&once_more), None);
        let once_more = [live(1, run), judged(1, run, Found::Error), live(1, other)];
        assert_eq!(awaited(&once_more), Some((1, other)));
    }
}
