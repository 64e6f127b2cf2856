//! Errors on the wire: `application/problem+json` (RFC 9457), without exception.

use std::{fmt, panic::AssertUnwindSafe, time::Instant};

use actix_web::{
    Error, HttpResponse, ResponseError,
    body::{EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, StatusCode, header},
    middleware::Next,
    web::Data,
};
use futures_util::FutureExt;
use serde::Serialize;
use utoipa::ToSchema;

use super::State;
use crate::{
    canary_config::Mistake,
    configs::{FindError, Refused},
    runner::{CancelError, SubmitError},
    store::StoreError,
};

/// The content type of every error.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// How browsers are asked for a token.
const BASIC: &str = "Basic realm=\"serinus: the token is the password\", charset=\"UTF-8\"";

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
    fn of_status(status: StatusCode) -> Self {
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

/// What went wrong, for people and for programs.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    code: Code,
    detail: String,
    errors: Vec<Mistake>,
}

/// What went wrong, for people and for programs (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct Body<'a> {
    /// Identifies the kind of problem: `urn:serinus:problem:` and the code.
    #[serde(rename = "type")]
    kind: String,
    /// The kind of problem in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// The kind of problem.
    code: Code,
    /// This problem in a sentence.
    detail: &'a str,
    /// Every mistake in the request, where there are any.
    errors: &'a [Mistake],
}

impl Problem {
    pub(crate) fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            errors: Vec::new(),
        }
    }

    /// The document is readable, but what it says cannot be done.
    pub(crate) fn invalid(errors: Vec<Mistake>) -> Self {
        let detail = match errors.as_slice() {
            [one] => one.to_string(),
            several => format!("{} mistakes, see `errors`", several.len()),
        };
        Self {
            code: Code::InvalidRequest,
            detail,
            errors,
        }
    }

    /// All that is wrong, in one text.
    pub(crate) fn text(&self) -> String {
        match self.errors.as_slice() {
            [] | [_] => self.detail.clone(),
            several => {
                let lines: Vec<_> = several.iter().map(ToString::to_string).collect();
                lines.join("; ")
            }
        }
    }

    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(Code::NotFound, detail)
    }
}

impl Problem {
    pub(crate) fn is_not_found(&self) -> bool {
        self.code == Code::NotFound
    }

    /// The problem in a sentence, with every mistake there is.
    pub(crate) fn into_sentence(self) -> (Code, String) {
        let mistakes: Vec<_> = self.errors.iter().map(Mistake::to_string).collect();
        let sentence = if mistakes.is_empty() {
            self.detail
        } else {
            mistakes.join("; ")
        };
        (self.code, sentence)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.code.status()
    }

    fn error_response(&self) -> HttpResponse {
        let status = self.code.status();
        // A code serialises as its own word, in quotes.
        let code = serde_json::to_string(&self.code).unwrap_or_default();
        let body = Body {
            kind: format!("urn:serinus:problem:{}", code.trim_matches('"')),
            // The one status the library has no name for.
            title: status.canonical_reason().unwrap_or("Too Early"),
            status: status.as_u16(),
            code: self.code,
            detail: &self.detail,
            errors: &self.errors,
        };
        let mut response = HttpResponse::build(status);
        if self.code == Code::Unauthenticated {
            // Browsers ask for a name and a password; the name may be anything.
            for scheme in ["Bearer realm=\"serinus\"", BASIC] {
                response.append_header((header::WWW_AUTHENTICATE, scheme));
            }
        }
        if let Some(seconds) = self.code.retry_after_seconds() {
            response.insert_header((header::RETRY_AFTER, seconds.to_string()));
        }
        let mut response = response
            .insert_header((header::CONTENT_TYPE, PROBLEM_JSON))
            .body(serde_json::to_string(&body).unwrap_or_default());
        // For the page that browsers get in place of this document.
        response.extensions_mut().insert(self.clone());
        response
    }
}

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
            Refused::NameTaken { .. } => Code::NameTaken,
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

/// Marks an error that a handler wrote as text, for a caller that shows it as it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AsText;

/// Middleware: turns error responses that did not come from a handler into problems.
pub(crate) async fn on_error_response(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, Error> {
    let what = format!("{} {}", request.method(), request.path());
    let response = next.call(request).await?;
    let status = response.status();
    // Handlers tell in JSON, each in the form that its callers read.
    let is_told = response.headers().get(header::CONTENT_TYPE);
    let is_told = is_told.is_some_and(|kind| {
        let forms = [PROBLEM_JSON, "application/json"];
        forms
            .iter()
            .any(|form| kind.as_bytes().starts_with(form.as_bytes()))
    });
    let is_meant = response.response().extensions().get::<AsText>().is_some();
    if is_told || is_meant || !(status.is_client_error() || status.is_server_error()) {
        return Ok(response.map_into_left_body());
    }
    let detail = response.response().error().map_or_else(
        || {
            format!(
                "{what}: {}",
                status.canonical_reason().unwrap_or("failed").to_lowercase()
            )
        },
        ToString::to_string,
    );
    let (request, _) = response.into_parts();
    let problem = Problem::new(Code::of_status(status), detail).error_response();
    Ok(ServiceResponse::new(request, problem).map_into_right_body())
}

/// Middleware: counts requests, and answers a panic in a handler with a problem instead of a closed connection.
pub(crate) async fn on_panic_and_count(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let started = Instant::now();
    let state = request.app_data::<Data<State>>().cloned();
    // Callers can invent methods, and every label value lasts as long as the process.
    let method = match *request.method() {
        Method::GET => "GET",
        Method::POST => "POST",
        _ => "other",
    };
    let response = AssertUnwindSafe(next.call(request))
        .catch_unwind()
        .await
        .unwrap_or_else(|_| {
            let detail = "the service made a mistake; please report this";
            Err(Problem::new(Code::Internal, detail).into())
        });
    if let Some(state) = state {
        let (route, status) = match &response {
            // The pattern, not the path: one label per route, not per run.
            Ok(response) => (response.request().match_pattern(), response.status()),
            Err(error) => (None, error.as_response_error().status_code()),
        };
        let route = route.unwrap_or_else(|| "unknown".to_owned());
        state
            .metrics
            .request_served(method, &route, status.as_u16(), started.elapsed());
    }
    response
}
