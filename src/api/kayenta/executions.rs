//! Many runs, and ending one.

use actix_web::{
    HttpResponse, get, put,
    web::{Data, Path},
};

use super::{
    NO_APPLICATION,
    canary::unknown_execution,
    error::{KayentaError, Message},
    input::Parameters,
};
use crate::{
    api::State,
    kayenta::wire::{CanaryExecutionStatus, ExecutionStatus},
    store::RunFilter,
};

/// How many runs a page has, if the request does not say.
const USUAL_PAGE: usize = 20;
/// How many it has at most: each comes with its scorecard.
const LARGEST_PAGE: usize = 100;
/// How many runs are read at once.
const AT_ONCE: usize = 200;

fn statuses(parameters: &Parameters) -> Result<Vec<ExecutionStatus>, KayentaError> {
    let words = parameters.all("statuses").flat_map(|list| list.split(','));
    let words = words.map(str::trim).filter(|word| !word.is_empty());
    words
        .map(|word| {
            let mut all = ExecutionStatus::ALL.into_iter();
            let status = all.find(|status| status.upper_case() == word.to_uppercase());
            status.ok_or_else(|| {
                let shown: String = word.chars().take(100).collect();
                KayentaError::bad(format!("{shown} is no status of an execution."))
            })
        })
        .collect()
}

/// List runs
///
/// Those that came through this API, newest first.
#[utoipa::path(
    tag = "kayenta",
    params(
        ("application" = Option<String>, Query, description = "Of which application; `ad-hoc` if not given"),
        ("limit" = Option<String>, Query, description = "How many on a page, at most 100; 20 if not given"),
        ("page" = Option<String>, Query, description = "Which page, from 1"),
        ("statuses" = Option<String>, Query, description = "Only runs that stand so: words in upper case, with commas"),
        ("storageAccountName" = Option<String>, Query, description = "Plays no part"),
    ),
    responses(
        (status = 200, description = "The runs", body = Vec<CanaryExecutionStatus>),
        (status = 400, description = "Not a number, or not a status", body = Message<'_>),
        (status = 503, description = "The store of runs does not answer", body = Message<'_>),
    )
)]
#[get("/canary/executions")]
pub(crate) async fn canary_executions(
    state: Data<State>,
    parameters: Parameters,
) -> Result<HttpResponse, KayentaError> {
    let wanted = statuses(&parameters)?;
    let limit = parameters
        .count("limit")?
        .unwrap_or(USUAL_PAGE)
        .min(LARGEST_PAGE);
    let page = parameters.count("page")?.unwrap_or(1);
    let mut to_skip = (page - 1).saturating_mul(limit);
    let application = parameters.get("application").unwrap_or(NO_APPLICATION);
    let mut filter = RunFilter {
        application: Some(application.to_owned()),
        limit: AT_ONCE,
        ..RunFilter::default()
    };
    let mut shown = Vec::new();
    loop {
        let runs = state.store.list(&filter).await?;
        for run in &runs {
            // The scorecard is read only of those that are shown: without one a run that has ended well looks as if it had not.
            let Some(brief) = run.origin.kayenta().map(|_| brief(run)) else {
                continue;
            };
            if !wanted.is_empty() && !wanted.contains(&brief) {
                continue;
            }
            if to_skip > 0 {
                to_skip -= 1;
                continue;
            }
            shown.extend(state.execution_status(run).await?);
            if shown.len() == limit {
                return Ok(HttpResponse::Ok().json(shown));
            }
        }
        match runs.last().filter(|_| runs.len() == AT_ONCE) {
            Some(last) => filter.before = Some(last.id),
            None => return Ok(HttpResponse::Ok().json(shown)),
        }
    }
}

/// Where a run stands, by itself.
fn brief(run: &crate::analysis::Run) -> ExecutionStatus {
    use crate::analysis::RunState;
    match &run.state {
        RunState::Queued { .. } | RunState::Running(_) => ExecutionStatus::Running,
        RunState::Succeeded(_) => ExecutionStatus::Succeeded,
        RunState::Failed { .. } => ExecutionStatus::Terminal,
        RunState::Cancelled => ExecutionStatus::Canceled,
    }
}

/// Cancel a run
///
/// A run that has ended stays as it was; cancelling twice is no error. Whatever the body says plays no part.
#[utoipa::path(
    tag = "kayenta",
    params(("id" = String, Path, description = "The run")),
    responses(
        (status = 202, description = "It has ended"),
        (status = 404, description = "No such run", body = Message<'_>),
        (status = 503, description = "The store of runs does not answer", body = Message<'_>),
    )
)]
#[put("/pipelines/{id}/cancel")]
pub(crate) async fn cancel_pipeline(
    state: Data<State>,
    id: Path<String>,
) -> Result<HttpResponse, KayentaError> {
    let run = state.execution(&id).await?;
    let cancelled = state.runner.cancel(run.id).await?;
    cancelled.ok_or_else(|| unknown_execution(&id))?;
    Ok(HttpResponse::Accepted().finish())
}
