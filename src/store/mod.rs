//! Where runs live. One seam for every store; today there is one that keeps runs in memory, with bounds.

mod memory;

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use tokio::sync::watch;

use crate::analysis::{Run, RunId, RunState};

pub use memory::MemoryStore;

/// Why a store could not do what it was asked to, by what the caller does next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Only runs that have not ended are left, and no more fit: try again later.
    #[error("the store holds {limit} runs that have not ended, and no more fit")]
    Full {
        /// How many runs the store may hold.
        limit: usize,
    },
}

/// Which runs to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunFilter {
    /// Only runs of this application.
    pub application: Option<String>,
    /// Only runs under the config of this name.
    pub config: Option<String>,
    /// Only runs created before this one: the last of the page before.
    pub before: Option<RunId>,
    /// At most this many.
    pub limit: usize,
}

/// What became of a requested change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advanced {
    /// The run is in the new state.
    Done,
    /// The run had ended (or is gone) and stays as it was.
    AlreadyFinal,
}

/// Keeps runs. A run that has ended never changes again.
#[async_trait]
pub trait RunStore: Send + Sync + fmt::Debug {
    /// Takes in a new run, making room by forgetting the oldest ended one if need be.
    ///
    /// # Errors
    /// There is no room.
    async fn create(&self, run: Run) -> Result<(), StoreError>;

    /// Moves a run on.
    ///
    /// # Errors
    /// The store does not answer.
    async fn advance(&self, id: RunId, state: RunState) -> Result<Advanced, StoreError>;

    /// A run, now and whenever it changes; `None` if it is not known.
    ///
    /// # Errors
    /// The store does not answer.
    async fn watch(&self, id: RunId) -> Result<Option<watch::Receiver<Arc<Run>>>, StoreError>;

    /// Runs, newest first.
    ///
    /// # Errors
    /// The store does not answer.
    async fn list(&self, filter: &RunFilter) -> Result<Vec<Arc<Run>>, StoreError>;
}
