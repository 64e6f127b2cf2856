//! Judgements: samples in, scorecard out, nothing kept.

use actix_web::{HttpResponse, post, web::Data};

use super::{
    State,
    extract::Json,
    problem::{self, Problem},
    refusals::NotJson,
};
use crate::analysis::{JudgementRequest, Scorecard};

/// Judge samples
///
/// Judges the samples in the request under a config, at once.
#[utoipa::path(
    tag = "judgements",
    request_body = JudgementRequest,
    responses(
        (status = 200, description = "The scorecard", body = Scorecard),
        NotJson,
        (status = 422, description = "Cannot be judged", body = problem::Body<'_>, content_type = "application/problem+json"),
        (status = 429, description = "Too many wait to be judged", body = problem::Body<'_>, content_type = "application/problem+json"),
    )
)]
#[post("/api/v1/judgements")]
pub(crate) async fn create(
    state: Data<State>,
    request: Json<JudgementRequest>,
) -> Result<HttpResponse, Problem> {
    let scorecard = state.runner.judge(request.0).await?;
    Ok(HttpResponse::Ok().json(scorecard))
}
