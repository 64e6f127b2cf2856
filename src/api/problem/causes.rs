//! What the core could not do, as problems.

use super::{Code, Problem};
use crate::{
    configs::{FindError, Refused},
    runner::{CancelError, SubmitError},
    store::StoreError,
};

impl From<SubmitError> for Problem {
    fn from(error: SubmitError) -> Self {
        let detail = error.to_string();
        match error {
            SubmitError::Invalid(mistakes) => Self::invalid(mistakes),
            SubmitError::Denied(denied) => denied.into(),
            SubmitError::KeyTaken(..) => Self::new(Code::KeyTaken, detail),
            SubmitError::Busy => Self::new(Code::Busy, detail),
            SubmitError::ShuttingDown => Self::new(Code::ShuttingDown, detail),
            SubmitError::NoDecision(_) => Self::new(Code::NoDecision, detail),
            SubmitError::Panicked => Self::new(Code::Internal, detail),
            SubmitError::Store(error) => error.into(),
        }
    }
}

impl From<CancelError> for Problem {
    fn from(error: CancelError) -> Self {
        match error {
            CancelError::Denied(denied) => denied.into(),
            CancelError::Store(error) => error.into(),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let detail = error.to_string();
        let code = match error {
            StoreError::Full { .. } => Code::Busy,
            StoreError::NoSpace(_) => Code::NoSpace,
            StoreError::Unavailable(_) => Code::StoreUnavailable,
            StoreError::Unreadable(_) => Code::Internal,
        };
        Self::new(code, detail)
    }
}

impl From<FindError> for Problem {
    fn from(error: FindError) -> Self {
        let detail = error.to_string();
        match error {
            FindError::Unknown { .. } => Self::not_found(detail),
            FindError::Ambiguous { .. } => Self::new(Code::NameTaken, detail),
            FindError::Store(error) => error.into(),
        }
    }
}

impl From<Refused> for Problem {
    fn from(error: Refused) -> Self {
        let detail = error.to_string();
        let code = match error {
            Refused::NameTaken { .. } | Refused::Mistakable { .. } => Code::NameTaken,
            Refused::Precondition { .. } => Code::PreconditionFailed,
            Refused::TooMany => Code::NoSpace,
            Refused::TooLarge => Code::TooLarge,
            Refused::Unknown(_) => Code::NotFound,
            Refused::Contended => Code::OutOfTurn,
            Refused::Store(error) => return error.into(),
        };
        Self::new(code, detail)
    }
}
