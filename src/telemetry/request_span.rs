//! The span of a request.

use std::collections::HashMap;

use actix_web::{
    Error, HttpMessage as _,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::StatusCode,
};
use opentelemetry::{
    global,
    trace::{TraceContextExt as _, TraceId},
};
use tracing::{
    Span,
    field::{Empty, display},
};
use tracing_actix_web::{RequestId, RootSpanBuilder};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// The span of a request by its route. Its path and query are left out: there are addresses that are secrets.
#[derive(Debug)]
pub struct RouteSpan;

impl RootSpanBuilder for RouteSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let route = request.match_pattern();
        let route = route.as_deref().unwrap_or("default");
        let method = request.method();
        let connection = request.connection_info();
        let agent = request.headers().get("user-agent");
        let request_id = request.extensions().get::<RequestId>().copied();
        let span = tracing::info_span!(
            "HTTP request",
            http.method = %method,
            http.route = route,
            http.scheme = connection.scheme(),
            http.host = connection.host(),
            http.client_ip = connection.realip_remote_addr().unwrap_or_default(),
            http.user_agent = agent.and_then(|agent| agent.to_str().ok()).unwrap_or_default(),
            http.status_code = Empty,
            otel.name = %format_args!("{method} {route}"),
            otel.kind = "server",
            otel.status_code = Empty,
            exception.message = Empty,
            trace_id = Empty,
            request_id = request_id.map(display),
        );
        continue_trace(request, &span);
        span
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        let (status, error) = match outcome {
            Ok(response) => (response.status(), response.response().error()),
            Err(error) => (error.as_response_error().status_code(), Some(error)),
        };
        span.record("http.status_code", i32::from(status.as_u16()));
        span.record("otel.status_code", told(status));
        // What a caller did wrong may quote the address.
        if let Some(error) = error.filter(|_| status.is_server_error()) {
            span.record("exception.message", display(error));
        }
    }
}

fn told(status: StatusCode) -> &'static str {
    if status.is_server_error() {
        "ERROR"
    } else {
        "OK"
    }
}

/// Makes the span a part of the trace that the caller is in, if there are traces.
fn continue_trace(request: &ServiceRequest, span: &Span) {
    let header = |name: &str| {
        let value = request.headers().get(name)?.to_str().ok()?;
        Some((name.to_owned(), value.to_owned()))
    };
    let carrier = ["traceparent", "tracestate"].into_iter().filter_map(header);
    let carrier: HashMap<_, _> = carrier.collect();
    let context = global::get_text_map_propagator(|propagator| propagator.extract(&carrier));
    if span.set_parent(context).is_ok() {
        let id = span.context().span().span_context().trace_id();
        if id != TraceId::INVALID {
            span.record("trace_id", display(id));
        }
    }
}
