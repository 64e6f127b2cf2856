//! Keeping rollouts: each change is made to what was read, and made again if somebody else was faster.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Decision, Entry, Event, Rollout, RolloutId, RolloutRequest, Standing,
    stage::{StageKey, analysis},
};
use crate::{
    analysis::{Run, RunKey},
    canary_config::{CanaryConfig, Mistake},
    runner::{Runner, SubmitError, digest},
    store::{Body, DocumentKind, Store, StoreError, Written},
};

/// How often a change is tried against others at the same time.
const TRIES: usize = 20;

/// Why a rollout could not be changed, by what the caller does next.
#[derive(Debug, thiserror::Error)]
pub enum RolloutError {
    /// Mend the request, or try again later.
    #[error(transparent)]
    Submit(#[from] SubmitError),
    /// Look at where it stands first.
    #[error("{0}")]
    OutOfTurn(String),
    /// There is no such rollout.
    #[error("no rollout has the id {0}")]
    Unknown(RolloutId),
}

impl From<StoreError> for RolloutError {
    fn from(error: StoreError) -> Self {
        Self::Submit(error.into())
    }
}

/// A caller's own name for a rollout.
#[derive(Debug, Serialize, Deserialize)]
struct Keyed {
    id: RolloutId,
    digest: String,
}

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
    store: Arc<dyn Store>,
    /// How many are kept.
    keep: usize,
}

impl Book {
    /// Rollouts in this store, whose stages are judged by this runner.
    pub fn new(runner: Runner, store: Arc<dyn Store>, keep: usize) -> Self {
        Self {
            runner,
            store,
            keep,
        }
    }

