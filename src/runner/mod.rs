//! Takes requests, and carries runs from one look to the next.
//!
//! HTTP workers are single-threaded runtimes that come and go with their connections, so no run lives on one: the
//! runner owns a handle of the main runtime and all work is done there. Between two looks a run lives in the store alone.

mod look;
mod reader;
mod single;
mod worker;

pub use reader::Reader;
pub use single::FetchAloneError;

use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serinus_judge::UnsuitedRule;
use sha2::{Digest, Sha256};
use tokio::{runtime::Handle, sync::Semaphore};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    access::{Denied, Grant, Role},
    analysis::{
        Accounts, AnalysisRequest, Case, ConfigIdentity, ConfigRef, FetchLimits, JudgementRequest,
        Looked, Origin, Otherwise, Plan, PlanContext, Record, Run, RunId, RunKey, RunState,
        Scorecard, Unfit, case_of_samples, plan_resolved,
    },
    audit::{Act, Audit},
    callbacks::Callbacks,
    canary_config::{CanaryConfig, Mistake},
    configs::{Configs, ResolveError},
    metrics::Metrics,
    remote_judges::{NoDecision, RemoteJudges},
    store::{Created, NewRun, RequestKey, Store, StoreError},
    telemetry::TraceParent,
};

/// What runs may use.
#[derive(Debug, Clone, Copy)]
pub struct RunLimits {
    /// How many looks may be carried out at once.
    pub looks: usize,
    /// How far ahead a run's window may end.
    pub horizon: SignedDuration,
    /// How long after its last look was due a run may still end.
    pub deadline: SignedDuration,
    /// How long a claim holds without being renewed.
    pub lease: Duration,
    /// How hard fetching tries.
    pub fetch: FetchLimits,
}

