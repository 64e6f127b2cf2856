//! Keeping rollouts: each change is made to what was read, and made again if somebody else was faster.

use std::sync::Arc;

use jiff::Timestamp;

use super::{
    Entry, Event, Rollout, RolloutError, RolloutId, RolloutRequest, Standing, stage::analysis,
};
use crate::{
    access::{Grant, Role},
    analysis::{ConfigRef, Run, RunKey},
    audit::Audit,
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
    pub(super) runner: Runner,
    pub(super) store: Arc<dyn Store>,
    pub(super) audit: Audit,
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
            key: keyed.as_ref().map(|(key, _)| key.name.clone()),
            record: Vec::new(),
        };
        self.check(&grant.trusting_config(), &rollout).await?;
        self.make_room().await?;
        let name = rollout.id.to_string();
        let (Written::Done(version) | Written::Conflict(version)) = self
            .store
            .write_document(DocumentKind::Rollout, &name, 0, Body::new(&rollout)?)
            .await?;
        if let Some((key, digest)) = keyed {
            let faster = self.name(grant, &key.name, &digest, rollout.id).await;
            if !matches!(faster, Ok(None)) {
                let _gone = self
                    .store
                    .remove_document(DocumentKind::Rollout, &name, version)
                    .await?;
            }
            if let Some(other) = faster? {
                return Ok(other);
            }
        }
        Ok(Self::told(rollout, None))
    }

    /// Every stage must be one that can be judged, before the first one is live.
    async fn check(&self, grant: &Grant, rollout: &Rollout) -> Result<(), SubmitError> {
        let mut mistakes = rollout.request.mistakes();
        if mistakes.is_empty() {
            let planned = rollout.clone();
            let requests = (0..planned.request.stages.len()).filter_map(move |index| {
                let stage = planned.request.stages.get(index)?;
                Some(analysis(&planned, stage, planned.created_at))
            });
            let checked = self.runner.check_each(grant, requests).await?;
            for (index, checked) in checked.into_iter().enumerate() {
                let found = match checked {
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

    /// Adds what `event` makes of a rollout to its record: the rollout then, and what was added.
    pub(super) async fn change(
        &self,
        grant: &Grant,
        needed: Role,
        id: RolloutId,
        event: impl AsyncFn(&Told) -> Result<Option<Event>, RolloutError>,
    ) -> Result<(Told, Option<Entry>), RolloutError> {
        for _ in 0..TRIES {
            let (told, version) = self.read(grant, id).await?;
            grant.require_for(needed, told.rollout.request.application.as_str())?;
            let Some(what) = event(&told).await? else {
                return Ok((told, None));
            };
            let mut rollout = told.rollout;
            let entry = Entry {
                at: Timestamp::now(),
                what,
            };
            rollout.record.push(entry.clone());
            let body = Body::new(&rollout)?;
            let written = self
                .store
                .write_document(DocumentKind::Rollout, &id.to_string(), version, body)
                .await?;
            if let Written::Done(_) = written {
                return Ok((self.with_run(rollout).await?, Some(entry)));
            }
        }
        Err(RolloutError::OutOfTurn(
            "others change the rollout all the time".to_owned(),
        ))
    }
}
