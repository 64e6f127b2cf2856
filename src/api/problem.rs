//! Errors on the wire: `application/problem+json` (RFC 9457), without exception.

use std::{fmt, panic::AssertUnwindSafe, time::Instant};

use actix_web::{
    Error, HttpResponse, ResponseError,
    body::{EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{StatusCode, header},
    middleware::Next,
    web::Data,
};
use futures_util::FutureExt;
use serde::Serialize;
use utoipa::ToSchema;

use super::State;
use crate::{canary_config::Mistake, runner::SubmitError, store::StoreError};

/// The content type of every error.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// What went wrong, for people and for programs.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// Identifies the kind of problem: `urn:serinus:problem:` and the code.
    #[serde(rename = "type")]
    kind: String,
    /// The kind of problem in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// A stable word for the kind of problem.
    code: &'static str,
    /// This problem in a sentence.
    detail: String,
    /// Every mistake in the request, where there are any.
    errors: Vec<Mistake>,
    #[serde(skip)]
    retry_after_seconds: Option<u64>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("urn:serinus:problem:{code}"),
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code,
            detail: detail.into(),
            errors: Vec::new(),
            retry_after_seconds: None,
        }
    }

    /// The document is readable, but what it says cannot be done.
    pub(crate) fn invalid(errors: Vec<Mistake>) -> Self {
        let detail = match errors.as_slice() {
            [one] => one.to_string(),
            several => format!("{} mistakes, see `errors`", several.len()),
        };
        Self {
            errors,
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-request", detail)
        }
    }

    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", detail)
    }

    fn retry_after(self, seconds: u64) -> Self {
        Self {
            retry_after_seconds: Some(seconds),
            ..self
        }
    }

    /// What a status means that something below the handlers answered with.
    fn of_status(status: StatusCode, detail: String) -> Self {
        let code = match status {
            StatusCode::BAD_REQUEST => "bad-request",
            StatusCode::NOT_FOUND => "not-found",
            StatusCode::METHOD_NOT_ALLOWED => "method-not-allowed",
            StatusCode::PAYLOAD_TOO_LARGE => "too-large",
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "unsupported-media-type",
            status if status.is_server_error() => "internal",
            _ => "request",
        };
        Self::new(status, code, detail)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        if let Some(seconds) = self.retry_after_seconds {
            response.insert_header((header::RETRY_AFTER, seconds.to_string()));
        }
        response
            .insert_header((header::CONTENT_TYPE, PROBLEM_JSON))
            .body(serde_json::to_string(self).unwrap_or_default())
    }
}

impl From<SubmitError> for Problem {
    fn from(error: SubmitError) -> Self {
        let detail = error.to_string();
        match error {
            SubmitError::Invalid(mistakes) => Self::invalid(mistakes),
            SubmitError::Busy(_) => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "busy", detail).retry_after(5)
            }
            SubmitError::ShuttingDown => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "shutting-down", detail).retry_after(5)
            }
            SubmitError::Store(error) => error.into(),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Full { .. } => Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "store-full",
                error.to_string(),
            )
            .retry_after(30),
        }
    }
}

/// Middleware: turns error responses that did not come from a handler into problems.
pub(crate) async fn on_error_response(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, Error> {
    let what = format!("{} {}", request.method(), request.path());
    let response = next.call(request).await?;
    let status = response.status();
    let is_problem = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(PROBLEM_JSON.as_bytes()));
    if is_problem || !(status.is_client_error() || status.is_server_error()) {
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
    let problem = Problem::of_status(status, detail).error_response();
    Ok(ServiceResponse::new(request, problem).map_into_right_body())
}

/// Middleware: counts requests, and answers a panic in a handler with a problem instead of a closed connection.
pub(crate) async fn on_panic_and_count(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let started = Instant::now();
    let state = request.app_data::<Data<State>>().cloned();
    let method = request.method().to_string();
    let response = AssertUnwindSafe(next.call(request))
        .catch_unwind()
        .await
        .unwrap_or_else(|_| {
            let detail = "the service made a mistake; please report this";
            Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail).into())
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
            .request_served(&method, &route, status.as_u16(), started.elapsed());
    }
    response
}