/// Why a request did not become a run, by what the caller does next.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// Mend the request.
    #[error("the request cannot be carried out")]
    Invalid(Vec<Mistake>),
    /// Use another token.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Use another key, or another attempt. The run is there if the caller may know of it.
    #[error(
        "the key {0:?} stands for {named}, which was asked for otherwise or is a later attempt",
        named = .1.map_or("an analysis of others".to_owned(), |id| format!("analysis {id}"))
    )]
    KeyTaken(String, Option<RunId>),
    /// Try another replica.
    #[error("the service is shutting down")]
    ShuttingDown,
    /// Report it.
    #[error("{PANICKED}")]
    Panicked,
    /// Try again later, or mend the judge elsewhere.
    #[error(transparent)]
    NoDecision(#[from] NoDecision),
    /// Try again later.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a run was not ended, by what the caller does next.
#[derive(Debug, thiserror::Error)]
pub enum CancelError {
    /// Use another token.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Try again later.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ResolveError> for SubmitError {
    fn from(error: ResolveError) -> Self {
        match error {
            ResolveError::Invalid(mistakes) => Self::Invalid(mistakes),
            ResolveError::Store(error) => Self::Store(error),
        }
    }
}

/// Why a case was not judged.
#[derive(Debug, thiserror::Error)]
enum JudgeError {
    /// It cannot be judged in this way.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// A judge elsewhere gave no decision.
    #[error(transparent)]
    NoDecision(#[from] NoDecision),
    /// Report it.
    #[error("{PANICKED}")]
    Panicked,
}

/// What a run says that met a mistake of the service.
const PANICKED: &str = "internal error: the service made a mistake; please report this";

/// Takes requests and drives them; cheap to clone.
#[derive(Debug, Clone)]
pub struct Runner(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    handle: Handle,
    tracker: TaskTracker,
    /// Nothing new is taken.
    shutdown: CancellationToken,
    /// What is under way is given back.
    handing_over: CancellationToken,
    /// As many judge jobs at once as there are cores: judging is all computation.
    judge_slots: Arc<Semaphore>,
    limits: RunLimits,
    accounts: Arc<Accounts>,
    configs: Configs,
    judges: Arc<RemoteJudges>,
    callbacks: Arc<Callbacks>,
    store: Arc<dyn Store>,
    audit: Audit,
    metrics: Arc<Metrics>,
}

impl Runner {
    /// A runner that works on the runtime of `handle`, at once on whatever is due in the store.
    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of the service, put together in one place"
    )]
    pub fn start(
        handle: Handle,
        limits: RunLimits,
        accounts: Arc<Accounts>,
        configs: Configs,
        judges: Arc<RemoteJudges>,
        callbacks: Arc<Callbacks>,
        store: Arc<dyn Store>,
        audit: Audit,
        metrics: Arc<Metrics>,
    ) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let inner = Arc::new(Inner {
            handle,
            tracker: TaskTracker::new(),
            shutdown: CancellationToken::new(),
            handing_over: CancellationToken::new(),
            judge_slots: Arc::new(Semaphore::new(cores)),
            limits,
            accounts,
            configs,
            judges,
            callbacks,
            store,
            audit,
            metrics,
        });
        inner
            .tracker
            .spawn_on(worker::work(inner.clone()), &inner.handle);
        Self(inner)
    }

    /// Checks a request completely and takes in a run for it, or finds the one its key stands for.
    ///
    /// Whether the caller may ask for it is decided here and nowhere else, whatever surface it came by.
    ///
    /// # Errors
    /// See [`SubmitError`]; nothing has been started then.
    pub async fn submit(
        &self,
        grant: &Grant,
        request: AnalysisRequest,
        key: Option<RunKey>,
    ) -> Result<Arc<Run>, SubmitError> {
        let resolved = self.0.configs.resolve(&request.config).await?;
        self.take(grant, request, resolved, key, Origin::Native)
            .await
    }

    /// Takes in a run that was asked for through another API, under a config that was found there. A config that came along is
    /// [inline](ConfigRef::Inline) in the request, as it is in our own API.
    ///
    /// # Errors
    /// See [`SubmitError`]; nothing has been started then.
    pub async fn submit_under(
        &self,
        grant: &Grant,
        request: AnalysisRequest,
        config: Arc<CanaryConfig>,
        key: Option<RunKey>,
        origin: Origin,
    ) -> Result<Arc<Run>, SubmitError> {
        let identity = ConfigIdentity::of(&config);
        self.take(grant, request, (config, identity), key, origin)
            .await
    }

    async fn take(
        &self,
        grant: &Grant,
        request: AnalysisRequest,
        resolved: (Arc<CanaryConfig>, ConfigIdentity),
        key: Option<RunKey>,
        origin: Origin,
    ) -> Result<Arc<Run>, SubmitError> {
        let inner = &self.0;
        if inner.shutdown.is_cancelled() {
            return Err(SubmitError::ShuttingDown);
        }
        let key = key.map(|key| RequestKey {
            key,
            digest: digest(&request),
        });
        let mut new = inner.allowed_run(grant, request, resolved, key)?;
        new.run.origin = origin;
        match inner.store.create(new).await? {
            Created::New(run) => {
                inner.metrics.run_started();
                if let Some(key) = run.key.as_ref().filter(|key| key.attempt > 1) {
                    let act = Act::AnalysisRepeated {
                        analysis: run.id,
                        application: run.application().to_owned(),
                        key: key.name.clone(),
                        attempt: key.attempt,
                    };
                    inner.audit.record(grant, act).await;
                }
                Ok(run)
            }
            Created::Before(run) => Ok(run),
            Created::KeyTaken(run) => {
                let name = run.key.as_ref().map(|key| key.name.clone());
                let known = grant.sees(run.application()).then_some(run.id);
                Err(SubmitError::KeyTaken(name.unwrap_or_default(), known))
            }
        }
    }

    /// Whether a request could be carried out for this caller.
    ///
    /// # Errors
    /// Everything wrong with it, or the caller may not ask for it, or its config cannot be read now.
    pub async fn check(&self, grant: &Grant, request: AnalysisRequest) -> Result<(), SubmitError> {
        let resolved = self.0.configs.resolve(&request.config).await?;
        let new = self.0.allowed_run(grant, request, resolved, None);
        new.map(|_| ())
    }

    /// The config a request means.
    ///
    /// # Errors
    /// It is not known, or not consistent, or cannot be read now.
    pub async fn resolve(
        &self,
        config: &ConfigRef,
    ) -> Result<(Arc<CanaryConfig>, ConfigIdentity), SubmitError> {
        Ok(self.0.configs.resolve(config).await?)
    }

    /// Ends a run for a caller. A run that has ended already stays as it was; `None` if it is not known, or not to this caller.
    ///
    /// # Errors
    /// The caller may only look, or the store does not answer.
    pub async fn cancel(&self, grant: &Grant, id: RunId) -> Result<Option<Arc<Run>>, CancelError> {
        let found = self.0.store.get(id).await?;
        let Some(run) = found.filter(|run| grant.sees(run.application())) else {
            return Ok(None);
        };
        grant.require_for(Role::Run, run.application())?;
        let ended = self.end(id).await?;
        if !run.state.is_final() && ended.is_some() {
            let act = Act::AnalysisCancelled {
                analysis: id,
                application: run.application().to_owned(),
            };
            self.0.audit.record(grant, act).await;
        }
        Ok(ended)
    }

    /// Ends a run of which nothing is wanted any more.
    pub(crate) async fn end(&self, id: RunId) -> Result<Option<Arc<Run>>, StoreError> {
        self.0.store.cancel(id).await
    }

    /// Judges samples that came with a request.
    ///
    /// # Errors
    /// Everything wrong with the request.
    pub async fn judge(&self, request: JudgementRequest) -> Result<Scorecard, SubmitError> {
        let (config, identity) = self.resolve(&request.config).await?;
        self.decide(move || case_of_samples(&request, config, identity))
            .await
    }

    /// Judges again what a record holds.
    ///
    /// # Errors
    /// Everything that does not fit together.
    pub async fn rejudge(
        &self,
        record: Record,
        otherwise: Otherwise,
    ) -> Result<Scorecard, SubmitError> {
        self.decide(move || record.case(otherwise)).await
    }

    async fn decide(
        &self,
        case: impl FnOnce() -> Result<Case, Vec<Mistake>> + Send + 'static,
    ) -> Result<Scorecard, SubmitError> {
        let case = self.0.clone().compute(case).await;
        let case = case.ok_or(SubmitError::Panicked)?;
        self.judge_case(case.map_err(SubmitError::Invalid)?).await
    }

    /// Judges a case at once, for somebody who waits.
    ///
    /// # Errors
    /// It cannot be judged in this way, or a judge elsewhere gave no decision.
    pub async fn judge_case(&self, case: Case) -> Result<Scorecard, SubmitError> {
        let inner = self.0.clone();
        if let Err(mistake) = inner.judges.check(case.config()) {
            return Err(SubmitError::Invalid(vec![mistake.under("/config")]));
        }
        match inner.judged(case).await {
            Ok(looked) => Ok(looked.scorecard),
            Err(JudgeError::Unfit(unfit)) => {
                let mistake = Mistake::new("/config/judge", unfit.to_string());
                Err(SubmitError::Invalid(vec![mistake]))
            }
            Err(JudgeError::NoDecision(none)) => Err(none.into()),
            Err(JudgeError::Panicked) => Err(SubmitError::Panicked),
        }
    }

    /// Takes nothing new, gives the looks under way `grace` to end, and then gives them back to the store: a replica, or
    /// the next start, carries them on.
    pub async fn shut_down(&self, grace: Duration) {
        let inner = &self.0;
        inner.shutdown.cancel();
        inner.tracker.close();
        if tokio::time::timeout(grace, inner.tracker.wait())
            .await
            .is_err()
        {
            tracing::warn!(
                looks = inner.tracker.len(),
                "the grace time is over; giving back the looks still under way"
            );
            inner.handing_over.cancel();
            inner.tracker.wait().await;
        }
    }

    /// Whether configs can name a judge elsewhere so.
    pub fn knows_judge(&self, name: &str) -> bool {
        self.0.judges.knows(name)
    }

    /// Resolves when the service begins to shut down.
    pub async fn shutting_down(&self) {
        self.0.shutdown.cancelled().await;
    }

    /// Whether new runs are taken.
    pub fn is_accepting(&self) -> bool {
        !self.0.shutdown.is_cancelled()
    }
}

