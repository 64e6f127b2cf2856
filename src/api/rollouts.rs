//! Progressive rollouts: plan them, report stages live, decide.
#![expect(unused_qualifications, reason = "written by utoipa's `params`")]

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header,
    post,
    web::{Data, Path},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    State,
    analyses::Wait,
    extract::{Json, QueryString},
    keyed::key_header,
    problem::{self, Code, Problem},
};
use crate::{
    access::Grant,
    analysis::Action,
    api::refusals::{BadQuery, NoSuchRollout, NotJson},
    canary_config::{Mistake, Name},
    rollouts::{
        Choice, Decision, Entry, RolloutError, RolloutId, RolloutRequest, RolloutState, Told,
    },
};

/// Where a rollout stands: every key is always there.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RolloutSummary {
    /// The rollout.
    id: String,
    /// The application that is released.
    application: String,
    /// The config's name.
    config: String,
    /// Where it stands.
    state: RolloutState,
    /// The stage it is about, from 1; 0 while it is held before its first.
    stage: usize,
    /// How many stages there are.
    stages: usize,
    /// The share of the traffic that the canary should have now, 0 to 1.
    weight: f64,
    /// What the pipeline should do.
    action: Action,
    /// Why, in one sentence.
    reason: String,
    /// The run that judged a stage last; empty before the first.
    analysis: String,
    /// Where a person can read more.
    report_url: String,
    /// When it pays to ask again; 0 if nothing changes before somebody acts.
    retry_after_seconds: u64,
    /// What happened, in order.
    record: Vec<Entry>,
}

/// Which rollouts to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    /// Only rollouts of this application.
    application: Option<String>,
    /// Only rollouts older than this one: the `next` of the page before.
    before: Option<String>,
    /// At most this many, 1 to 200; 50 if not given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
}

/// A page of rollouts, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Rollouts {
    /// The rollouts.
    rollouts: Vec<RolloutSummary>,
    /// What to give as `before` for the next page; empty at the end.
    next: String,
}

/// A stage is live.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LiveReport {
    /// Which stage, from 1.
    #[schema(minimum = 1)]
    stage: usize,
    /// Since when; if not given, now. Not well before the rollout was planned, or
    /// before what let it go on to the stage.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Timestamp>,
}

/// A person's decision.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DecisionRequest {
    /// What to do, with or against the recommendation.
    action: Decision,
    /// To promote: the `stage` that the rollout was read to stand at, which it is to leave. It is refused if the rollout stands elsewhere
    /// by then. The other actions hold wherever it stands, and need none.
    #[serde(default)]
    #[schema(minimum = 0)]
    stage: Option<usize>,
    /// Who decides.
    #[schema(min_length = 1, max_length = 200)]
    by: Name,
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    reason: String,
}

impl From<RolloutError> for Problem {
    fn from(error: RolloutError) -> Self {
        let detail = error.to_string();
        match error {
            RolloutError::Submit(error) => error.into(),
            RolloutError::OutOfTurn(_) => Self::new(Code::OutOfTurn, detail),
            RolloutError::KeyTaken(..) => Self::new(Code::KeyTaken, detail),
            RolloutError::Full(_) => Self::new(Code::Busy, detail),
            RolloutError::Unknown(_) => Self::not_found(detail),
        }
    }
}

impl State {
    fn rollout_summary(&self, told: &Told) -> RolloutSummary {
        let Told {
            rollout,
            run,
            standing,
        } = told;
        let analysis = rollout.last_run().map(|run| run.to_string());
        let watching = run
            .as_ref()
            .filter(|run| !run.state.is_final() && standing.action == Action::Wait);
        RolloutSummary {
            id: rollout.id.to_string(),
            application: rollout.request.application.to_string(),
            config: rollout.config.name.to_string(),
            state: standing.state,
            stage: standing.stage,
            stages: rollout.request.stages.len(),
            weight: standing.weight,
            action: standing.action,
            reason: standing.reason.clone(),
            report_url: format!("{}/ui/rollouts/{}", self.public_url, rollout.id),
            analysis: analysis.unwrap_or_default(),
            retry_after_seconds: watching.map_or(0, |run| self.summary(run).retry_after_seconds),
            record: rollout.record.clone(),
        }
    }

