//! Kayenta's remote judge: samples and a canary config in, its result out.

use actix_web::{HttpResponse, post, web::Data};

use super::error::{KayentaError, Message};
use super::refusals::BodyRefused;
use crate::{
    api::{State, extract::Json, problem::Problem},
    kayenta::{
        judging::Asked,
        wire::{CanaryJudgeRequest, CanaryJudgeResult},
    },
};

/// Judge for Kayenta
///
/// What a Kayenta asks of its remote judge (`kayenta.remote-judge`). The judge is the config's `judge.name`; under
/// `RemoteJudge-v1.0` it is `serinus`, or what `judge.judgeConfigurations.judge` says.
#[utoipa::path(
    tag = "kayenta",
    request_body = CanaryJudgeRequest,
    responses(
        (status = 200, description = "The result", body = CanaryJudgeResult),
        (status = 400, description = "Cannot be judged", body = Message<'_>),
        BodyRefused,
        (status = 429, description = "Too many wait to be judged", body = Message<'_>),
    )
)]
#[post("/judge")]
pub(crate) async fn judge(
    state: Data<State>,
    request: Result<Json<CanaryJudgeRequest>, Problem>,
) -> Result<HttpResponse, KayentaError> {
    let (case, told) = Asked::new(request?.0, None)?.into_parts();
    let scorecard = state.runner.judge_case(case).await?;
    Ok(HttpResponse::Ok().json(told.result(&scorecard.decision)))
}