impl Inner {
    /// A run for a request, if this caller may ask for it.
    fn allowed_run(
        &self,
        grant: &Grant,
        request: AnalysisRequest,
        resolved: (Arc<CanaryConfig>, ConfigIdentity),
        key: Option<RequestKey>,
    ) -> Result<NewRun, SubmitError> {
        grant.require_for(Role::Run, request.application.as_str())?;
        if let ConfigRef::Inline(_) = request.config {
            // Its queries can ask for any series of an account.
            grant.require(Role::Inline)?;
        }
        let new = self
            .new_run(request, resolved, key)
            .map_err(SubmitError::Invalid)?;
        grant.require_accounts(new.run.accounts.iter().map(String::as_str))?;
        Ok(new)
    }

    /// A run for a request, if all its looks can be carried out.
    fn new_run(
        &self,
        request: AnalysisRequest,
        (config, identity): (Arc<CanaryConfig>, ConfigIdentity),
        key: Option<RequestKey>,
    ) -> Result<NewRun, Vec<Mistake>> {
        let now = Timestamp::now();
        self.callbacks.check(&request.callbacks)?;
        let mut request = request.pinned(now)?;
        request
            .callbacks
            .extend_from_slice(self.callbacks.every_run());
        let plan = |request: &AnalysisRequest| {
            plan_resolved(request, config.clone(), identity.clone(), self.context(now))
        };
        let whole = plan(&request)?;
        self.judges
            .check(&config)
            .map_err(|mistake| vec![request.config.mistake(mistake)])?;
        let rule = request.look_rule(config.judge.judged_by());
        if !(rule.keeps_confidence() || config.judge.shares_confidence()) {
            let error = UnsuitedRule(config.judge.judged_by());
            return Err(vec![Mistake::new("/looks/rule", error.to_string())]);
        }
        if request.looks.is_some() {
            // What not even the last look could see is a mistake; the others may well see less.
            plan(&request.at_last_look())?;
        }
        let first = if request.looks_planned() > 1 {
            enough_samples(&whole)?;
            plan(&request.at_look(1)).map_err(|mistakes| {
                let first = |mistake: Mistake| {
                    Mistake::new(
                        "/looks/every",
                        format!("the first look: {}", mistake.detail),
                    )
                };
                mistakes.into_iter().map(first).collect::<Vec<_>>()
            })?
        } else {
            whole.clone()
        };
        let last_due = whole.ready_at.max(first.ready_at);
        let run = Run {
            id: RunId::new(),
            created_at: now,
            config: identity.clone(),
            origin: Origin::Native,
            key: key.as_ref().map(|key| key.key.clone()),
            deadline: last_due
                .checked_add(self.limits.deadline)
                .unwrap_or(Timestamp::MAX),
            accounts: accounts(&whole),
            trace: TraceParent::current(),
            looks: Vec::new(),
            state: RunState::Queued {
                ready_at: first.ready_at,
            },
            ended_at: None,
            request: Arc::new(request),
        };
        Ok(NewRun { run, config, key })
    }

