//! The kinds of problem.

use actix_web::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

/// The kinds of problem: stable words that programs may rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Code {
    /// The query string or the body cannot be read.
    BadRequest,
    /// The body is not JSON.
    NotJson,
    /// It is not known who calls.
    Unauthenticated,
    /// The caller may not do this.
    Forbidden,
    /// A page of another site asks for a change.
    OtherSite,
    /// The request is for another host.
    Misdirected,
    /// There is nothing here.
    NotFound,
    /// The path exists, but not under this method.
    MethodNotAllowed,
    /// The analysis has no scorecard, or none yet.
    NoScorecard,
    /// The body did not arrive in time.
    BodyTimeout,
    /// The body is too large.
    TooLarge,
    /// The body is not declared as JSON.
    UnsupportedMediaType,
    /// The body is JSON, but what it says cannot be done; see `errors`.
    InvalidRequest,
    /// Too many runs are in flight, or too many judgements wait.
    Busy,
    /// The key stands for another request.
    KeyTaken,
    /// It is not the time for this.
    OutOfTurn,
    /// The analysis goes on, and the caller wants to hear so as an error.
    Pending,
    /// Something that is not changed here has this name, or several things have it.
    NameTaken,
    /// What is there is not what `If-Match` or `If-None-Match` says.
    PreconditionFailed,
    /// There is no room left where runs are kept.
    NoSpace,
    /// A judge elsewhere gave no decision.
    NoDecision,
    /// The store of runs does not answer.
    StoreUnavailable,
    /// The service is shutting down.
    ShuttingDown,
    /// The service made a mistake.
    Internal,
}

impl Code {
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::BadRequest | Self::NotJson => StatusCode::BAD_REQUEST,
            Self::Unauthenticated => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::OtherSite => StatusCode::FORBIDDEN,
            Self::Misdirected => StatusCode::MISDIRECTED_REQUEST,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::NoScorecard | Self::KeyTaken | Self::OutOfTurn | Self::NameTaken => {
                StatusCode::CONFLICT
            }
            Self::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
            // 425 Too Early, which the library has no name for.
            Self::Pending => StatusCode::from_u16(425).unwrap_or(StatusCode::CONFLICT),
            Self::BodyTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::InvalidRequest => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Busy => StatusCode::TOO_MANY_REQUESTS,
            Self::ShuttingDown | Self::StoreUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::NoDecision => StatusCode::BAD_GATEWAY,
            Self::NoSpace => StatusCode::INSUFFICIENT_STORAGE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// When it pays to try again, for what passes by itself.
    pub(crate) fn retry_after_seconds(self) -> Option<u32> {
        match self {
            Self::Busy | Self::ShuttingDown | Self::StoreUnavailable | Self::NoDecision => Some(5),
            Self::Pending => Some(10),
            Self::NoSpace => Some(60),
            Self::BadRequest
            | Self::NotJson
            | Self::Unauthenticated
            | Self::Forbidden
            | Self::OtherSite
            | Self::Misdirected
            | Self::NotFound
            | Self::MethodNotAllowed
            | Self::NoScorecard
            | Self::KeyTaken
            | Self::OutOfTurn
            | Self::NameTaken
            | Self::PreconditionFailed
            | Self::BodyTimeout
            | Self::TooLarge
            | Self::UnsupportedMediaType
            | Self::InvalidRequest
            | Self::Internal => None,
        }
    }

    /// What a status means that something below the handlers answered with.
    pub(super) fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::UNAUTHORIZED => Self::Unauthenticated,
            StatusCode::FORBIDDEN => Self::Forbidden,
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Self::MethodNotAllowed,
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::UnsupportedMediaType,
            status if status.is_client_error() => Self::BadRequest,
            _ => Self::Internal,
        }
    }
}
