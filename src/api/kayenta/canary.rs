//! Runs: start one, look at one.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, get, post,
    web::{Data, Path},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    error::{KayentaError, Message},
    input::{Parameters, Received},
    refusals::{NoSuchConfig, NoSuchRun, NotStarted, RunsAway},
    start::{AdHoc, Asked, Under},
};
use crate::{
    access::Grant,
    analysis::{ExecutionKind, Run, RunId},
    api::State,
    kayenta::{
        raise,
        wire::{CanaryAdhocExecutionRequest, CanaryExecutionRequest, CanaryExecutionStatus},
    },
    store::StoreError,
};

/// The run that was started.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CanaryExecution {
    /// Its id.
    canary_execution_id: String,
}

impl CanaryExecution {
    fn of(run: &Run) -> HttpResponse {
        HttpResponse::Ok().json(Self {
            canary_execution_id: run.id.to_string(),
        })
    }
}

/// No run has this id.
pub(super) fn unknown_execution(id: &str) -> KayentaError {
    let shown: String = id.chars().take(100).collect();
    KayentaError::not_found(format!("No pipeline execution found for id: {shown}"))
}

/// A run, or one of its judgements as if it were one.
#[derive(Debug, Clone, Copy)]
pub(super) struct ExecutionId {
    pub(super) run: RunId,
    /// The judgement.
    pub(super) look: Option<u32>,
}

impl ExecutionId {
    /// Reads an id; what is none names no run.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (run, look) = match text.split_once('.') {
            Some((run, look)) => (run, Some(look.parse().ok()?)),
            None => (text, None),
        };
        let run = run.parse().ok()?;
        Some(Self { run, look })
    }
}

impl State {
    /// A run that came through this API, of either kind, if there is one. Others are looked at through the API they came through.
    pub(super) async fn run_of_kayenta(
        &self,
        grant: &Grant,
        run: RunId,
    ) -> Result<Option<Arc<Run>>, StoreError> {
        let run = self.runs.get(grant, run).await?;
        Ok(run.filter(|run| run.origin.kayenta().is_some()))
    }

    /// The run of this id. The id of one of its judgements is none: what is done to a run is not done to a judgement.
    pub(super) async fn kayenta_run(
        &self,
        grant: &Grant,
        id: &str,
    ) -> Result<Arc<Run>, KayentaError> {
        let run = match ExecutionId::read(id) {
            Some(ExecutionId { run, look: None }) => self.run_of_kayenta(grant, run).await?,
            Some(ExecutionId { look: Some(_), .. }) | None => None,
        };
        run.ok_or_else(|| unknown_execution(id))
    }

    /// Where a run stands; none if it did not come through this API.
    pub(super) async fn execution_status(
        &self,
        run: &Run,
    ) -> Result<Option<CanaryExecutionStatus>, KayentaError> {
        let Some(origin) = run.origin.kayenta() else {
            return Ok(None);
        };
        let scorecard = self.last_scorecard(run).await?;
        Ok(Some(raise::status(run, origin, scorecard.as_deref())))
    }

    /// Where a judgement of a standalone analysis stands.
    async fn judgement_status(
        &self,
        run: &Run,
        look: u32,
    ) -> Result<Option<CanaryExecutionStatus>, KayentaError> {
        let looked = run.looks.iter().find(|looked| looked.number == look);
        let (Some(origin), Some(looked)) = (run.origin.kayenta(), looked) else {
            return Ok(None);
        };
        let scorecard = self.scorecard(run, look).await?;
        let status = raise::status_of_judgement(run, origin, looked, scorecard.as_deref());
        Ok(Some(status))
    }

    /// A run that is one judgement, or one of those of a standalone analysis.
    pub(super) async fn execution(
        &self,
        grant: &Grant,
        id: &str,
    ) -> Result<CanaryExecutionStatus, KayentaError> {
        let unknown = || unknown_execution(id);
        let ExecutionId { run, look } = ExecutionId::read(id).ok_or_else(unknown)?;
        let run = self.run_of_kayenta(grant, run).await?.ok_or_else(unknown)?;
        let kind = run.origin.kayenta().map(|origin| &origin.kind);
        let status = match (kind, look) {
            (Some(ExecutionKind::Standalone { .. }), Some(look)) => {
                self.judgement_status(&run, look).await?
            }
            (Some(ExecutionKind::Canary), None) => self.execution_status(&run).await?,
            (Some(ExecutionKind::Standalone { .. }), None) => {
                return Err(KayentaError::bad(format!(
                    "{id} is a standalone canary analysis: it is read at /standalone_canary_analysis."
                )));
            }
            (Some(ExecutionKind::Canary) | None, _) => None,
        };
        status.ok_or_else(unknown)
    }
}

