//! Errors that no handler told, and panics, as problems.

use std::{panic::AssertUnwindSafe, time::Instant};

use actix_web::{
    Error, ResponseError as _,
    body::{EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, header},
    middleware::Next,
    web::Data,
};
use futures_util::FutureExt;

use super::{Code, PROBLEM_JSON, Problem};
use crate::api::State;

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
