//! Which run a release has, and what its hooks let through.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{Answer, Hook, Payload, Policy, Release, decide, metadata::Metadata};
use crate::{
    access::Grant,
    analysis::{AnalysisRequest, Run, RunId, RunKey},
    canary_config::Mistake,
    runner::{CancelError, Runner, SubmitError},
    store::{Body, DocumentKind, Store, StoreError, Written},
};

/// How often a change is tried against others at the same time.
const TRIES: usize = 20;

/// Why a hook has no answer, by what the caller does next.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// Mend the hook.
    #[error("the hook cannot be answered")]
    Invalid(Vec<Mistake>),
    /// Mend the request, or try again later.
    #[error(transparent)]
    Submit(#[from] SubmitError),
}

impl From<StoreError> for HookError {
    fn from(error: StoreError) -> Self {
        Self::Submit(error.into())
    }
}

impl From<CancelError> for HookError {
    fn from(error: CancelError) -> Self {
        Self::Submit(match error {
            CancelError::Denied(denied) => denied.into(),
            CancelError::Store(error) => error.into(),
        })
    }
}

/// A hook's answer, and the run it is about.
#[derive(Debug)]
pub struct Told {
    /// The answer.
    pub answer: Answer,
    /// The run, if there is one.
    pub run: Option<Arc<Run>>,
}

impl Told {
    fn about(
        release: &Release,
        run: Option<Arc<Run>>,
        decide: impl FnOnce(&Run) -> Answer,
    ) -> Self {
        match run {
            Some(run) => Self {
                answer: decide(&run),
                run: Some(run),
            },
            None => Self::unknown(release),
        }
    }

    fn unknown(release: &Release) -> Self {
        let answer = Answer::Halt(format!(
            "no analysis of {release} is known: add a hook of the type `pre-rollout`, under the same `application`"
        ));
        Self { answer, run: None }
    }
}

/// What hooks did in a release, kept under the name of the `Canary`: a later release takes its place.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    /// The run this is about.
    run: RunId,
    /// How many steps of traffic were let through.
    increases: u32,
    /// Whether the release is over, so that the same version comes anew with a run of its own.
    over: bool,
}

/// All releases of Flagger's.
#[derive(Debug, Clone)]
pub struct Book {
    runner: Runner,
    store: Arc<dyn Store>,
    /// Of how many `Canary`s the last release is remembered.
    keep: usize,
}

impl Book {
    /// Releases whose runs are in this store and judged by this runner.
    pub fn new(runner: Runner, store: Arc<dyn Store>, keep: usize) -> Self {
        Self {
            runner,
            store,
            keep,
        }
    }

    /// Answers a hook.
    ///
    /// # Errors
    /// See [`HookError`].
    pub async fn answer(
        &self,
        grant: &Grant,
        hook: Hook,
        payload: &Payload,
    ) -> Result<Told, HookError> {
        let release = Release::of(payload).map_err(HookError::Invalid)?;
        let asked = || {
            let none = BTreeMap::new();
            let metadata = payload.metadata.as_ref().unwrap_or(&none);
            Metadata::read(&release, metadata).map_err(HookError::Invalid)
        };
        match hook {
            Hook::Event if !is_over(&payload.phase) => Ok(Told {
                answer: Answer::Go("noted".to_owned()),
                run: self.find(grant, &release).await?,
            }),
            Hook::Event | Hook::PostRollout => self.close(grant, &release).await,
            Hook::ConfirmRollout => self.possible(grant, asked()?.request).await,
            Hook::PreRollout => {
                let request = asked()?.request.ok_or_else(no_config)?;
                let run = self.begin(grant, &release, request).await?;
                Ok(Told {
                    answer: Answer::Go("the analysis has begun".to_owned()),
                    run: Some(run),
                })
            }
            Hook::Rollout => {
                let Metadata { request, policy } = asked()?;
                let run = self.current_or_begun(grant, &release, request).await?;
                Ok(Told::about(&release, run, |run| {
                    decide::rollout(run, policy)
                }))
            }
            Hook::ConfirmTrafficIncrease => {
                let Metadata { request, policy } = asked()?;
                let Some(run) = self.current_or_begun(grant, &release, request).await? else {
                    return Ok(Told::unknown(&release));
                };
                let answer = self.increase(&release, &run, policy).await?;
                let run = Some(run);
                Ok(Told { answer, run })
            }
            Hook::ConfirmPromotion => {
                let Metadata { policy, .. } = asked()?;
                let run = self.current(grant, &release).await?;
                Ok(Told::about(&release, run, |run| {
                    decide::confirm_promotion(run, policy)
                }))
            }
            Hook::Rollback => {
                asked()?;
                let run = self.current(grant, &release).await?;
                Ok(Told::about(&release, run, decide::rollback))
            }
        }
    }

    /// Whether the analysis that will be asked for can be carried out.
    async fn possible(
        &self,
        grant: &Grant,
        request: Option<AnalysisRequest>,
    ) -> Result<Told, HookError> {
        let answer = match request {
            None => "nothing is asked for yet",
            Some(request) => {
                self.runner.check(grant, request).await?;
                "the analysis can be carried out"
            }
        };
        let answer = Answer::Go(answer.to_owned());
        Ok(Told { answer, run: None })
    }

