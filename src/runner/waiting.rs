//! How many judgements may wait, for callers who get theirs at once.

use tokio::sync::{Semaphore, SemaphorePermit};

use super::SubmitError;

/// How many are judged or wait for it at once: each holds all its samples in memory.
pub(super) const MAX_WAITING: usize = 16;

/// The places of those who wait.
#[derive(Debug)]
pub(super) struct Waiting(Semaphore);

impl Waiting {
    pub(super) const fn new() -> Self {
        Self(Semaphore::const_new(MAX_WAITING))
    }

    /// A place, held until it is dropped.
    ///
    /// # Errors
    /// All are taken: [`SubmitError::Busy`].
    pub(super) fn place(&self) -> Result<SemaphorePermit<'_>, SubmitError> {
        self.0.try_acquire().map_err(|_| SubmitError::Busy)
    }
}