    /// Judges a case, here or elsewhere.
    async fn judged(self: Arc<Self>, case: Case) -> Result<Looked, JudgeError> {
        let judged = if case.config().judge.remote().is_some() {
            let limits = self.limits.fetch;
            let (heard, took) = self.judges.ask(&case, &self.accounts, limits).await?;
            self.compute(move || case.heard(&heard, took)).await
        } else {
            self.compute(move || case.judged()).await
        };
        Ok(judged.ok_or(JudgeError::Panicked)??)
    }

    fn context(&self, now: Timestamp) -> PlanContext<'_> {
        PlanContext {
            accounts: &self.accounts,
            now,
            horizon: self.limits.horizon,
        }
    }

    /// Computes something off the runtime's own threads; `None` if the computation panicked.
    async fn compute<T: Send + 'static>(
        self: Arc<Self>,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let slot = self.judge_slots.clone().acquire_owned().await.ok()?;
        let work = move || {
            // Held until the work is done, also if nobody waits for it any more.
            let _slot = slot;
            work()
        };
        self.handle.spawn_blocking(work).await.ok()
    }
}

/// Watching is in vain if not even the whole window can hold as many samples as a decision needs.
fn enough_samples(whole: &Plan) -> Result<(), Vec<Mistake>> {
    let mut short = Vec::new();
    for (metric, planned) in whole.config.metrics.iter().zip(&whole.metrics) {
        let needed = metric
            .minimum_samples
            .unwrap_or(whole.config.defaults.minimum_samples)
            .count();
        let possible = planned.queries.iter().map(|query| query.grid.len()).max();
        if let Some(possible) = possible.filter(|&possible| possible < needed) {
            let name = &planned.metric;
            let detail = format!(
                "metric {name:?} needs {needed} samples, and the whole window holds {possible}"
            );
            short.push(Mistake::new("/window", detail));
        }
    }
    if short.is_empty() { Ok(()) } else { Err(short) }
}

/// The accounts a plan asks, each once.
fn accounts(plan: &Plan) -> Vec<String> {
    let queries = plan.metrics.iter().flat_map(|metric| &metric.queries);
    let mut accounts: Vec<_> = queries.map(|query| query.account.clone()).collect();
    accounts.sort();
    accounts.dedup();
    accounts
}

/// The SHA-256 of what is asked for, in hex: the same for bodies that differ in form alone.
pub(crate) fn digest<T: Serialize>(request: &T) -> String {
    // A request that was read from JSON can be written as JSON.
    let canonical = serde_json::to_vec(request).unwrap_or_default();
    Sha256::digest(canonical)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
