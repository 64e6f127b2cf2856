//! Why the runner did not do what it was asked to.

use crate::{
    access::Denied,
    analysis::{RunId, Unfit},
    canary_config::Mistake,
    configs::ResolveError,
    remote_judges::NoDecision,
    store::StoreError,
};

use super::waiting::MAX_WAITING;

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
    /// Try again later.
    #[error("{MAX_WAITING} judgements are under way or wait, and no more are taken now")]
    Busy,
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
pub(super) enum JudgeError {
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
pub(super) const PANICKED: &str = "internal error: the service made a mistake; please report this";
