//! The looks of an analysis.

use actix_web::{
    HttpResponse, get,
    web::{Data, Path},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    State,
    extract::run_id,
    problem::{self, Code, Problem},
};
use crate::{
    access::Grant,
    analysis::{Look, Scorecard},
    api::refusals::{NoSuchLook, NoSuchRun},
};

/// The looks of an analysis that have ended.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Looks {
    /// How many there will be, if none ends the run before.
    planned: u32,
    /// Those that have ended, in order.
    looks: Vec<Look>,
}

/// Read the looks
///
/// What each look of the analysis found, in order. Unless the run ended with it, a look's verdict is not yet the run's.
#[utoipa::path(
    tag = "analyses",
    params(("id" = String, Path, description = "The run")),
    responses(
        (status = 200, description = "The looks", body = Looks),
        NoSuchRun,
    )
)]
#[get("/api/v1/analyses/{id}/looks")]
pub(crate) async fn list(
    state: Data<State>,
    grant: Grant,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let run = state.run(&grant, run_id(&id)?, None).await?;
    Ok(HttpResponse::Ok().json(Looks {
        planned: run.request.looks_planned(),
        looks: run.looks.clone(),
    }))
}

/// Read a look's scorecard
///
/// The scorecard of one look, at the confidence that its place in the run leaves it.
#[utoipa::path(
    tag = "analyses",
    params(
        ("id" = String, Path, description = "The run"),
        ("number" = u32, Path, description = "Which look, from 1"),
    ),
    responses(
        (status = 200, description = "The scorecard", body = Scorecard),
        NoSuchLook,
        (status = 409, description = "The look has no scorecard", body = problem::Body<'_>, content_type = "application/problem+json"),
    )
)]
#[get("/api/v1/analyses/{id}/looks/{number}/scorecard")]
pub(crate) async fn scorecard(
    state: Data<State>,
    grant: Grant,
    path: Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (id, number) = path.into_inner();
    let run = state.run(&grant, run_id(&id)?, None).await?;
    let number: Option<u32> = number.parse().ok();
    let look = run.looks.iter().find(|look| Some(look.number) == number);
    let look =
        look.ok_or_else(|| Problem::not_found("the analysis has had no look of this number"))?;
    match state.scorecard(&run, look.number).await? {
        Some(scorecard) => Ok(HttpResponse::Ok().json(scorecard)),
        None => {
            let detail = format!("the look has no scorecard: {}", look.found.reason);
            Err(Problem::new(Code::NoScorecard, detail))
        }
    }
}
