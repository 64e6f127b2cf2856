//! Drives runs from request to scorecard.
//!
//! HTTP workers are single-threaded runtimes that come and go with their connections, so no run lives on one: the
//! runner owns a handle of the main runtime and all runs are tasks there.

use std::{
    collections::HashMap,
    num::NonZeroUsize,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use futures_util::FutureExt;
use jiff::{SignedDuration, Timestamp};
use serinus_judge::JudgeName;
use tokio::{runtime::Handle, sync::Semaphore};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::Instrument;

use crate::{
    analysis::{
        Accounts, AnalysisRequest, FetchLimits, Fetched, JudgementRequest, Plan, PlanContext,
        Progress, Run, RunId, RunState, Scorecard, Timings, fetch, judge_fetched, judge_samples,
        plan,
    },
    canary_config::{ConfigLibrary, Mistake},
    metrics::Metrics,
    store::{RunStore, StoreError},
};

/// What runs may use.
#[derive(Debug, Clone, Copy)]
pub struct RunLimits {
    /// How many runs may be queued or running at once.
    pub in_flight: usize,
    /// How far ahead a run's window may end.
    pub horizon: SignedDuration,
    /// How hard fetching tries.
    pub fetch: FetchLimits,
}

/// Why a request did not become a run, by what the caller does next.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// Mend the request.
    #[error("the request cannot be carried out")]
    Invalid(Vec<Mistake>),
    /// Try again later.
    #[error("{0} runs are in flight, and no more are taken now")]
    Busy(usize),
    /// Try another replica.
    #[error("the service is shutting down")]
    ShuttingDown,
    /// Report it.
    #[error("{PANICKED}")]
    Panicked,
    /// Try again later.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Takes requests and drives them; cheap to clone.
#[derive(Debug, Clone)]
pub struct Runner(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    handle: Handle,
    tracker: TaskTracker,
    shutdown: CancellationToken,
    /// How to cancel each run in flight.
    in_flight: Mutex<HashMap<RunId, CancellationToken>>,
    /// As many judge jobs at once as there are cores: judging is all computation.
    judge_slots: Arc<Semaphore>,
    limits: RunLimits,
    accounts: Arc<Accounts>,
    configs: Arc<ConfigLibrary>,
    store: Arc<dyn RunStore>,
    metrics: Arc<Metrics>,
}

impl Runner {
    /// A runner whose runs live on the runtime of `handle`.
    pub fn new(
        handle: Handle,
        limits: RunLimits,
        accounts: Arc<Accounts>,
        configs: Arc<ConfigLibrary>,
        store: Arc<dyn RunStore>,
        metrics: Arc<Metrics>,
    ) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self(Arc::new(Inner {
            handle,
            tracker: TaskTracker::new(),
            shutdown: CancellationToken::new(),
            in_flight: Mutex::default(),
            judge_slots: Arc::new(Semaphore::new(cores)),
            limits,
            accounts,
            configs,
            store,
            metrics,
        }))
    }

    /// Checks a request completely and starts a run for it.
    ///
    /// # Errors
    /// See [`SubmitError`]; nothing has been started then.
    pub async fn submit(&self, request: AnalysisRequest) -> Result<Run, SubmitError> {
        let inner = &self.0;
        if inner.shutdown.is_cancelled() {
            return Err(SubmitError::ShuttingDown);
        }
        let now = Timestamp::now();
        let context = PlanContext {
            configs: &inner.configs,
            accounts: &inner.accounts,
            now,
            horizon: inner.limits.horizon,
        };
        let plan = plan(&request, context).map_err(SubmitError::Invalid)?;
        let run = Run {
            id: RunId::new(),
            application: request.application.to_string(),
            config: plan.identity.clone(),
            labels: request.labels,
            state: RunState::Queued {
                ready_at: plan.ready_at,
            },
        };
        let cancel = inner.admit(run.id)?;
        if let Err(error) = inner.store.create(run.clone()).await {
            inner.in_flight().remove(&run.id);
            return Err(error.into());
        }
        let span = tracing::info_span!(parent: None, "run", run.id = %run.id, application = %run.application, config = %run.config.name);
        let drive = drive(inner.clone(), run.clone(), plan, cancel).instrument(span);
        inner.tracker.spawn_on(drive, &inner.handle);
        Ok(run)
    }

    /// Ends a run. A run that has ended already stays as it was.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn cancel(&self, id: RunId) -> Result<(), StoreError> {
        self.0.store.advance(id, RunState::Cancelled).await?;
        if let Some(token) = self.0.in_flight().get(&id) {
            token.cancel();
        }
        Ok(())
    }

    /// Judges samples that came with a request.
    ///
    /// # Errors
    /// Everything wrong with the request.
    pub async fn judge(&self, request: JudgementRequest) -> Result<Scorecard, SubmitError> {
        let inner = self.0.clone();
        let judged = inner
            .clone()
            .compute(move || judge_samples(&request, &inner.configs))
            .await;
        match judged {
            Some(judged) => judged.map_err(SubmitError::Invalid),
            None => Err(SubmitError::Panicked),
        }
    }

    /// Takes no new runs, gives those in flight `grace` to end, and then cancels them.
    pub async fn shut_down(&self, grace: Duration) {
        let inner = &self.0;
        inner.shutdown.cancel();
        inner.tracker.close();
        if tokio::time::timeout(grace, inner.tracker.wait())
            .await
            .is_err()
        {
            let left: Vec<_> = inner.in_flight().values().cloned().collect();
            tracing::warn!(
                runs = left.len(),
                "the grace time is over; cancelling the runs still in flight"
            );
            left.iter().for_each(CancellationToken::cancel);
            inner.tracker.wait().await;
        }
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
    fn in_flight(&self) -> MutexGuard<'_, HashMap<RunId, CancellationToken>> {
        self.in_flight
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn admit(&self, id: RunId) -> Result<CancellationToken, SubmitError> {
        let mut in_flight = self.in_flight();
        if in_flight.len() >= self.limits.in_flight {
            return Err(SubmitError::Busy(in_flight.len()));
        }
        let token = CancellationToken::new();
        in_flight.insert(id, token.clone());
        Ok(token)
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

    async fn advance(&self, id: RunId, state: RunState) {
        if let Err(error) = self.store.advance(id, state).await {
            tracing::error!(%error, "the run's state could not be stored");
        }
    }
}

/// What a run says that met a mistake of the service.
const PANICKED: &str = "internal error: the service made a mistake; please report this";

/// Drives one run to its end, whatever happens.
async fn drive(inner: Arc<Inner>, run: Run, plan: Plan, cancel: CancellationToken) {
    let id = run.id;
    let started = Instant::now();
    inner.metrics.run_started();
    let state = tokio::select! {
        () = cancel.cancelled() => RunState::Cancelled,
        ended = AssertUnwindSafe(analyse(&inner, &run, plan)).catch_unwind() => match ended {
            Ok(Ok(scorecard)) => RunState::Succeeded(Arc::new(scorecard)),
            Ok(Err(reason)) => RunState::Failed { reason },
            // Nothing else would ever end this run.
            Err(_) => RunState::Failed { reason: PANICKED.to_owned() },
        },
    };
    match &state {
        RunState::Succeeded(scorecard) => tracing::info!(
            verdict = %scorecard.decision.verdict,
            score = scorecard.decision.score,
            duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            "the analysis ended"
        ),
        RunState::Failed { reason } => tracing::warn!(reason, "the analysis failed"),
        RunState::Cancelled | RunState::Queued { .. } | RunState::Running(_) => {
            tracing::info!("the analysis was cancelled")
        }
    }
    inner.metrics.run_ended(&state, started.elapsed());
    inner.advance(id, state).await;
    inner.in_flight().remove(&id);
}

/// Waits, fetches and judges; the error is why there is no scorecard.
async fn analyse(inner: &Arc<Inner>, run: &Run, plan: Plan) -> Result<Scorecard, String> {
    let wait = plan.ready_at.duration_since(Timestamp::now());
    if let Ok(wait) = Duration::try_from(wait) {
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = inner.shutdown.cancelled() => {
                return Err("the service was stopped before the data was complete".to_owned());
            }
        }
    }
    let queries = plan.queries();
    inner
        .advance(
            run.id,
            RunState::Running(Progress {
                answered: 0,
                queries,
            }),
        )
        .await;
    let started = Instant::now();
    let fetched = fetch_and_tell(inner, run.id, &plan, queries).await;
    let timings = Timings {
        fetch_millis: started.elapsed().as_secs_f64() * 1e3,
        ..Timings::default()
    };
    for (planned, fetched) in plan.metrics.iter().zip(&fetched) {
        // Kayenta's judge knows no metric without an answer: there, as in Kayenta, the run fails.
        if let (Some((side, error)), JudgeName::NetflixAca) =
            (fetched.failure(planned), plan.config.judge.name())
        {
            return Err(format!("{}, {side}: {error}", planned.metric));
        }
    }
    inner
        .advance(
            run.id,
            RunState::Running(Progress {
                answered: queries,
                queries,
            }),
        )
        .await;
    let run = run.clone();
    let judged = inner
        .clone()
        .compute(move || judge_fetched(&run, &plan, fetched, timings))
        .await;
    judged.ok_or_else(|| PANICKED.to_owned())
}

/// Fetches, and keeps the run's progress up to date meanwhile.
async fn fetch_and_tell(inner: &Inner, id: RunId, plan: &Plan, queries: usize) -> Vec<Fetched> {
    let (progress, mut steps) = tokio::sync::watch::channel(0);
    let fetching = fetch(plan, &inner.accounts, inner.limits.fetch, |answered| {
        inner.metrics.queried(answered);
        progress.send_replace(answered.done);
    });
    tokio::pin!(fetching);
    loop {
        tokio::select! {
            fetched = &mut fetching => return fetched,
            Ok(()) = steps.changed() => {
                let answered = *steps.borrow_and_update();
                inner.advance(id, RunState::Running(Progress { answered, queries })).await;
            }
        }
    }
}
