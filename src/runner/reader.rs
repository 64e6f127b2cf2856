//! Reading runs for callers: the one way to them that surfaces have.

use std::sync::Arc;

use crate::{
    access::Grant,
    analysis::{Delivery, Run, RunId, Scorecard},
    canary_config::CanaryConfig,
    store::{Changed, RunFilter, Store, StoreError, patiently},
};

/// Reads runs for callers. A run of an application that the caller may not know of is as good as none.
///
/// All operations wait for a store that is away for a moment, and fail with [`StoreError`] if it does not come back.
#[derive(Debug, Clone)]
pub struct Reader {
    store: Arc<dyn Store>,
}

impl Reader {
    /// Reads from this store.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }

    /// A run as it stands; `None` if it is not known, or not to this caller.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn get(&self, grant: &Grant, id: RunId) -> Result<Option<Arc<Run>>, StoreError> {
        let run = patiently(|| self.store.get(id)).await?;
        Ok(run.filter(|run| grant.sees(run.application())))
    }

    /// The run that a caller's key stands for; `None` if there is none, or not for this caller.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn by_key(&self, grant: &Grant, key: &str) -> Result<Option<Arc<Run>>, StoreError> {
        match patiently(|| self.store.by_key(key)).await? {
            Some(id) => self.get(grant, id).await,
            None => Ok(None),
        }
    }

    /// The runs that the caller may know of, newest first.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn list(
        &self,
        grant: &Grant,
        filter: RunFilter,
    ) -> Result<Vec<Arc<Run>>, StoreError> {
        let filter = RunFilter {
            applications: grant.applications().clone(),
            ..filter
        };
        patiently(|| self.store.list(&filter)).await
    }

    /// The scorecard of a look of a run that was read before, if there is one.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn scorecard(
        &self,
        run: &Run,
        look: u32,
    ) -> Result<Option<Arc<Scorecard>>, StoreError> {
        patiently(|| self.store.scorecard(run.id, look)).await
    }

    /// The config that a run that was read before is judged by, as long as it is kept.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn config(&self, run: &Run) -> Result<Option<Arc<CanaryConfig>>, StoreError> {
        patiently(|| self.store.config(&run.config.digest)).await
    }

    /// The deliveries of a run that was read before, in the order of their events.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn deliveries(&self, run: &Run) -> Result<Vec<Delivery>, StoreError> {
        patiently(|| self.store.deliveries(run.id)).await
    }

    /// How many runs have not ended.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn open(&self) -> Result<usize, StoreError> {
        self.store.open().await
    }

    /// The changes of runs from now on; they name runs and say nothing of them.
    pub fn changes(&self) -> Changed {
        self.store.changes()
    }
}
