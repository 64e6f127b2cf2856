//! Keeping rollouts: each change is made to what was read, and made again if somebody else was faster.

use std::sync::Arc;

use jiff::Timestamp;

use super::{
    Decision, Entry, Event, Rollout, RolloutError, RolloutId, RolloutRequest, Standing,
    keeping::Keyed,
    stage::{StageKey, analysis},
};
use crate::{
    access::{Grant, Role},
    analysis::{ConfigRef, Run, RunKey},
    audit::{Act, Audit},
    canary_config::{CanaryConfig, Mistake},
    runner::{Runner, SubmitError, digest},
    store::{Body, DocumentKind, Store, Written},
};

/// How often a change is tried against others at the same time.
const TRIES: usize = 20;

/// A rollout, the run of its stage, and where it stands.
#[derive(Debug, Clone)]
pub struct Told {
    /// The rollout.
    pub rollout: Rollout,
    /// The run of its stage, if one is live.
    pub run: Option<Arc<Run>>,
    /// Where it stands.
    pub standing: Standing,
}

/// All rollouts.
#[derive(Debug, Clone)]
pub struct Book {
    runner: Runner,
    pub(super) store: Arc<dyn Store>,
    audit: Audit,
    /// How many are kept.
    pub(super) keep: usize,
}

impl Book {
    /// Rollouts in this store, whose stages are judged by this runner.
    pub fn new(runner: Runner, store: Arc<dyn Store>, audit: Audit, keep: usize) -> Self {
        Self {
            runner,
            store,
            audit,
            keep,
        }
    }

    /// Takes in a rollout, or finds the one its key stands for.
    ///
    /// # Errors
    /// The request cannot be carried out or not for this caller, or its key stands for another one.
    pub async fn create(
        &self,
        grant: &Grant,
        request: RolloutRequest,
        key: Option<RunKey>,
    ) -> Result<Told, RolloutError> {
        grant.require_for(Role::Run, request.application.as_str())?;
        if let ConfigRef::Inline(_) = request.config {
            grant.require(Role::Inline)?;
        }
        let keyed = key.map(|key| (key, digest(&request)));
        if let Some((key, digest)) = &keyed
            && let Some(found) = self.find(grant, &key.name, digest).await?
        {
            return Ok(found);
        }
        let (config, _) = self.runner.resolve(&request.config).await?;
        let rollout = Rollout {
            config: CanaryConfig::clone(&config),
            id: RolloutId::new(),
            created_at: Timestamp::now(),
            request,
            record: Vec::new(),
        };
        self.check(&grant.trusting_config(), &rollout).await?;
        self.make_room().await?;
        let name = rollout.id.to_string();
        let _new = self
            .store
            .write_document(DocumentKind::Rollout, &name, 0, Body::new(&rollout)?)
            .await?;
        if let Some((key, digest)) = keyed {
            let body = Body::new(&Keyed {
                id: rollout.id,
                digest: digest.clone(),
            })?;
            let written = self
                .store
                .write_document(DocumentKind::RolloutKey, &key.name, 0, body)
                .await?;
            if let Written::Conflict(_) = written {
                // Asked for twice at once: the other one was faster.
                let _gone = self
                    .store
                    .remove_document(DocumentKind::Rollout, &name, 1)
                    .await?;
                let found = self.find(grant, &key.name, &digest).await?;
                return found.ok_or(RolloutError::Unknown(rollout.id));
            }
        }
        Ok(Self::told(rollout, None))
    }

