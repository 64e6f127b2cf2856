//! Why a query has no usable answer.

use serinus_adapters::QueryError;

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
    /// The store refuses the credentials.
    Unauthorized,
    /// The store refuses the query.
    InvalidQuery,
    /// The store asks for fewer requests.
    RateLimited,
    /// The store took too long, or the deadline passed.
    Timeout,
    /// The store cannot be reached or is out of order.
    Unavailable,
    /// The answer is not that of such a store.
    Malformed,
    /// The question or its answer is larger than a limit allows.
    TooMuchData,
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
            Self::Unauthorized => "unauthorized",
            Self::InvalidQuery => "invalid-query",
            Self::RateLimited => "rate-limited",
            Self::Timeout => "timeout",
            Self::Unavailable => "unavailable",
            Self::Malformed => "malformed",
            Self::TooMuchData => "too-much-data",
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
            kind: match error {
                QueryError::Unauthorized { .. } => FetchErrorKind::Unauthorized,
                QueryError::InvalidQuery { .. } => FetchErrorKind::InvalidQuery,
                QueryError::RateLimited { .. } => FetchErrorKind::RateLimited,
                QueryError::Timeout { .. } => FetchErrorKind::Timeout,
                QueryError::Unavailable { .. } => FetchErrorKind::Unavailable,
                QueryError::Malformed { .. } => FetchErrorKind::Malformed,
                QueryError::TooMuchData { .. } => FetchErrorKind::TooMuchData,
            },
            message: error.to_string(),
        }
    }
}
