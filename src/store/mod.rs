//! Where runs live, and which of their looks is due: one seam for every store.
//!
//! A run is created once, then carried on by whoever [claims](RunStore::claim) its next look. A claim is a lease: it holds
//! as long as it is renewed, and every write under it is fenced, so that a worker that was thought dead and comes back
//! changes nothing. Between two looks a run waits here, and nowhere else.

mod changes;
mod documents;
mod embedded;
mod packed;
mod patience;
mod redis;
#[cfg(test)]
mod suite;

use std::{cmp::Ordering, fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{
    access::Names,
    analysis::{Delivery, Progress, Run, RunId, RunKey, Scorecard},
    canary_config::CanaryConfig,
};

pub use changes::{Changed, Changes};
pub use documents::{Body, Document, DocumentKind, DocumentStore, Written};
pub use embedded::{EmbeddedStore, Place};
pub use patience::patiently;
pub use redis::{RedisServer, RedisStore};

/// Why a store could not do what it was asked to, by what the caller does next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Too many runs have not ended: try again later.
    #[error("{limit} runs have not ended, and no more are taken now")]
    Full {
        /// How many runs may wait or run at once.
        limit: usize,
    },
    /// There is no room left where runs are kept: make some.
    #[error("no space is left where runs are kept: {0}")]
    NoSpace(String),
    /// The store does not answer: try again.
    #[error("the store of runs does not answer: {0}")]
    Unavailable(String),
    /// What the store holds cannot be read: report it.
    #[error("the store of runs holds something unreadable: {0}")]
    Unreadable(String),
}

/// How much a store may hold and hand out.
#[derive(Debug, Clone, Copy)]
pub struct StoreLimits {
    /// How many runs are kept; the oldest ended ones are forgotten first.
    pub keep: usize,
    /// How long an ended run is kept.
    pub keep_for: Duration,
    /// How many runs may wait or run at once.
    pub open: usize,
    /// How long a claim holds without being renewed.
    pub lease: Duration,
    /// How many looks of one application may be claimed at once.
    pub per_application: usize,
    /// How many looks that ask one account may be claimed at once.
    pub per_account: usize,
}

/// A run to create.
#[derive(Debug, Clone)]
pub struct NewRun {
    /// The run, queued.
    pub run: Run,
    /// Its config, kept with it: later looks use it whatever has become of its name.
    pub config: Arc<CanaryConfig>,
    /// The caller's own name for it, if there is one.
    pub key: Option<RequestKey>,
}

/// A caller's own name for a run, and what was asked for under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestKey {
    /// The name.
    pub key: RunKey,
    /// The digest of the request.
    pub digest: String,
}

impl RequestKey {
    /// What an earlier run under this name, asked for with this digest, means for a request about an application: `None` if it is
    /// a new attempt. Another application's name is not to be had, whatever the attempt.
    fn finds(&self, run: Run, digest: &str, application: &str) -> Option<Created> {
        if run.application() != application {
            return Some(Created::KeyTaken(Arc::new(run)));
        }
        let earlier = run.key.as_ref().map_or(0, |key| key.attempt);
        match self.key.attempt.cmp(&earlier) {
            Ordering::Greater => None,
            Ordering::Equal if self.digest == digest => Some(Created::Before(Arc::new(run))),
            Ordering::Equal | Ordering::Less => Some(Created::KeyTaken(Arc::new(run))),
        }
    }
}

/// What became of a request for a run.
#[derive(Debug, Clone)]
pub enum Created {
    /// There is a new run.
    New(Arc<Run>),
    /// The same was asked for under this key before: this run.
    Before(Arc<Run>),
    /// Something else was asked for under this key before, or by another application, or there has been a later attempt.
    KeyTaken(Arc<Run>),
}

/// A look that is due, taken by one worker.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The run as it stands.
    pub run: Arc<Run>,
    /// Its config; if it cannot be read, why: nothing but its end will ever become of such a run.
    pub config: Result<Arc<CanaryConfig>, String>,
    /// What writes go under.
    pub fence: Fence,
}

/// Tells the writes of one claim from those of every other.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Fence {
    pub(super) run: RunId,
    /// Grows with every claim of the run.
    pub(super) epoch: u64,
}

impl Fence {
    /// The run that is claimed.
    pub fn run(&self) -> RunId {
        self.run
    }
}

/// Whether a claim still holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Held {
    /// It does, and what was asked for is done.
    Yes,
    /// The run has ended or somebody else carries it on; nothing was written.
    Lost,
}

/// A delivery that is due, taken by one worker for a while.
#[derive(Debug, Clone)]
pub struct DueDelivery {
    /// The delivery as it stands.
    pub delivery: Delivery,
    /// The run it is about, as it stands.
    pub run: Arc<Run>,
}

/// Which runs to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunFilter {
    /// Only runs of these applications: those whoever asks may know of.
    pub applications: Names,
    /// Only runs of this application.
    pub application: Option<String>,
    /// Only runs under the config of this name.
    pub config: Option<String>,
    /// Only runs that ended so: see [`RunState::verdict`](crate::analysis::RunState::verdict).
    pub verdict: Option<String>,
    /// Only runs created at this time or later.
    pub since: Option<Timestamp>,
    /// Only runs created before this time.
    pub until: Option<Timestamp>,
    /// Only runs created before this one: the last of the page before.
    pub before: Option<RunId>,
    /// At most this many.
    pub limit: usize,
}