    /// Takes in a rollout, or finds the one its key stands for.
    ///
    /// # Errors
    /// The request cannot be carried out, or its key stands for another one.
    pub async fn create(
        &self,
        request: RolloutRequest,
        key: Option<RunKey>,
    ) -> Result<Told, RolloutError> {
        let keyed = key.map(|key| (key, digest(&request)));
        if let Some((key, digest)) = &keyed
            && let Some(found) = self.find(&key.name, digest).await?
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
        self.check(&rollout).await?;
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
                let found = self.find(&key.name, &digest).await?;
                return found.ok_or(RolloutError::Unknown(rollout.id));
            }
        }
        Ok(Self::told(rollout, None))
    }

    /// A rollout and where it stands.
    ///
    /// # Errors
    /// It is not known.
    pub async fn get(&self, id: RolloutId) -> Result<Told, RolloutError> {
        self.read(id).await.map(|(told, _)| told)
    }

    /// All rollouts, newest first.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn list(&self) -> Result<Vec<Told>, RolloutError> {
        let mut all = Vec::new();
        for (_, document) in self
            .store
            .documents(DocumentKind::Rollout)
            .await?
            .into_iter()
            .rev()
        {
            all.push(self.with_run(document.read()?).await?);
        }
        Ok(all)
    }

    /// Up to so many rollouts, newest first: of one application or all, older than one or from the newest on.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn newest(
        &self,
        application: Option<&str>,
        before: Option<RolloutId>,
        count: usize,
    ) -> Result<Vec<Told>, RolloutError> {
        let before = before.map(|id| id.to_string());
        let mut found = Vec::new();
        // They are named by their ids, which are in the order of creation.
        for (name, document) in self
            .store
            .documents(DocumentKind::Rollout)
            .await?
            .into_iter()
            .rev()
        {
            if found.len() == count {
                break;
            }
            if before.as_ref().is_some_and(|before| name >= *before) {
                continue;
            }
            let rollout: Rollout = document.read()?;
            if application.is_none_or(|wanted| wanted == rollout.request.application.as_str()) {
                found.push(self.with_run(rollout).await?);
            }
        }
        Ok(found)
    }

    /// The rollout that a run belongs to, and the stage it judges, from 1; `None` for a run that belongs to none.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn of_run(&self, run: &Run) -> Result<Option<(Rollout, usize)>, RolloutError> {
        let key = run.key.as_ref().and_then(|key| key.name.parse().ok());
        let Some(StageKey { rollout, .. }) = key else {
            return Ok(None);
        };
        let document = self
            .store
            .document(DocumentKind::Rollout, &rollout.to_string())
            .await?;
        let Some(document) = document else {
            return Ok(None);
        };
        let rollout: Rollout = document.read()?;
        // Anybody may call a run so: the record has the last word.
        let stage = rollout.stage_of(run.id);
        Ok(stage.map(|stage| (rollout, stage)))
    }

    /// Takes the report that a stage is live since a time, and starts the run that judges it.
    ///
    /// # Errors
    /// The stage is not expected now, or cannot be judged.
    pub async fn live(
        &self,
        id: RolloutId,
        stage: usize,
        at: Timestamp,
    ) -> Result<Told, RolloutError> {
        self.change(id, async |told: &Told| {
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
            let run = self.runner.submit(request, Some(key)).await?;
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
    /// The rollout has ended.
    pub async fn decide(
        &self,
        id: RolloutId,
        action: Decision,
        by: &str,
        reason: &str,
    ) -> Result<Told, RolloutError> {
        let told = self
            .change(id, async |told: &Told| {
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
        // What was decided needs no verdict any more.
        if let Some(run) = told.run.as_ref().filter(|_| action != Decision::Hold) {
            self.runner.cancel(run.id).await?;
        }
        Ok(told)
    }

    /// Every stage must be one that can be judged, before the first one is live.
    async fn check(&self, rollout: &Rollout) -> Result<(), SubmitError> {
        let mut mistakes = rollout.request.mistakes();
        if mistakes.is_empty() {
            for (index, stage) in rollout.request.stages.iter().enumerate() {
                let request = analysis(rollout, stage, rollout.created_at);
                let found = match self.runner.check(request).await {
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
        id: RolloutId,
        event: impl AsyncFn(&Told) -> Result<Option<Event>, RolloutError>,
    ) -> Result<Told, RolloutError> {
        for _ in 0..TRIES {
            let (told, version) = self.read(id).await?;
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

    async fn read(&self, id: RolloutId) -> Result<(Told, u64), RolloutError> {
        let document = self
            .store
            .document(DocumentKind::Rollout, &id.to_string())
            .await?;
        let document = document.ok_or(RolloutError::Unknown(id))?;
        let told = self.with_run(document.read()?).await?;
        Ok((told, document.version))
    }

    async fn find(&self, key: &str, digest: &str) -> Result<Option<Told>, RolloutError> {
        let Some(document) = self.store.document(DocumentKind::RolloutKey, key).await? else {
            return Ok(None);
        };
        let keyed: Keyed = document.read()?;
        if keyed.digest != digest {
            let taken = format!(
                "the key {key:?} stands for rollout {}, which was asked for otherwise",
                keyed.id
            );
            return Err(RolloutError::OutOfTurn(taken));
        }
        self.get(keyed.id).await.map(Some)
    }

    async fn with_run(&self, rollout: Rollout) -> Result<Told, RolloutError> {
        let run = match rollout.last_run() {
            Some(id) => self.store.get(id).await?,
            None => None,
        };
        Ok(Self::told(rollout, run))
    }

    fn told(rollout: Rollout, run: Option<Arc<Run>>) -> Told {
        let standing = rollout.standing(run.as_deref());
        Told {
            rollout,
            run,
            standing,
        }
    }

    /// Forgets the oldest rollouts beyond what is kept, with their keys.
    async fn make_room(&self) -> Result<(), RolloutError> {
        for kind in [DocumentKind::Rollout, DocumentKind::RolloutKey] {
            let mut all = self.store.documents(kind).await?;
            if all.len() < self.keep {
                continue;
            }
            if kind == DocumentKind::RolloutKey {
                let mut by_age = Vec::new();
                for (name, document) in all {
                    by_age.push((document.read::<Keyed>()?.id, name, document));
                }
                by_age.sort_by_key(|(id, ..)| *id);
                all = by_age
                    .into_iter()
                    .map(|(_, name, document)| (name, document))
                    .collect();
            }
            let too_many = all.len() + 1 - self.keep;
            for (name, document) in all.into_iter().take(too_many) {
                let _gone = self
                    .store
                    .remove_document(kind, &name, document.version)
                    .await?;
            }
        }
        Ok(())
    }
}
