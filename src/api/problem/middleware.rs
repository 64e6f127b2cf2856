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
use crate::api::{State, surface::Surface};

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

/// Middleware: counts requests, and answers a panic with a problem, in the caller's words, instead of a closed connection. It is
/// outside of all others, so that a panic in one of them is caught too.
pub(crate) async fn on_panic_and_count(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let started = Instant::now();
    let surface = Surface::of(request.path());
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
            Err(surface.error(Problem::new(Code::Internal, detail)))
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

#[cfg(test)]
mod tests {
    use actix_web::{
        App, HttpResponse,
        body::to_bytes,
        middleware::from_fn,
        test,
        web::{self, Bytes},
    };
    use serde_json::Value;

    use super::*;

    /// What a path answers whose handler panics.
    async fn panicked(path: &str) -> (u16, String, Bytes) {
        async fn panics() -> HttpResponse {
            panic!("a mistake")
        }
        let app = App::new()
            .wrap(from_fn(on_panic_and_count))
            .default_service(web::to(panics));
        let app = test::init_service(app).await;
        let request = test::TestRequest::with_uri(path).to_request();
        let error = test::try_call_service(&app, request).await.err().unwrap();
        let response = error.error_response();
        let kind = response.headers().get(header::CONTENT_TYPE).unwrap();
        let kind = kind.to_str().unwrap();
        let (status, kind) = (response.status().as_u16(), kind.to_owned());
        (status, kind, to_bytes(response.into_body()).await.unwrap())
    }

    #[actix_web::test]
    async fn a_panic_is_told_in_the_callers_words() {
        for (path, expected, at) in [
            ("/api/v1/analyses", PROBLEM_JSON, "/detail"),
            ("/canary/x", "application/json", "/message"),
            ("/prometheus/api/v1/query", "application/json", "/error"),
        ] {
            let (status, kind, body) = panicked(path).await;
            assert_eq!((status, kind.as_str()), (500, expected), "{path}");
            let body: Value = serde_json::from_slice(&body).unwrap();
            let told = body.pointer(at).and_then(Value::as_str);
            assert!(told.unwrap().contains("made a mistake"), "{body}");
        }
        let (status, kind, body) = panicked("/hooks/flagger/rollout").await;
        assert_eq!(status, 500);
        assert!(kind.starts_with("text/plain"), "{kind}");
        assert!(String::from_utf8_lossy(&body).contains("made a mistake"));
    }
}
