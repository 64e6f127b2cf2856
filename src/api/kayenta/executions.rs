//! Many runs.

use std::{collections::VecDeque, sync::Arc};

use actix_web::{HttpResponse, get, web::Data};

use super::{
    NO_APPLICATION,
    error::{KayentaError, Message},
    input::Parameters,
    refusals::RunsAway,
};
use crate::{
    access::Grant,
    analysis::{ExecutionKind, KayentaOrigin, Run},
    api::State,
    kayenta::{
        raise::brief,
        wire::{CanaryExecutionStatus, ExecutionStatus},
    },
    store::{RunFilter, StoreError},
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

/// A walk over the runs that came through this API, newest first, which reads on as it goes.
pub(super) struct Walk<'a> {
    state: &'a State,
    grant: &'a Grant,
    filter: RunFilter,
    read: VecDeque<Arc<Run>>,
    is_at_end: bool,
}

impl Walk<'_> {
    /// The next run.
    pub(super) async fn next(&mut self) -> Result<Option<Arc<Run>>, StoreError> {
        loop {
            while let Some(run) = self.read.pop_front() {
                self.filter.before = Some(run.id);
                if run.origin.kayenta().is_some() {
                    return Ok(Some(run));
                }
            }
            if self.is_at_end {
                return Ok(None);
            }
            let runs = self.state.runs.list(self.grant, self.filter.clone());
            self.read = runs.await?.into();
            self.is_at_end = self.read.len() < AT_ONCE;
        }
    }
}

impl State {
    /// The runs that came through this API, of an application or of all that the caller may know of.
    pub(super) fn executions<'a>(
        &'a self,
        grant: &'a Grant,
        application: Option<&str>,
    ) -> Walk<'a> {
        Walk {
            state: self,
            grant,
            filter: RunFilter {
                application: application.map(str::to_owned),
                limit: AT_ONCE,
                ..RunFilter::default()
            },
            read: VecDeque::new(),
            is_at_end: false,
        }
    }
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
        RunsAway,
    )
)]
#[get("/canary/executions")]
pub(crate) async fn canary_executions(
    state: Data<State>,
    grant: Grant,
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
    let mut shown = Vec::new();
    let mut walk = state.executions(&grant, Some(application));
    while let Some(run) = walk.next().await? {
        let is_canary = |origin: &KayentaOrigin| origin.kind == ExecutionKind::Canary;
        // The scorecard is read only of those that are shown: without one a run that has ended well looks as if it had not.
        let fits = wanted.is_empty() || wanted.contains(&brief(&run));
        if !(fits && run.origin.kayenta().is_some_and(is_canary)) {
            continue;
        }
        if to_skip > 0 {
            to_skip -= 1;
            continue;
        }
        shown.extend(state.execution_status(&run).await?);
        if shown.len() == limit {
            break;
        }
    }
    Ok(HttpResponse::Ok().json(shown))
}