/// Everything the service keeps.
pub trait Store: RunStore + DocumentStore {}

impl<T: RunStore + DocumentStore> Store for T {}

/// Keeps runs, and hands out the looks that are due. A run that has ended never changes again.
///
/// Whatever changes a run ([`commit`](RunStore::commit), [`cancel`](RunStore::cancel)) also keeps the messages that
/// [`Delivery::all_of`] makes of it, and [`create`](RunStore::create) those of [`Delivery::all_of_new`], in the same
/// transaction, and hands them out when they are due. They are forgotten with their run.
///
/// All operations fail with [`StoreError`] if the store does not answer, and then have either happened or not.
#[async_trait]
pub trait RunStore: Send + Sync + fmt::Debug {
    /// Takes in a new run, or finds the one that its key stands for.
    ///
    /// # Errors
    /// There is no room, or the store does not answer.
    async fn create(&self, new: NewRun) -> Result<Created, StoreError>;

    /// Waits for a look that is due, and takes it. Dropping the future takes nothing, or something that is due again when
    /// its lease ends.
    ///
    /// # Errors
    /// The store does not answer.
    async fn claim(&self) -> Result<Claim, StoreError>;

    /// Holds a claim for another lease.
    ///
    /// # Errors
    /// The store does not answer.
    async fn renew(&self, fence: &Fence) -> Result<Held, StoreError>;

    /// Tells how far a claimed look has come; not kept beyond the claim.
    ///
    /// # Errors
    /// The store does not answer.
    async fn report(&self, fence: &Fence, progress: Progress) -> Result<(), StoreError>;

    /// Writes what a look led to and gives the claim back: the run waits for its next look, or has ended. The scorecard is
    /// the last look's. Repeated because its answer was lost, it changes nothing.
    ///
    /// # Errors
    /// The store does not answer, or has no room.
    async fn commit(
        &self,
        fence: &Fence,
        run: Run,
        scorecard: Option<Arc<Scorecard>>,
    ) -> Result<Held, StoreError>;

    /// Gives a claim back with nothing done: the look is due again at once.
    ///
    /// # Errors
    /// The store does not answer.
    async fn release(&self, fence: &Fence) -> Result<Held, StoreError>;

    /// Ends a run that has not ended, whoever carries it on; `None` if it is not known.
    ///
    /// # Errors
    /// The store does not answer.
    async fn cancel(&self, id: RunId) -> Result<Option<Arc<Run>>, StoreError>;

    /// Waits for a delivery that is due, and takes it for so long; unless an attempt is noted meanwhile, it is due again
    /// then. Dropping the future takes nothing, or something that is due again later.
    ///
    /// # Errors
    /// The store does not answer.
    async fn claim_delivery(&self, hold: Duration) -> Result<DueDelivery, StoreError>;

    /// Writes a delivery after one more attempt: it is due again when it says so, or has ended. Nothing is written if it does not
    /// [follow](Delivery::follows) what is kept, since somebody else was faster, or the run was forgotten.
    ///
    /// # Errors
    /// The store does not answer, or has no room.
    async fn note_attempt(&self, delivery: Delivery) -> Result<Held, StoreError>;

    /// The deliveries of a run, in the order of their events.
    ///
    /// # Errors
    /// The store does not answer.
    async fn deliveries(&self, id: RunId) -> Result<Vec<Delivery>, StoreError>;

    /// A run as it stands; `None` if it is not known.
    ///
    /// # Errors
    /// The store does not answer.
    async fn get(&self, id: RunId) -> Result<Option<Arc<Run>>, StoreError>;

    /// The run that a caller's key stands for.
    ///
    /// # Errors
    /// The store does not answer.
    async fn by_key(&self, key: &str) -> Result<Option<RunId>, StoreError>;

    /// The scorecard of a look of a run, if there is one.
    ///
    /// # Errors
    /// The store does not answer.
    async fn scorecard(&self, id: RunId, look: u32) -> Result<Option<Arc<Scorecard>>, StoreError>;

    /// The config of this digest, as long as a run that is kept needs it.
    ///
    /// # Errors
    /// The store does not answer.
    async fn config(&self, digest: &str) -> Result<Option<Arc<CanaryConfig>>, StoreError>;

    /// Runs, newest first.
    ///
    /// # Errors
    /// The store does not answer.
    async fn list(&self, filter: &RunFilter) -> Result<Vec<Arc<Run>>, StoreError>;

    /// How many runs have not ended.
    ///
    /// # Errors
    /// The store does not answer.
    async fn open(&self) -> Result<usize, StoreError>;

    /// The changes of runs from now on.
    fn changes(&self) -> Changed;
}

/// The first id that a run created at this time can have: ids begin with their time in milliseconds.
fn first_at(at: Timestamp) -> u128 {
    u128::try_from(at.as_millisecond()).unwrap_or(0) << 80
}