    /// Takes the report that a stage is live since a time, and starts the run that judges it.
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
        // The config came in with the rollout, and was allowed then.
        let to_run = grant.trusting_config();
        self.change(grant, Role::Run, id, async |told: &Told| {
            let Told {
                rollout,
                standing,
                run,
            } = told;
            let repeated = rollout.last_stage() == Some(stage)
                && run.as_ref().is_some_and(|run| !run.state.is_final());
            if repeated {
                return Ok(None);
            }
            if !rollout.expects(stage, standing) {
                return Err(RolloutError::OutOfTurn(format!(
                    "stage {stage} is not expected now: {}",
                    standing.reason
                )));
            }
            let index = stage - 1;
            let asked = rollout.request.stages.get(index);
            let asked = asked
                .ok_or_else(|| RolloutError::OutOfTurn(format!("there is no stage {stage}")))?;
            let request = analysis(rollout, asked, at);
            let times = rollout.record.iter().filter(
                |entry| matches!(entry.what, Event::Live { stage: live, .. } if live == stage),
            );
            // The same run, if the change has to be made again.
            let key = RunKey {
                name: StageKey { rollout: id, stage }.to_string(),
                attempt: u32::try_from(times.count()).unwrap_or(u32::MAX - 1) + 1,
            };
            let run = self.runner.submit(&to_run, request, Some(key)).await?;
            Ok(Some(Event::Live {
                stage,
                since: at,
                run: run.id,
            }))
        })
        .await
    }

    /// Takes a person's decision.
    ///
    /// # Errors
    /// The rollout has ended, or is not this caller's to decide.
    pub async fn decide(
        &self,
        grant: &Grant,
        id: RolloutId,
        action: Decision,
        by: &str,
        reason: &str,
    ) -> Result<Told, RolloutError> {
        let told = self
            .change(grant, Role::Decide, id, async |told: &Told| {
                let Told {
                    rollout, standing, ..
                } = told;
                if standing.state.is_final() {
                    return Err(RolloutError::OutOfTurn(format!(
                        "the rollout has ended: {}",
                        standing.reason
                    )));
                }
                if action == Decision::Promote && rollout.last_run().is_none() {
                    return Err(RolloutError::OutOfTurn("no stage is live yet".to_owned()));
                }
                Ok(Some(Event::Decided {
                    action,
                    by: by.to_owned(),
                    reason: reason.to_owned(),
                }))
            })
            .await?;
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

    /// Every stage must be one that can be judged, before the first one is live.
    async fn check(&self, grant: &Grant, rollout: &Rollout) -> Result<(), SubmitError> {
        let mut mistakes = rollout.request.mistakes();
        if mistakes.is_empty() {
            for (index, stage) in rollout.request.stages.iter().enumerate() {
                let request = analysis(rollout, stage, rollout.created_at);
                let found = match self.runner.check(grant, request).await {
                    Ok(()) => continue,
                    Err(SubmitError::Invalid(found)) => found,
                    Err(error) => return Err(error),
                };
                let of_stage = |mistake: Mistake| {
                    let detail = format!("stage {}: {}", index + 1, mistake.detail);
                    match mistake.pointer.strip_prefix("/window") {
                        Some(_) => Mistake::new(format!("/stages/{index}/duration"), detail),
                        None => Mistake::new(mistake.pointer, detail),
                    }
                };
                mistakes.extend(found.into_iter().map(of_stage));
            }
        }
        if mistakes.is_empty() {
            Ok(())
        } else {
            Err(SubmitError::Invalid(mistakes))
        }
    }

    async fn change(
        &self,
        grant: &Grant,
        needed: Role,
        id: RolloutId,
        event: impl AsyncFn(&Told) -> Result<Option<Event>, RolloutError>,
    ) -> Result<Told, RolloutError> {
        for _ in 0..TRIES {
            let (told, version) = self.read(grant, id).await?;
            grant.require_for(needed, told.rollout.request.application.as_str())?;
            let Some(what) = event(&told).await? else {
                return Ok(told);
            };
            let mut rollout = told.rollout;
            rollout.record.push(Entry {
                at: Timestamp::now(),
                what,
            });
            let body = Body::new(&rollout)?;
            let written = self
                .store
                .write_document(DocumentKind::Rollout, &id.to_string(), version, body)
                .await?;
            if let Written::Done(_) = written {
                return self.with_run(rollout).await;
            }
        }
        Err(RolloutError::OutOfTurn(
            "others change the rollout all the time".to_owned(),
        ))
    }
}