/// Start a run under a stored config
///
/// A window that ends ahead is waited for. With `Idempotency-Key` the same request is the same run.
#[utoipa::path(
    tag = "kayenta",
    params(
        ("id" = String, Path, description = "The config"),
        ("application" = Option<String>, Query, description = "The application; `ad-hoc` if not given"),
        ("parentPipelineExecutionId" = Option<String>, Query, description = "Echoed"),
        ("metricsAccountName" = Option<String>, Query, description = "The account that is asked; without it the first one of each store's type"),
        ("configurationAccountName" = Option<String>, Query, description = "Echoed"),
        ("storageAccountName" = Option<String>, Query, description = "Echoed"),
    ),
    request_body = CanaryExecutionRequest,
    responses(
        (status = 200, description = "Started", body = CanaryExecution),
        NotStarted,
        NoSuchConfig,
        (status = 409, description = "Several configs have this name, or the key stands for another request", body = Message<'_>),
    )
)]
#[post("/canary/{id}")]
pub(crate) async fn start_canary(
    state: Data<State>,
    grant: Grant,
    http: HttpRequest,
    id: Path<String>,
    parameters: Parameters,
    received: Received,
) -> Result<HttpResponse, KayentaError> {
    let under = Under::Known(state.canary_config(&id).await?);
    let asked = Asked::canary(received.0)?;
    let run = state
        .start(&grant, &http, &parameters, under, asked)
        .await?;
    Ok(CanaryExecution::of(&run))
}

/// Start a run under a config that comes with the request
#[utoipa::path(
    tag = "kayenta",
    params(
        ("application" = Option<String>, Query, description = "The application; `ad-hoc` if not given"),
        ("parentPipelineExecutionId" = Option<String>, Query, description = "Echoed"),
        ("metricsAccountName" = Option<String>, Query, description = "The account that is asked; without it the first one of each store's type"),
        ("storageAccountName" = Option<String>, Query, description = "Echoed"),
    ),
    request_body = CanaryAdhocExecutionRequest,
    responses(
        (status = 200, description = "Started", body = CanaryExecution),
        NotStarted,
        (status = 409, description = "The key stands for another request", body = Message<'_>),
    )
)]
#[post("/canary")]
pub(crate) async fn start_ad_hoc_canary(
    state: Data<State>,
    grant: Grant,
    http: HttpRequest,
    parameters: Parameters,
    received: Received,
) -> Result<HttpResponse, KayentaError> {
    let (under, request) = AdHoc::read(received)?.into_parts()?;
    let asked = Asked::canary(request)?;
    let run = state
        .start(&grant, &http, &parameters, under, asked)
        .await?;
    Ok(CanaryExecution::of(&run))
}

/// Read a run
///
/// A run that ended in `Fail` has `succeeded`: the analysis did what it was asked to.
#[utoipa::path(
    tag = "kayenta",
    params(
        ("id" = String, Path, description = "The run"),
        ("storageAccountName" = Option<String>, Query, description = "Plays no part"),
    ),
    responses(
        (status = 200, description = "Where it stands", body = CanaryExecutionStatus),
        NoSuchRun,
        RunsAway,
    )
)]
#[get("/canary/{id}")]
pub(crate) async fn canary_status(
    state: Data<State>,
    grant: Grant,
    id: Path<String>,
) -> Result<HttpResponse, KayentaError> {
    match state.execution(&grant, &id).await {
        Ok(status) => Ok(HttpResponse::Ok().json(status)),
        // Kayenta looks in its archive last.
        Err(error) if error.is_not_found() => match state.archived(&grant, &id).await? {
            Some(archived) => Ok(HttpResponse::Ok().json(archived)),
            None => Err(error),
        },
        Err(error) => Err(error),
    }
}
