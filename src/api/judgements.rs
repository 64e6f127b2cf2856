//! Judgements: samples in, scorecard out, nothing kept.

use actix_web::{HttpResponse, post, web::Data};

use super::{
    State,
    extract::Json,
    problem::{self, Problem},
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
        (status = 400, description = "Not JSON", body = problem::Body<'_>, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = problem::Body<'_>, content_type = "application/problem+json"),
        (status = 415, description = "Not declared as JSON", body = problem::Body<'_>, content_type = "application/problem+json"),
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
