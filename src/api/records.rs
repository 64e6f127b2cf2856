//! Judgements that were kept: taken out whole, and judged again.
#![expect(unused_qualifications, reason = "written by utoipa's `params`")]

use std::sync::Arc;

use actix_web::{
    HttpResponse, get, post,
    web::{Data, Path},
};
use serde::Deserialize;
use serinus_judge::JudgeName;
use utoipa::{IntoParams, ToSchema};

use super::{
    State,
    extract::{Json, QueryString, run_id},
    problem::{self, Code, Problem},
};
use crate::{
    access::Grant,
    analysis::{
        ConfigIdentity, ConfigRef, Otherwise, Record, Run, Scorecard, Sitting, ThresholdsRequest,
    },
    api::refusals::{BadQuery, NoSuchLook, NotJson},
    canary_config::Mistake,
};

/// Which look of the analysis is meant.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct WhichLook {
    /// The number of the look, from 1; the last one if not given.
    #[param(minimum = 1)]
    look: Option<u32>,
}

/// How to judge again; what is not given stays as it was.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct RejudgeRequest {
    /// Another config. It must have no metric that was not measured.
    config: Option<ConfigRef>,
    /// Another judge of this program, with its default settings: what it does not read is left out, what the other judge says is
    /// put in its words.
    judge: Option<JudgeName>,
    /// Other thresholds.
    thresholds: Option<ThresholdsRequest>,
    /// The number of the look whose samples are judged, from 1; the last one if not given.
    #[schema(minimum = 1)]
    look: Option<u32>,
}

/// Mistakes of a config, with their places in the request.
fn under_config(mistakes: Vec<Mistake>) -> Vec<Mistake> {
    let mistakes = mistakes.into_iter();
    mistakes.map(|mistake| mistake.under("/config")).collect()
}

impl State {
    /// The record of a look of a run; of its last one if none is named.
    async fn record(&self, run: &Run, look: Option<u32>) -> Result<Record, Problem> {
        let found = match look {
            Some(number) => run.looks.iter().find(|look| look.number == number),
            None => run.looks.last(),
        };
        let look = match (found, look) {
            (Some(look), _) => look,
            (None, Some(_)) => {
                let detail = "the analysis has had no look of this number";
                return Err(Problem::not_found(detail));
            }
            (None, None) => {
                let reason = self.summary(run).reason;
                let detail = format!("the analysis has no scorecard: {reason}");
                return Err(Problem::new(Code::NoScorecard, detail));
            }
        };
        let Some(scorecard) = self.runs.scorecard(run, look.number).await? else {
            let detail = format!("the look has no scorecard: {}", look.found.reason);
            return Err(Problem::new(Code::NoScorecard, detail));
        };
        let config = self.runs.config(run).await?;
        let config = config.ok_or_else(|| {
            let detail = "the config of the analysis is not kept any more";
            Problem::new(Code::Internal, detail)
        })?;
        let sitting = Sitting::of(run, look.number, config.judge.judged_by())
            .map_err(|error| Problem::new(Code::Internal, error.to_string()))?;
        Ok(Record {
            config: config.as_ref().clone(),
            sitting,
            scorecard: scorecard.as_ref().clone(),
        })
    }
}

/// Take out a judgement
///
/// The scorecard of a look together with the config and what else it was judged by: enough to judge it again, elsewhere too
/// (`serinus judge --record`).
#[utoipa::path(
    tag = "analyses",
    params(WhichLook, ("id" = String, Path, description = "The run")),
    responses(
        (status = 200, description = "The record", body = Record),
        BadQuery,
        NoSuchLook,
        (status = 409, description = "There is no scorecard (yet)", body = problem::Body<'_>, content_type = "application/problem+json"),
    )
)]
#[get("/api/v1/analyses/{id}/record")]
pub(crate) async fn get(
    state: Data<State>,
    grant: Grant,
    id: Path<String>,
    query: QueryString<WhichLook>,
) -> Result<HttpResponse, Problem> {
    let run = state.run(&grant, run_id(&id)?, None).await?;
    let record = state.record(&run, query.look).await?;
    Ok(HttpResponse::Ok().json(record))
}

/// Judge again
///
/// Judges the samples that were kept once more, nothing is fetched and nothing is kept. An empty object leads to the
/// same decision again; another config, judge or thresholds show what they would have decided.
#[utoipa::path(
    tag = "analyses",
    params(("id" = String, Path, description = "The run")),
    request_body = RejudgeRequest,
    responses(
        (status = 200, description = "The scorecard", body = Scorecard),
        NotJson,
        NoSuchLook,
        (status = 409, description = "There is no scorecard (yet)", body = problem::Body<'_>, content_type = "application/problem+json"),
        (status = 422, description = "Cannot be judged so", body = problem::Body<'_>, content_type = "application/problem+json"),
        (status = 429, description = "Too many wait to be judged", body = problem::Body<'_>, content_type = "application/problem+json"),
    )
)]
#[post("/api/v1/analyses/{id}/rejudge")]
pub(crate) async fn rejudge(
    state: Data<State>,
    grant: Grant,
    id: Path<String>,
    request: Json<RejudgeRequest>,
) -> Result<HttpResponse, Problem> {
    let run = state.run(&grant, run_id(&id)?, None).await?;
    let RejudgeRequest {
        config,
        judge,
        thresholds,
        look,
    } = request.0;
    let record = state.record(&run, look).await?;
    let config = match config {
        Some(config) => Some(state.runner.resolve(&config).await?),
        None => None,
    };
    let config = match judge {
        None => config,
        Some(judge) => {
            let own = || Arc::new(record.config.clone());
            let config = config.map_or_else(own, |(config, _)| config);
            let checked = config.under(judge.into()).0.check();
            let config = checked.map_err(|mistakes| Problem::invalid(under_config(mistakes)))?;
            let identity = ConfigIdentity::of(&config);
            Some((Arc::new(config), identity))
        }
    };
    let otherwise = Otherwise { config, thresholds };
    let scorecard = state.runner.rejudge(record, otherwise).await?;
    Ok(HttpResponse::Ok().json(scorecard))
}
