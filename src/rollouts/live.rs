//! The pipeline reports a stage live, and the run that judges it begins.

use jiff::Timestamp;

use super::{
    Book, Event, Rollout, RolloutError, RolloutId, StageRequest, Told,
    decide::MOST_ENTRIES,
    stage::{StageKey, analysis, began},
};
use crate::{
    access::{Grant, Role},
    analysis::{RunId, RunKey},
    runner::SubmitError,
};

/// How many runs of others are passed over that have the key of a stage.
const TRIES: usize = 10;

impl Book {
    /// Takes the report that a stage is live since a time, and starts the run that judges it. A report about a stage that is live
    /// already, or was, changes nothing.
    ///
    /// # Errors
    /// The stage is not expected now, or cannot be judged, or not for this caller.
    pub async fn live(
        &self,
        grant: &Grant,
        id: RolloutId,
        stage: usize,
        at: Timestamp,
    ) -> Result<Told, RolloutError> {
        let (told, _) = self
            .change(grant, Role::Run, id, async |told: &Told| {
                let Told {
                    rollout,
                    standing,
                    run,
                } = told;
                let was_live = rollout.run_of(stage).is_some();
                let goes_on = rollout.last_stage() == Some(stage)
                    && run.as_ref().is_some_and(|run| !run.state.is_final());
                let expected = rollout.expects(stage, standing);
                if goes_on || (was_live && !expected) {
                    return Ok(None);
                }
                let asked = rollout.stage(stage).filter(|_| expected);
                let asked = asked.ok_or_else(|| {
                    RolloutError::OutOfTurn(format!(
                        "stage {stage} is not expected now: {}",
                        standing.reason
                    ))
                })?;
                if was_live && rollout.record.len() >= MOST_ENTRIES {
                    return Err(RolloutError::OutOfTurn(format!(
                        "the rollout's record has {MOST_ENTRIES} entries: no stage is watched once more"
                    )));
                }
                let accounts = self.runner.accounts();
                (rollout.live_since(stage, at, accounts))
                    .map_err(|mistake| SubmitError::Invalid(vec![mistake]))?;
                let (since, run) = self.stage_run(grant, rollout, (stage, asked), at).await?;
                Ok(Some(Event::Live { stage, since, run }))
            })
            .await?;
        Ok(told)
    }

    /// The run that judges a stage, and since when that is live: a new one, or the one that an earlier report has started which is
    /// not in the record, as whoever took it was cut off or is about to write it down.
    async fn stage_run(
        &self,
        grant: &Grant,
        rollout: &Rollout,
        (stage, asked): (usize, &StageRequest),
        at: Timestamp,
    ) -> Result<(Timestamp, RunId), SubmitError> {
        // The config came in with the rollout, and was allowed then.
        let to_run = grant.trusting_config();
        let named = |attempt: u32| RunKey {
            name: StageKey {
                rollout: rollout.id,
                stage,
            }
            .to_string(),
            attempt,
        };
        let accounts = self.runner.accounts();
        let times = rollout.times_live(stage);
        let mut key = named(u32::try_from(times).unwrap_or(u32::MAX - 1) + 1);
        for _ in 0..TRIES {
            let request = analysis(rollout, asked, at);
            let submitted = self.runner.submit(&to_run, request, Some(key.clone()));
            let taken = match submitted.await {
                Ok(run) => return Ok((at, run.id)),
                Err(SubmitError::KeyTaken(_, taken)) => taken,
                Err(error) => return Err(error),
            };
            // Another application's key stays its own, whatever the attempt.
            let taken = taken.ok_or_else(|| SubmitError::KeyTaken(key.name.clone(), None))?;
            let taken = self.store.get(taken).await?;
            let mut attempt = key.attempt;
            if let Some((run, its_key)) = taken
                .as_ref()
                .and_then(|run| Some((run, run.key.as_ref()?)))
            {
                attempt = attempt.max(its_key.attempt);
                let since = began(&run.request.window, asked)
                    .filter(|since| rollout.live_since(stage, *since, accounts).is_ok())
                    .filter(|_| rollout.stage_of(run.id).is_none());
                if let Some(since) = since {
                    // The same run only if that was asked for in the same way: anybody may use the key.
                    let request = analysis(rollout, asked, since);
                    let again = self.runner.submit(&to_run, request, Some(its_key.clone()));
                    match again.await {
                        Ok(run) => return Ok((since, run.id)),
                        Err(SubmitError::KeyTaken(..)) => {}
                        Err(error) => return Err(error),
                    }
                }
            }
            let Some(attempt) = attempt.checked_add(1) else {
                break;
            };
            key = named(attempt);
        }
        Err(SubmitError::KeyTaken(key.name, None))
    }
}
