//! For orchestrators and monitoring.

use actix_web::{HttpResponse, get, web::Data};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    State,
    accounts::AccountSummary,
    problem::{self, Code, Problem},
};
use crate::access::Grant;

/// The service is well.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// Always `ok`: anything else is not a 200.
    status: &'static str,
    /// The running version.
    version: &'static str,
}

/// The service takes new runs.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Readiness {
    #[serde(flatten)]
    health: Health,
    /// The accounts whose stores did not answer when they were last asked, of those the caller may know of.
    failing_accounts: Vec<AccountSummary>,
}

fn well() -> Health {
    Health {
        status: "ok",
        version: env!("CARGO_PKG_VERSION"),
    }
}

/// Is the process alive?
#[utoipa::path(tag = "health", responses((status = 200, description = "It is", body = Health)))]
#[get("/livez")]
pub(crate) async fn livez() -> HttpResponse {
    HttpResponse::Ok().json(well())
}

/// Does the service take new runs?
///
/// The store of runs counts: while it does not answer, no run can be taken in or read. A store that is full, or as many runs as may
/// be open, does not: runs can be read and ended. Metric stores do not count either: an outage there would take the service out of
/// rotation, and with it every other store. Those that did not answer when they were last asked are named.
#[utoipa::path(
    tag = "health",
    responses(
        (status = 200, description = "It does", body = Readiness),
        (status = 503, description = "It is shutting down, or the store of runs does not answer", body = problem::Body<'_>, content_type = "application/problem+json"),
    )
)]
#[get("/readyz")]
pub(crate) async fn readyz(state: Data<State>, grant: Grant) -> Result<HttpResponse, Problem> {
    if !state.runner.is_accepting() {
        let detail = "the service is shutting down";
        return Err(Problem::new(Code::ShuttingDown, detail));
    }
    state.runs.open().await?;
    let accounts = state.accounts.iter();
    let failing =
        accounts.filter(|(name, account)| account.failing().is_some() && grant.sees_account(name));
    Ok(HttpResponse::Ok().json(Readiness {
        health: well(),
        failing_accounts: failing
            .map(|(name, account)| AccountSummary::new(name, account))
            .collect(),
    }))
}

/// The service's own metrics
#[utoipa::path(
    tag = "health",
    responses((status = 200, description = "OpenMetrics text", body = String, content_type = "application/openmetrics-text"))
)]
#[get("/metrics")]
pub(crate) async fn metrics(state: Data<State>) -> Result<HttpResponse, Problem> {
    let open = state.runs.open().await?;
    Ok(HttpResponse::Ok()
        .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
        .body(state.metrics.render(open)))
}
