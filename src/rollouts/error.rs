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
    /// Use another key. The rollout is there if the caller may know of it.
    #[error(
        "the key {0:?} stands for {named}, which was asked for otherwise",
        named = .1.map_or("a rollout of others".to_owned(), |id| format!("rollout {id}"))
    )]
    KeyTaken(String, Option<RolloutId>),
    /// Bring some to their end.
    #[error(
        "{0} rollouts have not ended, and no more are kept: roll back those that nobody carries on"
    )]
    Full(usize),
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