    /// Begins a run: Flagger asks for it while the canary has no traffic, so an earlier one is of no use any more.
    async fn begin(
        &self,
        grant: &Grant,
        release: &Release,
        request: AnalysisRequest,
    ) -> Result<Arc<Run>, HookError> {
        let before = self.find(grant, release).await?;
        let last = before.as_ref().and_then(|run| run.key.as_ref());
        let key = RunKey {
            name: release.key(),
            attempt: last.map_or(1, |key| key.attempt.saturating_add(1)),
        };
        let run = self.runner.submit(grant, request, Some(key)).await?;
        if let Some(before) = before.filter(|before| before.id != run.id) {
            self.runner.cancel(grant, before.id).await?;
        }
        self.note(release, &run, |_| true).await?;
        Ok(run)
    }

    /// The run under a release's key, if the caller may know of it.
    async fn find(&self, grant: &Grant, release: &Release) -> Result<Option<Arc<Run>>, HookError> {
        match self.store.by_key(&release.key()).await? {
            Some(id) => {
                let run = self.store.get(id).await?;
                Ok(run.filter(|run| grant.sees(run.application())))
            }
            None => Ok(None),
        }
    }

    /// The run of a release that is not over.
    async fn current(
        &self,
        grant: &Grant,
        release: &Release,
    ) -> Result<Option<Arc<Run>>, HookError> {
        let Some(run) = self.find(grant, release).await? else {
            return Ok(None);
        };
        let (record, _) = self.record(release, &run).await?;
        Ok((!record.over).then_some(run))
    }

    /// The run of a release that is not over, or a new one if this hook says which.
    async fn current_or_begun(
        &self,
        grant: &Grant,
        release: &Release,
        request: Option<AnalysisRequest>,
    ) -> Result<Option<Arc<Run>>, HookError> {
        match (self.current(grant, release).await?, request) {
            (Some(run), _) => Ok(Some(run)),
            (None, Some(request)) => Ok(Some(self.begin(grant, release, request).await?)),
            (None, None) => Ok(None),
        }
    }

    /// Ends a release: its run watches nothing any more.
    async fn close(&self, grant: &Grant, release: &Release) -> Result<Told, HookError> {
        let mut run = self.find(grant, release).await?;
        if let Some(known) = &run {
            self.note(release, known, |record| {
                !std::mem::replace(&mut record.over, true)
            })
            .await?;
            run = self.runner.cancel(grant, known.id).await?.or(run);
        }
        let answer = Answer::Go("the release is over".to_owned());
        Ok(Told { answer, run })
    }

    /// Answers a question about another step of traffic, and counts those that are let through.
    async fn increase(
        &self,
        release: &Release,
        run: &Run,
        policy: Policy,
    ) -> Result<Answer, HookError> {
        let mut answer = None;
        self.note(release, run, |record| {
            let given = decide::confirm_traffic_increase(run, policy, record.increases);
            let counts = matches!(given, Answer::Go(_));
            answer = Some(given);
            record.increases = record.increases.saturating_add(u32::from(counts));
            counts
        })
        .await?;
        Ok(answer.unwrap_or_else(|| Answer::Halt("others ask at the same time".to_owned())))
    }

    /// Changes the record of a release, if `change` says that it did; made again if somebody else was faster.
    async fn note(
        &self,
        release: &Release,
        run: &Run,
        mut change: impl FnMut(&mut Record) -> bool,
    ) -> Result<(), HookError> {
        for _ in 0..TRIES {
            let (mut record, version) = self.record(release, run).await?;
            if !change(&mut record) {
                return Ok(());
            }
            if version == 0 {
                self.make_room().await?;
            }
            let written = self
                .store
                .write_document(
                    DocumentKind::FlaggerRelease,
                    &release.canary(),
                    version,
                    Body::new(&record)?,
                )
                .await?;
            if let Written::Done(_) = written {
                return Ok(());
            }
        }
        let detail = "others change the release all the time".to_owned();
        Err(StoreError::Unavailable(detail).into())
    }

    /// What hooks did in the release of this run, and at which version that is kept.
    async fn record(&self, release: &Release, run: &Run) -> Result<(Record, u64), HookError> {
        let kept = self
            .store
            .document(DocumentKind::FlaggerRelease, &release.canary())
            .await?;
        let version = kept.as_ref().map_or(0, |document| document.version);
        let known: Option<Record> = kept.map(|document| document.read()).transpose()?;
        let record = match known {
            Some(record) if record.run == run.id => record,
            earlier_or_later => Record {
                run: run.id,
                increases: 0,
                // Another version was released since: what was found of this one then says nothing of its coming back.
                over: earlier_or_later.is_some_and(|other| other.run > run.id),
            },
        };
        Ok((record, version))
    }

    /// Forgets the releases that began first, beyond what is kept.
    async fn make_room(&self) -> Result<(), HookError> {
        let kind = DocumentKind::FlaggerRelease;
        let all = self.store.documents(kind).await?;
        if all.len() < self.keep {
            return Ok(());
        }
        let mut by_age = Vec::with_capacity(all.len());
        for (name, document) in all {
            by_age.push((document.read::<Record>()?.run, name, document.version));
        }
        by_age.sort();
        let too_many = by_age.len() + 1 - self.keep;
        for (_, name, version) in by_age.into_iter().take(too_many) {
            let _gone = self.store.remove_document(kind, &name, version).await?;
        }
        Ok(())
    }
}

fn no_config() -> HookError {
    let detail = "the name of a canary config is needed to begin an analysis";
    HookError::Invalid(vec![Mistake::new("/metadata/config", detail)])
}

/// Whether a release is over in one of Flagger's phases.
fn is_over(phase: &str) -> bool {
    matches!(
        phase,
        "Succeeded" | "Failed" | "Initialized" | "Terminating" | "Terminated"
    )
}
