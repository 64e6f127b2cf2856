//! How a query fails, sorted by what the caller can do next.

use std::time::Duration;

use thiserror::Error;

/// Why a store gave no usable answer.
///
/// Each `detail` reads alone: the request's method and address (without credentials or query string), the status,
/// and at most 300 characters of what the store said. Configured secrets are removed from it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum QueryError {
    /// The store refuses the credentials, or they cannot be read. Repeating the request does not help.
    #[error("the metric store refuses the credentials: {detail}")]
    Unauthorized {
        /// What happened.
        detail: String,
    },
    /// The store understands the request and finds the query wrong. Change the query.
    #[error("the metric store refuses the query: {detail}")]
    InvalidQuery {
        /// What happened.
        detail: String,
    },
    /// The store asks for fewer requests. Wait, then repeat.
    #[error("the metric store limits the rate of requests: {detail}")]
    RateLimited {
        /// How long the store asks to wait, when it says so.
        retry_after: Option<Duration>,
        /// What happened.
        detail: String,
    },
    /// No answer in time, by the account's own limit or the store's. Repeat, or ask for less.
    #[error("the metric store took too long: {detail}")]
    Timeout {
        /// What happened.
        detail: String,
    },
    /// The store cannot be reached or is out of order. Repeat.
    #[error("the metric store is not available: {detail}")]
    Unavailable {
        /// What happened.
        detail: String,
    },
    /// Something answers, but not as this kind of store does. Check the account's address.
    #[error("the answer is not that of such a metric store: {detail}")]
    Malformed {
        /// What happened.
        detail: String,
    },
    /// The question or its answer is larger than a limit allows. Ask for fewer series, a shorter window or a longer step.
    #[error("the query asks for too much data: {detail}")]
    TooMuchData {
        /// What happened.
        detail: String,
    },
}

impl QueryError {
    /// Whether the same request may succeed a little later.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::RateLimited { .. } | Self::Timeout { .. } | Self::Unavailable { .. } => true,
            Self::Unauthorized { .. }
            | Self::InvalidQuery { .. }
            | Self::Malformed { .. }
            | Self::TooMuchData { .. } => false,
        }
    }

    /// What happened, by itself: of whoever was asked.
    #[must_use]
    pub fn detail(&self) -> &str {
        match self {
            Self::Unauthorized { detail }
            | Self::InvalidQuery { detail }
            | Self::RateLimited { detail, .. }
            | Self::Timeout { detail }
            | Self::Unavailable { detail }
            | Self::Malformed { detail }
            | Self::TooMuchData { detail } => detail,
        }
    }

    /// Which of them it is.
    #[must_use]
    pub fn kind(&self) -> QueryErrorKind {
        match self {
            Self::Unauthorized { .. } => QueryErrorKind::Unauthorized,
            Self::InvalidQuery { .. } => QueryErrorKind::InvalidQuery,
            Self::RateLimited { .. } => QueryErrorKind::RateLimited,
            Self::Timeout { .. } => QueryErrorKind::Timeout,
            Self::Unavailable { .. } => QueryErrorKind::Unavailable,
            Self::Malformed { .. } => QueryErrorKind::Malformed,
            Self::TooMuchData { .. } => QueryErrorKind::TooMuchData,
        }
    }

    /// A stable name for logs, metrics and wire formats: that of its kind.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.kind().as_str()
    }
}

/// What kind of error a [`QueryError`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryErrorKind {
    /// The store refuses the credentials.
    Unauthorized,
    /// The store refuses the query.
    InvalidQuery,
    /// The store asks for fewer requests.
    RateLimited,
    /// No answer in time.
    Timeout,
    /// The store cannot be reached or is out of order.
    Unavailable,
    /// The answer is not that of such a store.
    Malformed,
    /// The question or its answer is larger than a limit allows.
    TooMuchData,
}

impl QueryErrorKind {
    /// A stable name for it, for logs, metrics and wire formats.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unauthorized => "unauthorized",
            Self::InvalidQuery => "invalid-query",
            Self::RateLimited => "rate-limited",
            Self::Timeout => "timeout",
            Self::Unavailable => "unavailable",
            Self::Malformed => "malformed",
            Self::TooMuchData => "too-much-data",
        }
    }
}
