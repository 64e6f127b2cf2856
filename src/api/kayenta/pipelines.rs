//! Runs as the pipelines that they are in Kayenta.

use actix_web::{
    HttpResponse, get, put,
    web::{Data, Path},
};

use super::{
    canary::unknown_execution,
    error::KayentaError,
    refusals::{NoSuchRun, RunsAway},
};
use crate::{access::Grant, api::State, kayenta::raise};

/// List ids of runs
///
/// Of all runs that came through this API, newest first.
#[utoipa::path(
    tag = "kayenta",
    responses(
        (status = 200, description = "The ids", body = Vec<String>),
        RunsAway,
    )
)]
#[get("/pipelines")]
pub(crate) async fn pipelines(
    state: Data<State>,
    grant: Grant,
) -> Result<HttpResponse, KayentaError> {
    let mut walk = state.executions(&grant, None);
    let mut ids = Vec::new();
    while let Some(run) = walk.next().await? {
        ids.push(run.id.to_string());
    }
    Ok(HttpResponse::Ok().json(ids))
}

/// Read a run as a pipeline
///
/// Where it stands, as Orca tells it; what came out is at `/canary/{id}`.
#[utoipa::path(
    tag = "kayenta",
    params(("id" = String, Path, description = "The run")),
    responses(
        (status = 200, description = "The pipeline", body = Object),
        NoSuchRun,
        RunsAway,
    )
)]
#[get("/pipelines/{id}")]
pub(crate) async fn pipeline(
    state: Data<State>,
    grant: Grant,
    id: Path<String>,
) -> Result<HttpResponse, KayentaError> {
    let run = state.kayenta_run(&grant, &id).await?;
    let origin = run.origin.kayenta().ok_or_else(|| unknown_execution(&id))?;
    Ok(HttpResponse::Ok().json(raise::pipeline(&run, origin)))
}

/// Cancel a run
///
/// A run that has ended stays as it was; cancelling twice is no error. Whatever the body says plays no part.
#[utoipa::path(
    tag = "kayenta",
    params(("id" = String, Path, description = "The run")),
    responses(
        (status = 202, description = "It has ended"),
        NoSuchRun,
        RunsAway,
    )
)]
#[put("/pipelines/{id}/cancel")]
pub(crate) async fn cancel_pipeline(
    state: Data<State>,
    grant: Grant,
    id: Path<String>,
) -> Result<HttpResponse, KayentaError> {
    let run = state.kayenta_run(&grant, &id).await?;
    let cancelled = state.runner.cancel(&grant, run.id).await?;
    cancelled.ok_or_else(|| unknown_execution(&id))?;
    Ok(HttpResponse::Accepted().finish())
}
