//! For orchestrators and monitoring.

use actix_web::{HttpResponse, get, web::Data};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    State,
    problem::{self, Code, Problem},
};

/// The service is well.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// Always `ok`: anything else is not a 200.
    status: &'static str,
    /// The running version.
    version: &'static str,
}

fn well() -> HttpResponse {
    HttpResponse::Ok().json(Health {
        status: "ok",
        version: env!("CARGO_PKG_VERSION"),
    })
}

/// Is the process alive?
#[utoipa::path(tag = "health", responses((status = 200, description = "It is", body = Health)))]
#[get("/livez")]
pub(crate) async fn livez() -> HttpResponse {
    well()
}

/// Does the service take new runs?
///
/// Metric stores do not count: an outage there would take the service out of rotation, and with it every other store.
#[utoipa::path(
    tag = "health",
    responses(
        (status = 200, description = "It does", body = Health),
        (status = 503, description = "It is shutting down", body = problem::Body<'_>, content_type = "application/problem+json"),
    )
)]
#[get("/readyz")]
pub(crate) async fn readyz(state: Data<State>) -> Result<HttpResponse, Problem> {
    if state.runner.is_accepting() {
        Ok(well())
    } else {
        let detail = "the service is shutting down";
        Err(Problem::new(Code::ShuttingDown, detail))
    }
}

/// The service's own metrics
#[utoipa::path(
    tag = "health",
    responses((status = 200, description = "OpenMetrics text", body = String, content_type = "application/openmetrics-text"))
)]
#[get("/metrics")]
pub(crate) async fn metrics(state: Data<State>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
        .body(state.metrics.render())
}
