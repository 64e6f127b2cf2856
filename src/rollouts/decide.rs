//! A person decides, with or against what is recommended.

use super::{
    Book, Decision, Event, Rollout, RolloutError, RolloutId, RolloutState, Standing, Told,
};
use crate::{
    access::{Grant, Role},
    audit::Act,
};

/// The most entries in a record that holds and repeated reports can bring it to: only what ends it, or leads on, comes after.
pub(super) const MOST_ENTRIES: usize = 500;

/// What a person chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// To leave the stage at which the rollout stands. It is named, so that what was meant for one stage never leads past another.
    Promote {
        /// The stage that the rollout tells.
        stage: usize,
    },
    /// To stay, at whatever stage that is.
    Hold,
    /// To go back, from whatever stage.
    Rollback,
}

impl From<Choice> for Decision {
    fn from(choice: Choice) -> Self {
        match choice {
            Choice::Promote { .. } => Self::Promote,
            Choice::Hold => Self::Hold,
            Choice::Rollback => Self::Rollback,
        }
    }
}

impl Book {
    /// Takes a person's decision. The one taken last, sent once more, changes nothing.
    ///
    /// # Errors
    /// The rollout has ended or does not stand there, or is not this caller's to decide.
    pub async fn decide(
        &self,
        grant: &Grant,
        id: RolloutId,
        choice: Choice,
        by: &str,
        reason: &str,
    ) -> Result<Told, RolloutError> {
        let action = Decision::from(choice);
        let (told, entry) = self
            .change(grant, Role::Decide, id, async |told: &Told| {
                let Told {
                    rollout, standing, ..
                } = told;
                let decided = Event::Decided {
                    stage: match choice {
                        Choice::Promote { stage } => stage,
                        Choice::Hold | Choice::Rollback => rollout.last_stage().unwrap_or(0),
                    },
                    action,
                    by: by.to_owned(),
                    reason: reason.to_owned(),
                    who: grant.name().to_owned(),
                };
                if rollout.repeats(&decided) {
                    return Ok(None);
                }
                possible(choice, rollout, standing).map_err(RolloutError::OutOfTurn)?;
                if action == Decision::Promote && rollout.was_decided(&decided) {
                    return Err(RolloutError::OutOfTurn(
                        "this was decided before, and otherwise since: give another reason to decide it anew"
                            .to_owned(),
                    ));
                }
                Ok(Some(decided))
            })
            .await?;
        if entry.is_none() {
            return Ok(told);
        }
        let act = Act::RolloutDecided {
            rollout: id,
            application: told.rollout.request.application.to_string(),
            action,
            by: by.to_owned(),
            reason: reason.to_owned(),
        };
        self.audit.record(grant, act).await;
        // What was decided needs no verdict any more.
        if let Some(run) = told.run.as_ref().filter(|_| action != Decision::Hold) {
            self.runner.end(run.id).await?;
        }
        Ok(told)
    }
}

/// Whether a rollout that stands so can be decided so; why not, otherwise.
fn possible(choice: Choice, rollout: &Rollout, standing: &Standing) -> Result<(), String> {
    if standing.state.is_final() {
        return Err(format!("the rollout has ended: {}", standing.reason));
    }
    match choice {
        Choice::Promote { .. } if standing.state == RolloutState::Shifting => Err(format!(
            "the pipeline is told to go on already: {}",
            standing.reason
        )),
        Choice::Promote { stage } if stage != standing.stage => Err(format!(
            "the rollout stands at stage {} now, not at stage {stage}: {}",
            standing.stage, standing.reason
        )),
        Choice::Hold if rollout.record.len() >= MOST_ENTRIES => Err(format!(
            "the rollout's record has {MOST_ENTRIES} entries: promote it, or roll it back"
        )),
        Choice::Promote { .. } | Choice::Hold | Choice::Rollback => Ok(()),
    }
}

impl Rollout {
    /// Whether the decision is the one taken last: its answer may have been lost on the way. A stage that is live since lifts a
    /// hold, so that the same words are another hold then.
    fn repeats(&self, decided: &Event) -> bool {
        let lasting = matches!(
            decided,
            Event::Decided {
                action: Decision::Promote,
                ..
            }
        );
        let before = self.record.iter().rev().find(|entry| match entry.what {
            Event::Decided { .. } => true,
            Event::Live { .. } => !lasting,
            Event::Judged { .. } => false,
        });
        before.is_some_and(|entry| entry.what == *decided)
    }

    /// Whether the decision was taken before, at whatever time.
    fn was_decided(&self, decided: &Event) -> bool {
        self.record.iter().any(|entry| entry.what == *decided)
    }
}