    /// Takes a person's decision, from wherever it comes.
    pub(super) async fn decide(
        &self,
        grant: &Grant,
        id: RolloutId,
        (action, stage): (Decision, Option<usize>),
        by: &Name,
        reason: &str,
    ) -> Result<Told, Problem> {
        let invalid =
            |pointer: &str, detail: &str| Problem::invalid(vec![Mistake::new(pointer, detail)]);
        let reason = reason.trim();
        if !(1..=1000).contains(&reason.chars().count()) {
            let detail = "a decision has a reason of at most 1000 characters";
            return Err(invalid("/reason", detail));
        }
        let choice = match (action, stage) {
            (Decision::Promote, Some(stage)) => Choice::Promote { stage },
            (Decision::Promote, None) => {
                let detail = "who promotes names the stage that is left, as the rollout tells it";
                return Err(invalid("/stage", detail));
            }
            (Decision::Hold, _) => Choice::Hold,
            (Decision::Rollback, _) => Choice::Rollback,
        };
        let told = self
            .rollouts
            .decide(grant, id, choice, by.as_str(), reason)
            .await?;
        tracing::info!(rollout = %id, ?choice, %by, "a person decided");
        Ok(told)
    }

    async fn rollout(
        &self,
        grant: &Grant,
        id: RolloutId,
        wait: Option<SignedDuration>,
    ) -> Result<RolloutSummary, Problem> {
        let told = self.rollouts.get(grant, id).await?;
        if let Some(run) = told
            .run
            .as_ref()
            .filter(|_| told.standing.action == Action::Wait)
        {
            self.run(grant, run.id, wait).await?;
            let told = self.rollouts.get(grant, id).await?;
            return Ok(self.rollout_summary(&told));
        }
        Ok(self.rollout_summary(&told))
    }
}

pub(super) fn rollout_id(text: &str) -> Result<RolloutId, Problem> {
    text.parse().map_err(|_| {
        let shown: String = text.chars().take(100).collect();
        Problem::not_found(format!("no rollout has the id {shown:?}"))
    })
}

/// Plan a rollout
///
/// All stages are checked at once. The pipeline then shifts the traffic of the first stage and reports it live.
#[utoipa::path(
    tag = "rollouts",
    params(("Idempotency-Key" = Option<String>, Header, description = "The caller's own name for the rollout: the same request under it is the same rollout")),
    request_body = RolloutRequest,
    responses(
        (status = 201, description = "Planned", body = RolloutSummary, headers(("Location" = String, description = "The rollout"))),
        NotJson,
        (status = 409, description = "The key stands for another request", body = problem::Body<'_>, content_type = "application/problem+json"),
        (status = 422, description = "Cannot be carried out", body = problem::Body<'_>, content_type = "application/problem+json"),
        (status = 429, description = "As many rollouts as are kept have not ended", body = problem::Body<'_>, content_type = "application/problem+json"),
        (status = 503, description = "The store of runs does not answer", body = problem::Body<'_>, content_type = "application/problem+json"),
    )
)]
#[post("/api/v1/rollouts")]
pub(crate) async fn create(
    state: Data<State>,
    grant: Grant,
    http: HttpRequest,
    request: Json<RolloutRequest>,
) -> Result<HttpResponse, Problem> {
    let key = key_header(&http)?;
    let told = state.rollouts.create(&grant, request.0, key).await?;
    let location = state
        .site()
        .at(format_args!("/api/v1/rollouts/{}", told.rollout.id));
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, location))
        .json(state.rollout_summary(&told)))
}

