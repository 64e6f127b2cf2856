//! Analyses: create, follow, read, cancel.
#![expect(unused_qualifications, reason = "written by utoipa's `params`")]

use std::{sync::Arc, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse, get, post,
    web::{Data, Path},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    State,
    extract::{Json, QueryString, run_id, unknown_run},
    keyed::key_header,
    problem::{self, Code, Problem},
};
use crate::{
    access::Grant,
    analysis::{
        AnalysisRequest, Run, RunId, RunState, Scorecard, ScorecardLinks, Summary, WebLink,
    },
    api::refusals::{BadQuery, GoesOn, NoScorecard, NoSuchRun, NotStarted},
    grafana,
    store::RunFilter,
};

/// The longest that one request waits for a run; callers that want more ask again.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// How often a run that is waited for is read without having been told of a change.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// How long to wait for the run's end before answering.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wait {
    /// Answer when the run has ended, at the latest after so long (`30s`, `PT30S`; at most a minute).
    #[param(value_type = Option<String>, example = "30s")]
    pub(super) wait: Option<SignedDuration>,
}

/// How the answer about a run is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reading {
    /// Answer when the run has ended, at the latest after so long (`30s`, `PT30S`; at most a minute).
    #[param(value_type = Option<String>, example = "30s")]
    pub(super) wait: Option<SignedDuration>,
    /// What a run that has not ended is answered as.
    #[serde(default)]
    #[param(inline)]
    pub(super) pending: Pending,
}

/// How a run is told that has not ended.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Pending {
    /// By its summary, with the verdict `pending`.
    #[default]
    Summary,
    /// As an error, 425, for callers that ask again after errors alone.
    Error,
}

/// Which runs to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    /// Only runs of this application.
    application: Option<String>,
    /// Only runs under the config of this name.
    config: Option<String>,
    /// Only runs that ended so: `pass`, `marginal`, `fail`, `inconclusive`, `error` or `cancelled`; or have not: `pending`.
    verdict: Option<String>,
    /// Only runs created at this time or later.
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
    /// Only runs created before this time.
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// Only runs older than this one: the `next` of the page before.
    before: Option<String>,
    /// At most this many, 1 to 200; 50 if not given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
}

/// A page of runs, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page {
    /// The runs.
    analyses: Vec<Summary>,
    /// What to give as `before` for the next page; empty at the end.
    next: String,
}

impl State {
    /// A run's summary as of now.
    pub(crate) fn summary(&self, run: &Run) -> Summary {
        Summary::of(run, Timestamp::now(), &self.public_url)
    }

    /// A run's summary, unless it goes on and the caller wants to hear so as an error.
    pub(super) fn told(&self, run: &Run, pending: Pending) -> Result<Summary, Problem> {
        let summary = self.summary(run);
        match pending {
            Pending::Error if !run.state.is_final() => {
                let Summary { id, reason, .. } = summary;
                let detail = format!("analysis {id} goes on: {reason}");
                Err(Problem::new(Code::Pending, detail))
            }
            Pending::Error | Pending::Summary => Ok(summary),
        }
    }

    /// The run as it stands, or as it ends if it does so within the given time. There is none for who may not know of it.
    pub(crate) async fn run(
        &self,
        grant: &Grant,
        id: RunId,
        wait: Option<SignedDuration>,
    ) -> Result<Arc<Run>, Problem> {
        let mut changes = self.runs.changes();
        let run = || async {
            let run = self.runs.get(grant, id).await?;
            run.ok_or_else(|| unknown_run(&id.to_string()))
        };
        let wait = wait.map_or(Duration::ZERO, |wait| {
            Duration::try_from(wait).unwrap_or_default()
        });
        let enough = tokio::time::Instant::now() + wait.min(LONGEST_WAIT);
        loop {
            let run = run().await?;
            let stopping = !self.runner.is_accepting();
            if run.state.is_final() || stopping || tokio::time::Instant::now() >= enough {
                return Ok(run);
            }
            tokio::select! {
                () = changes.of(id) => {}
                () = self.runner.shutting_down() => {}
                () = tokio::time::sleep_until(enough) => {}
                // A change may get lost on its way from another replica.
                () = tokio::time::sleep(LOOK_AGAIN) => {}
            }
        }
    }

    /// The scorecard that the run ended with. What looks found before it ended otherwise, or while it goes on, is not what
    /// the run found.
    pub(crate) async fn final_scorecard(&self, run: &Run) -> Result<Arc<Scorecard>, Problem> {
        let found = match run.state {
            RunState::Succeeded(_) => self.last_scorecard(run).await?,
            RunState::Queued { .. }
            | RunState::Running(_)
            | RunState::Failed { .. }
            | RunState::Cancelled => None,
        };
        found.ok_or_else(|| {
            let mut detail = format!(
                "the analysis has no scorecard: {}",
                self.summary(run).reason
            );
            if !run.looks.is_empty() {
                detail.push_str("; what its looks found is at /looks/{number}/scorecard");
            }
            Problem::new(Code::NoScorecard, detail)
        })
    }

    /// The scorecard of the run's last look, if that has one.
    pub(crate) async fn last_scorecard(
        &self,
        run: &Run,
    ) -> Result<Option<Arc<Scorecard>>, Problem> {
        match run.looks.last() {
            Some(look) => self.scorecard(run, look.number).await,
            None => Ok(None),
        }
    }

