//! Runs, a row each.

use actix_web::{HttpResponse, get, web::Data};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{PanelQuery, rows};
use crate::{
    access::Grant,
    analysis::{Action, Run, Summary, SummaryState, SummaryVerdict},
    api::{State, extract::QueryString, problem::Problem, refusals::BadQuery},
};

/// A run as a row. Of the columns named by verdicts one is 1, so that panels can add them up.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunRow {
    /// When it was asked for.
    #[schema(value_type = String, format = DateTime)]
    time: Timestamp,
    /// The run.
    id: String,
    /// The application that is released.
    application: String,
    /// The config's name.
    config: String,
    /// Where it stands.
    state: SummaryState,
    /// What was found.
    verdict: SummaryVerdict,
    /// 0 to 100; null if there is no score, so that no panel draws one.
    #[schema(required)]
    score: Option<f64>,
    /// What the pipeline should do.
    action: Action,
    /// Why, in one sentence.
    reason: String,
    /// How long it took from the request to the verdict, in seconds; null if there is none.
    #[schema(required)]
    duration_seconds: Option<f64>,
    /// The run's page.
    report_url: String,
    /// 1 if it passed.
    pass: u8,
    /// 1 if it is marginal.
    marginal: u8,
    /// 1 if it failed.
    fail: u8,
    /// 1 if it could not be decided.
    inconclusive: u8,
    /// 1 if the run failed or was cancelled.
    error: u8,
    /// 1 if the run goes on.
    pending: u8,
}

impl RunRow {
    fn of(run: &Run, summary: Summary) -> Self {
        let is = |verdict: SummaryVerdict| u8::from(summary.verdict == verdict);
        let succeeded = summary.state == SummaryState::Succeeded;
        let decided = run.looks.last().filter(|_| succeeded);
        Self {
            time: run.created_at,
            score: summary.scored.then_some(summary.score),
            duration_seconds: decided
                .map(|look| look.judged_at.duration_since(run.created_at).as_secs_f64()),
            pass: is(SummaryVerdict::Pass),
            marginal: is(SummaryVerdict::Marginal),
            fail: is(SummaryVerdict::Fail),
            inconclusive: is(SummaryVerdict::Inconclusive),
            error: is(SummaryVerdict::Error),
            pending: is(SummaryVerdict::Pending),
            id: summary.id,
            application: summary.application,
            config: summary.config,
            state: summary.state,
            verdict: summary.verdict,
            action: summary.action,
            reason: summary.reason,
            report_url: summary.report_url,
        }
    }
}

/// Runs for a dashboard
///
/// Flat objects, oldest first, for Grafana's Infinity data source.
#[utoipa::path(
    tag = "grafana",
    params(PanelQuery),
    responses(
        (status = 200, description = "The runs", body = [RunRow]),
        BadQuery,
    )
)]
#[get("/api/v1/grafana/runs")]
pub(crate) async fn run_rows(
    state: Data<State>,
    grant: Grant,
    query: QueryString<PanelQuery>,
) -> Result<HttpResponse, Problem> {
    let row = |run: &Run| RunRow::of(run, state.summary(run));
    let rows = rows(&state, &grant, query.into_inner(), row).await?;
    Ok(HttpResponse::Ok().json(rows))
}
