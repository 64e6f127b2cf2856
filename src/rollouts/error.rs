//! Why a rollout could not be changed.

use super::RolloutId;
use crate::{access::Denied, runner::SubmitError, store::StoreError};

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

impl From<Denied> for RolloutError {
    fn from(denied: Denied) -> Self {
        Self::Submit(denied.into())
    }
}

impl From<StoreError> for RolloutError {
    fn from(error: StoreError) -> Self {
        Self::Submit(error.into())
    }
}