/// List rollouts
///
/// Newest first, a page at a time.
#[utoipa::path(
    tag = "rollouts",
    params(ListQuery),
    responses(
        (status = 200, description = "A page", body = Rollouts),
        BadQuery,
        (status = 404, description = "No rollout has the id `before`", body = problem::Body<'_>, content_type = "application/problem+json"),
    )
)]
#[get("/api/v1/rollouts")]
pub(crate) async fn list(
    state: Data<State>,
    grant: Grant,
    query: QueryString<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let query = query.into_inner();
    let limit = query.limit.unwrap_or(50);
    if !(1..=200).contains(&limit) {
        let detail = format!("`limit` is 1 to 200, not {limit}");
        return Err(Problem::new(Code::BadRequest, detail));
    }
    let before = query.before.filter(|before| !before.is_empty());
    let before = before.map(|before| rollout_id(&before)).transpose()?;
    // One more than the page holds tells whether there is a next one.
    let mut found = (state.rollouts)
        .newest(&grant, query.application.as_deref(), before, limit + 1)
        .await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more);
    let next = next.map(|told| told.rollout.id.to_string());
    Ok(HttpResponse::Ok().json(Rollouts {
        rollouts: (found.iter())
            .map(|told| state.rollout_summary(told))
            .collect(),
        next: next.unwrap_or_default(),
    }))
}

/// Read a rollout
///
/// Where it stands and what the pipeline should do. With `wait`, answers when the stage that is watched has been judged.
#[utoipa::path(
    tag = "rollouts",
    params(Wait, ("id" = String, Path, description = "The rollout")),
    responses(
        (status = 200, description = "The rollout", body = RolloutSummary),
        BadQuery,
        NoSuchRollout,
    )
)]
#[get("/api/v1/rollouts/{id}")]
pub(crate) async fn get(
    state: Data<State>,
    grant: Grant,
    id: Path<String>,
    query: QueryString<Wait>,
) -> Result<HttpResponse, Problem> {
    let rollout = state.rollout(&grant, rollout_id(&id)?, query.wait).await?;
    Ok(HttpResponse::Ok().json(rollout))
}

/// Report a stage live
///
/// The canary has the traffic of this stage: its window begins. Reporting it twice is no error: the first report counts.
#[utoipa::path(
    tag = "rollouts",
    params(("id" = String, Path, description = "The rollout")),
    request_body = LiveReport,
    responses(
        (status = 200, description = "The rollout", body = RolloutSummary),
        NotJson,
        NoSuchRollout,
        (status = 409, description = "The stage is not expected now", body = problem::Body<'_>, content_type = "application/problem+json"),
        (status = 422, description = "The stage cannot be judged", body = problem::Body<'_>, content_type = "application/problem+json"),
        (status = 429, description = "Too many runs in flight", body = problem::Body<'_>, content_type = "application/problem+json"),
        (status = 503, description = "Shutting down, or the store of runs does not answer", body = problem::Body<'_>, content_type = "application/problem+json"),
    )
)]
#[post("/api/v1/rollouts/{id}/live")]
pub(crate) async fn live(
    state: Data<State>,
    grant: Grant,
    id: Path<String>,
    report: Json<LiveReport>,
) -> Result<HttpResponse, Problem> {
    let LiveReport { stage, at } = report.0;
    let at = at.unwrap_or_else(Timestamp::now);
    let id = rollout_id(&id)?;
    let told = state.rollouts.live(&grant, id, stage, at).await?;
    Ok(HttpResponse::Ok().json(state.rollout_summary(&told)))
}

/// Decide about a rollout
///
/// Approves a stage that waits for it, or overrides a recommendation. Who and why is kept in the record. Sent once more, a decision
/// changes nothing.
#[utoipa::path(
    tag = "rollouts",
    params(("id" = String, Path, description = "The rollout")),
    request_body = DecisionRequest,
    responses(
        (status = 200, description = "The rollout", body = RolloutSummary),
        NotJson,
        NoSuchRollout,
        (status = 409, description = "The rollout has ended, or stands at another stage", body = problem::Body<'_>, content_type = "application/problem+json"),
        (status = 422, description = "Not a decision", body = problem::Body<'_>, content_type = "application/problem+json"),
    )
)]
#[post("/api/v1/rollouts/{id}/decisions")]
pub(crate) async fn decide(
    state: Data<State>,
    grant: Grant,
    id: Path<String>,
    request: Json<DecisionRequest>,
) -> Result<HttpResponse, Problem> {
    let DecisionRequest {
        action,
        stage,
        by,
        reason,
    } = request.0;
    let id = rollout_id(&id)?;
    let told = state
        .decide(&grant, id, (action, stage), &by, &reason)
        .await?;
    Ok(HttpResponse::Ok().json(state.rollout_summary(&told)))
}
