//! Analyses by the caller's own names for them, so that a pipeline that asks twice starts one run.
#![expect(unused_qualifications, reason = "written by utoipa's `params`")]

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::{StatusCode, header},
    post, put,
    web::{Data, Path},
};
use jiff::SignedDuration;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    State,
    analyses::{Pending, Reading},
    extract::{Json, QueryString},
    problem::{self, Code, Problem},
};
use crate::{
    access::Grant,
    analysis::{AnalysisRequest, RunId, RunKey, Summary},
    api::refusals::{BadQuery, GoesOn, NoSuchRun, NotStarted},
};

/// The longest name, in bytes.
const LONGEST_KEY: usize = 255;

/// How the names begin that Serinus itself gives, to runs of rollouts and of Flagger's releases.
const OURS: [&str; 2] = ["rollout ", "flagger/"];

/// Which run under a key is meant.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Attempt {
    /// Which run under this key it is; a higher one than before is a deliberate re-run. 1 if not given.
    #[param(minimum = 1)]
    attempt: Option<u32>,
    /// Answer when the run has ended, at the latest after so long (`30s`, `PT30S`; at most a minute).
    #[param(value_type = Option<String>, example = "30s")]
    wait: Option<SignedDuration>,
    /// What a run that has not ended is answered as.
    #[serde(default)]
    #[param(inline)]
    pending: Pending,
}

/// The name in the header `Idempotency-Key`, if there is one.
pub(super) fn key_header(http: &HttpRequest) -> Result<Option<RunKey>, Problem> {
    let Some(header) = http.headers().get("idempotency-key") else {
        return Ok(None);
    };
    // Structured headers put text into quotes; hardly any caller does.
    let name = header.to_str().map(|name| name.trim().trim_matches('"'));
    let name = name.map_err(|_| bad_key())?;
    key(name, 1).map(Some)
}

fn key(name: &str, attempt: u32) -> Result<RunKey, Problem> {
    if let Some(ours) = OURS.iter().find(|ours| name.starts_with(**ours)) {
        let detail = format!("keys that begin with {ours:?} are given by Serinus alone");
        return Err(Problem::new(Code::BadRequest, detail));
    }
    let fits = !name.is_empty() && name.len() <= LONGEST_KEY && !name.contains(char::is_control);
    let name = name.to_owned();
    match fits && attempt > 0 {
        true => Ok(RunKey { name, attempt }),
        false => Err(bad_key()),
    }
}

fn bad_key() -> Problem {
    let detail = format!(
        "a key has 1 to {LONGEST_KEY} bytes and no control characters, and attempts count from 1"
    );
    Problem::new(Code::BadRequest, detail)
}

impl State {
    /// Starts a run, or finds the one its key stands for, and answers with where it stands.
    pub(super) async fn started(
        &self,
        grant: &Grant,
        request: AnalysisRequest,
        key: Option<RunKey>,
        wait: Option<SignedDuration>,
        pending: Pending,
    ) -> Result<HttpResponse, Problem> {
        let started = self.runner.submit(grant, request, key).await?;
        let run = self.run(grant, started.id, wait).await?;
        let summary = self.told(&run, pending)?;
        let status = if run.state.is_final() {
            StatusCode::OK
        } else {
            StatusCode::ACCEPTED
        };
        let location = self.site().in_api(run.id, "");
        Ok(HttpResponse::build(status)
            .insert_header((header::LOCATION, location))
            .json(summary))
    }

    async fn keyed(&self, grant: &Grant, name: &str) -> Result<RunId, Problem> {
        let run = self.runs.by_key(grant, name).await?;
        run.map(|run| run.id).ok_or_else(|| {
            let shown: String = name.chars().take(100).collect();
            Problem::not_found(format!("no analysis has the key {shown:?}"))
        })
    }
}

/// Start an analysis under a key, or find it
///
/// The same request under the same key is the same run, however often it is sent; another request under it is refused with 409. A
/// higher `attempt` starts anew.
#[utoipa::path(
    tag = "analyses",
    params(Attempt, ("key" = String, Path, description = "The caller's own name for the run")),
    request_body = AnalysisRequest,
    responses(
        (status = 202, description = "It goes on", body = Summary, headers(("Location" = String, description = "The run"))),
        (status = 200, description = "It has ended", body = Summary),
        (status = 400, description = "Not JSON, or no key", body = problem::Body<'_>, content_type = "application/problem+json"),
        NotStarted,
    )
)]
#[put("/api/v1/analyses/by-key/{key}")]
pub(crate) async fn put_by_key(
    state: Data<State>,
    grant: Grant,
    name: Path<String>,
    query: QueryString<Attempt>,
    request: Json<AnalysisRequest>,
) -> Result<HttpResponse, Problem> {
    let key = key(&name, query.attempt.unwrap_or(1))?;
    state
        .started(&grant, request.0, Some(key), query.wait, query.pending)
        .await
}

/// Read the analysis under a key
///
/// Of several attempts, the latest.
#[utoipa::path(
    tag = "analyses",
    params(Reading, ("key" = String, Path, description = "The caller's own name for the run")),
    responses(
        (status = 200, description = "The run", body = Summary),
        BadQuery,
        NoSuchRun,
        GoesOn,
    )
)]
#[get("/api/v1/analyses/by-key/{key}")]
pub(crate) async fn get_by_key(
    state: Data<State>,
    grant: Grant,
    name: Path<String>,
    query: QueryString<Reading>,
) -> Result<HttpResponse, Problem> {
    let id = state.keyed(&grant, &name).await?;
    let run = state.run(&grant, id, query.wait).await?;
    Ok(HttpResponse::Ok().json(state.told(&run, query.pending)?))
}

/// Cancel the analysis under a key
///
/// An analysis that has ended stays as it was; cancelling twice is no error.
#[utoipa::path(
    tag = "analyses",
    params(("key" = String, Path, description = "The caller's own name for the run")),
    responses(
        (status = 200, description = "The run as it stands now", body = Summary),
        NoSuchRun,
    )
)]
#[post("/api/v1/analyses/by-key/{key}/cancel")]
pub(crate) async fn cancel_by_key(
    state: Data<State>,
    grant: Grant,
    name: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = state.keyed(&grant, &name).await?;
    let run = state.runner.cancel(&grant, id).await?;
    let run = run.ok_or_else(|| super::extract::unknown_run(&id.to_string()))?;
    Ok(HttpResponse::Ok().json(state.summary(&run)))
}
