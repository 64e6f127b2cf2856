//! Takes requests, and carries runs from one look to the next.
//!
//! HTTP workers are single-threaded runtimes that come and go with their connections, so no run lives on one: the
//! runner owns a handle of the main runtime and all work is done there. Between two looks a run lives in the store alone.

mod asked;
mod errors;
mod judging;
mod look;
mod reader;
mod single;
mod submit;
mod waiting;
mod worker;

pub use errors::{CancelError, SubmitError};
pub use reader::Reader;
pub use single::FetchAloneError;
pub(crate) use submit::digest;

use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use tokio::{runtime::Handle, sync::Semaphore};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    analysis::{Accounts, FetchLimits, PlanContext},
    audit::Audit,
    callbacks::Callbacks,
    configs::Configs,
    metrics::Metrics,
    remote_judges::RemoteJudges,
    store::Store,
};
use errors::PANICKED;
use waiting::Waiting;

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

/// The parts of the service that a runner works with.
#[derive(Debug)]
pub struct RunnerParts {
    /// What runs may use.
    pub limits: RunLimits,
    /// Where metrics are.
    pub accounts: Arc<Accounts>,
    /// What requests can name.
    pub configs: Configs,
    /// Judges elsewhere.
    pub judges: Arc<RemoteJudges>,
    /// Who can be told.
    pub callbacks: Arc<Callbacks>,
    /// Where runs live.
    pub store: Arc<dyn Store>,
    /// Who did what.
    pub audit: Audit,
    /// What is counted.
    pub metrics: Arc<Metrics>,
}

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
    waiting: Waiting,
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
    pub fn start(handle: Handle, parts: RunnerParts) -> Self {
        let RunnerParts {
            limits,
            accounts,
            configs,
            judges,
            callbacks,
            store,
            audit,
            metrics,
        } = parts;
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let inner = Arc::new(Inner {
            handle,
            tracker: TaskTracker::new(),
            shutdown: CancellationToken::new(),
            handing_over: CancellationToken::new(),
            judge_slots: Arc::new(Semaphore::new(cores)),
            limits,
            waiting: Waiting::new(),
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
    fn context(&self, now: Timestamp) -> PlanContext<'_> {
        PlanContext {
            accounts: &self.accounts,
            now,
            horizon: self.limits.horizon,
        }
    }
}
