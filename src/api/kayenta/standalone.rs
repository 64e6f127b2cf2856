//! Standalone analyses: several judgements while a window fills, which are the looks of one run.

use actix_web::{
    HttpRequest, HttpResponse, get, post,
    web::{Data, Path},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    canary::unknown_execution,
    error::{KayentaError, Message},
    input::{Parameters, Received},
    refusals::{NoSuchConfig, NotStarted, RunsAway},
    start::{AdHoc, Asked, Under},
};
use crate::{
    access::Grant,
    analysis::{ExecutionKind, Run},
    api::State,
    kayenta::{
        raise,
        wire::{StandaloneAdhocRequest, StandaloneRequest, StandaloneStatus},
    },
};

/// Whoever asks for an analysis and does not say who it is.
const NOBODY: &str = "anonymous";

/// The analysis that was started.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CanaryAnalysisExecution {
    /// Its id.
    canary_analysis_execution_id: String,
}

impl CanaryAnalysisExecution {
    fn of(run: &Run) -> HttpResponse {
        HttpResponse::Ok().json(Self {
            canary_analysis_execution_id: run.id.to_string(),
        })
    }
}

/// Start a standalone analysis under a stored config
///
/// A run with several looks. It ends early if a judgement fails; else its last judgement decides.
#[utoipa::path(
    tag = "kayenta",
    params(
        ("id" = String, Path, description = "The config"),
        ("user" = Option<String>, Query, description = "Who asks; `anonymous` if not given"),
        ("application" = Option<String>, Query, description = "The application; `ad-hoc` if not given"),
        ("parentPipelineExecutionId" = Option<String>, Query, description = "Echoed"),
        ("metricsAccountName" = Option<String>, Query, description = "The account that is asked; without it the first one of each store's type"),
        ("configurationAccountName" = Option<String>, Query, description = "Echoed"),
        ("storageAccountName" = Option<String>, Query, description = "Echoed"),
    ),
    request_body = StandaloneRequest,
    responses(
        (status = 200, description = "Started", body = CanaryAnalysisExecution),
        NotStarted,
        NoSuchConfig,
        (status = 409, description = "Several configs have this name, or the key stands for another request", body = Message<'_>),
    )
)]
#[post("/standalone_canary_analysis/{id}")]
pub(crate) async fn start_standalone(
    state: Data<State>,
    grant: Grant,
    http: HttpRequest,
    id: Path<String>,
    parameters: Parameters,
    received: Received,
) -> Result<HttpResponse, KayentaError> {
    let under = Under::Known(state.canary_config(&id).await?);
    let user = parameters.get("user").unwrap_or(NOBODY);
    let asked = Asked::standalone(received.0, user)?;
    let run = state
        .start(&grant, &http, &parameters, under, asked)
        .await?;
    Ok(CanaryAnalysisExecution::of(&run))
}

/// Start a standalone analysis under a config that comes with the request
#[utoipa::path(
    tag = "kayenta",
    params(
        ("user" = Option<String>, Query, description = "Who asks; `anonymous` if not given"),
        ("application" = Option<String>, Query, description = "The application; `ad-hoc` if not given"),
        ("parentPipelineExecutionId" = Option<String>, Query, description = "Echoed"),
        ("metricsAccountName" = Option<String>, Query, description = "The account that is asked; without it the first one of each store's type"),
        ("storageAccountName" = Option<String>, Query, description = "Echoed"),
    ),
    request_body = StandaloneAdhocRequest,
    responses(
        (status = 200, description = "Started", body = CanaryAnalysisExecution),
        NotStarted,
        (status = 409, description = "The key stands for another request", body = Message<'_>),
    )
)]
#[post("/standalone_canary_analysis")]
pub(crate) async fn start_ad_hoc_standalone(
    state: Data<State>,
    grant: Grant,
    http: HttpRequest,
    parameters: Parameters,
    received: Received,
) -> Result<HttpResponse, KayentaError> {
    let (under, request) = AdHoc::read(received)?.into_parts()?;
    let user = parameters.get("user").unwrap_or(NOBODY);
    let asked = Asked::standalone(request, user)?;
    let run = state
        .start(&grant, &http, &parameters, under, asked)
        .await?;
    Ok(CanaryAnalysisExecution::of(&run))
}

/// Read a standalone analysis
///
/// Each judgement has an id of its own, under which `/canary/{id}` and `/metricSetPairList/{id}` know it.
#[utoipa::path(
    tag = "kayenta",
    params(
        ("id" = String, Path, description = "The analysis"),
        ("storageAccountName" = Option<String>, Query, description = "Plays no part"),
    ),
    responses(
        (status = 200, description = "Where it stands", body = StandaloneStatus),
        (status = 400, description = "A run of another kind", body = Message<'_>),
        (status = 404, description = "No such analysis", body = Message<'_>),
        RunsAway,
    )
)]
#[get("/standalone_canary_analysis/{id}")]
pub(crate) async fn standalone_status(
    state: Data<State>,
    grant: Grant,
    id: Path<String>,
) -> Result<HttpResponse, KayentaError> {
    let run = state.kayenta_run(&grant, &id).await?;
    let origin = run.origin.kayenta().ok_or_else(|| unknown_execution(&id))?;
    let ExecutionKind::Standalone { user } = &origin.kind else {
        let message = format!("{} is no standalone canary analysis.", run.id);
        return Err(KayentaError::bad(message));
    };
    let mut scorecards = Vec::with_capacity(run.looks.len());
    for look in &run.looks {
        scorecards.push(state.scorecard(&run, look.number).await?);
    }
    let is_datadog = |name: &String| {
        let account = state.accounts.get(name);
        account.is_some_and(|account| account.kind() == "datadog")
    };
    let all_datadog = run.accounts.iter().all(is_datadog);
    let status = raise::status_of_standalone(&run, origin, user, &scorecards, all_datadog);
    Ok(HttpResponse::Ok().json(status))
}
