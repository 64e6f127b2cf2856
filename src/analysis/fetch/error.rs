//! Why a query has no usable answer.

use serinus_adapters::{QueryError, QueryErrorKind};

/// Why one query has no usable answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FetchError {
    /// What kind of error it is.
    pub kind: FetchErrorKind,
    /// What happened, as a sentence.
    pub message: String,
}

/// What kind of error it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FetchErrorKind {
    /// The store's own, or that of asking it in time and within its account's limits.
    Store(QueryErrorKind),
    /// Together, the answers hold more samples than a run may.
    TooManySamples,
    /// More series came back than are wanted.
    SeveralSeries,
    /// No account has this name any more.
    UnknownAccount,
    /// The window is none.
    InvalidWindow,
    /// The query was not asked.
    Unanswered,
}

impl FetchErrorKind {
    /// A stable word for it, for logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Store(kind) => kind.as_str(),
            Self::TooManySamples => "too-many-samples",
            Self::SeveralSeries => "several-series",
            Self::UnknownAccount => "unknown-account",
            Self::InvalidWindow => "invalid-window",
            Self::Unanswered => "unanswered",
        }
    }
}

impl From<QueryError> for FetchError {
    fn from(error: QueryError) -> Self {
        Self {
            kind: FetchErrorKind::Store(error.kind()),
            message: error.to_string(),
        }
    }
}