    /// The scorecard of a look of the run, if that has one.
    pub(crate) async fn scorecard(
        &self,
        run: &Run,
        look: u32,
    ) -> Result<Option<Arc<Scorecard>>, Problem> {
        let kept = self.runs.scorecard(run, look).await?;
        Ok(kept.map(|kept| {
            // Stores unpack it for each reader, so that nothing is copied here.
            let mut linked = Arc::unwrap_or_clone(kept);
            let dashboard = self.grafana.as_deref().map(|grafana| {
                for evidence in &mut linked.evidence {
                    evidence.explore = grafana::explore(grafana, evidence);
                }
                grafana::dashboard(grafana, run, &linked)
            });
            // The address is the service's own, and always one.
            let report = WebLink::try_from(self.summary(run).report_url).ok();
            linked.links = report.map(|report| ScorecardLinks {
                report,
                dashboard: dashboard.flatten(),
            });
            Arc::new(linked)
        }))
    }
}

/// Start an analysis
///
/// The request is checked completely before anything runs. Answers 202 while the run goes on, 200 if it ended within
/// `wait`.
#[utoipa::path(
    tag = "analyses",
    params(Reading, ("Idempotency-Key" = Option<String>, Header, description = "The caller's own name for the run: the same request under it is the same run")),
    request_body = AnalysisRequest,
    responses(
        (status = 202, description = "Started", body = Summary, headers(("Location" = String, description = "The run"))),
        (status = 200, description = "Started and ended within `wait`", body = Summary),
        (status = 400, description = "Not JSON", body = problem::Body<'_>, content_type = "application/problem+json"),
        NotStarted,
    )
)]
#[post("/api/v1/analyses")]
pub(crate) async fn create(
    state: Data<State>,
    grant: Grant,
    http: HttpRequest,
    query: QueryString<Reading>,
    request: Json<AnalysisRequest>,
) -> Result<HttpResponse, Problem> {
    let key = key_header(&http)?;
    state
        .started(&grant, request.0, key, query.wait, query.pending)
        .await
}

/// List analyses
///
/// Newest first, a page at a time.
#[utoipa::path(
    tag = "analyses",
    params(ListQuery),
    responses(
        (status = 200, description = "A page", body = Page),
        BadQuery,
        (status = 404, description = "No run has the id `before`", body = problem::Body<'_>, content_type = "application/problem+json"),
    )
)]
#[get("/api/v1/analyses")]
pub(crate) async fn list(
    state: Data<State>,
    grant: Grant,
    query: QueryString<ListQuery>,
) -> Result<HttpResponse, Problem> {
    let query = query.into_inner();
    let before = query.before.filter(|before| !before.is_empty());
    let limit = query.limit.unwrap_or(50);
    if !(1..=200).contains(&limit) {
        let detail = format!("`limit` is 1 to 200, not {limit}");
        return Err(Problem::new(Code::BadRequest, detail));
    }
    let filter = RunFilter {
        application: query.application,
        config: query.config,
        verdict: query.verdict,
        since: query.since,
        until: query.until,
        before: before.map(|before| run_id(&before)).transpose()?,
        // One more than the page holds tells whether there is a next one.
        limit: limit + 1,
        ..RunFilter::default()
    };
    let mut runs = state.runs.list(&grant, filter).await?;
    let more = runs.len() > limit;
    runs.truncate(limit);
    let next = runs
        .last()
        .filter(|_| more)
        .map(|run| run.id.to_string())
        .unwrap_or_default();
    let analyses = runs.iter().map(|run| state.summary(run)).collect();
    Ok(HttpResponse::Ok().json(Page { analyses, next }))
}

/// Read an analysis
///
/// The summary that a pipeline acts on; every key is always there.
#[utoipa::path(
    tag = "analyses",
    params(Reading, ("id" = String, Path, description = "The run")),
    responses(
        (status = 200, description = "The run", body = Summary),
        BadQuery,
        NoSuchRun,
        GoesOn,
    )
)]
#[get("/api/v1/analyses/{id}")]
pub(crate) async fn get(
    state: Data<State>,
    grant: Grant,
    id: Path<String>,
    query: QueryString<Reading>,
) -> Result<HttpResponse, Problem> {
    let run = state.run(&grant, run_id(&id)?, query.wait).await?;
    Ok(HttpResponse::Ok().json(state.told(&run, query.pending)?))
}

/// Cancel an analysis
///
/// An analysis that has ended stays as it was; cancelling twice is no error.
#[utoipa::path(
    tag = "analyses",
    params(("id" = String, Path, description = "The run")),
    responses(
        (status = 200, description = "The run as it stands now", body = Summary),
        NoSuchRun,
    )
)]
#[post("/api/v1/analyses/{id}/cancel")]
pub(crate) async fn cancel(
    state: Data<State>,
    grant: Grant,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = run_id(&id)?;
    let run = state.runner.cancel(&grant, id).await?;
    let run = run.ok_or_else(|| unknown_run(&id.to_string()))?;
    Ok(HttpResponse::Ok().json(state.summary(&run)))
}

/// Read the scorecard
///
/// The decision with all it rests on: queries as sent, samples, statistics, intervals, reasons, timings.
#[utoipa::path(
    tag = "analyses",
    params(("id" = String, Path, description = "The run")),
    responses(
        (status = 200, description = "The scorecard", body = Scorecard),
        NoSuchRun,
        NoScorecard,
    )
)]
#[get("/api/v1/analyses/{id}/scorecard")]
pub(crate) async fn scorecard(
    state: Data<State>,
    grant: Grant,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let run = state.run(&grant, run_id(&id)?, None).await?;
    let scorecard = state.final_scorecard(&run).await?;
    Ok(HttpResponse::Ok().json(scorecard))
}
