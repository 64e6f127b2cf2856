//! Runs: start one, look at one.

use actix_web::{
    HttpRequest, HttpResponse, get, post,
    web::{Data, Path},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    error::{KayentaError, Message},
    input::{Parameters, Received},
    start::Under,
};
use crate::{
    analysis::Run,
    api::{State, extract::run_id},
    kayenta::{
        KayentaConfig, raise,
        wire::{CanaryAdhocExecutionRequest, CanaryExecutionRequest, CanaryExecutionStatus},
    },
};

/// The largest config that may come with a request, in bytes.
const LARGEST_CONFIG: usize = 1024 * 1024;

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

impl State {
    /// A run that came through this API. Others are looked at through the API they came through.
    pub(super) async fn execution(&self, id: &str) -> Result<std::sync::Arc<Run>, KayentaError> {
        let id = run_id(id).map_err(|_| unknown_execution(id))?;
        let run = self.run(id, None).await;
        let run = run.map_err(|problem| {
            if problem.is_not_found() {
                unknown_execution(&id.to_string())
            } else {
                problem.into()
            }
        })?;
        match run.origin.kayenta() {
            Some(_) => Ok(run),
            None => Err(unknown_execution(&id.to_string())),
        }
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
        (status = 400, description = "Cannot be carried out", body = Message<'_>),
        (status = 404, description = "No such config", body = Message<'_>),
        (status = 409, description = "Several configs have this name, or the key stands for another request", body = Message<'_>),
        (status = 413, description = "The body is too large", body = Message<'_>),
        (status = 415, description = "Not declared as JSON", body = Message<'_>),
        (status = 429, description = "Too many runs in flight", body = Message<'_>),
        (status = 503, description = "Shutting down, or the store of runs does not answer", body = Message<'_>),
        (status = 507, description = "No room where runs are kept", body = Message<'_>),
    )
)]
#[post("/canary/{id}")]
pub(crate) async fn start_canary(
    state: Data<State>,
    http: HttpRequest,
    id: Path<String>,
    parameters: Parameters,
    received: Received,
) -> Result<HttpResponse, KayentaError> {
    let under = Under::Known(state.canary_config(&id).await?);
    let run = state.start(&http, &parameters, under, received.0).await?;
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
        (status = 400, description = "Cannot be carried out", body = Message<'_>),
        (status = 409, description = "The key stands for another request", body = Message<'_>),
        (status = 413, description = "The body is too large", body = Message<'_>),
        (status = 415, description = "Not declared as JSON", body = Message<'_>),
        (status = 429, description = "Too many runs in flight", body = Message<'_>),
        (status = 503, description = "Shutting down, or the store of runs does not answer", body = Message<'_>),
        (status = 507, description = "No room where runs are kept", body = Message<'_>),
    )
)]
#[post("/canary")]
pub(crate) async fn start_ad_hoc_canary(
    state: Data<State>,
    http: HttpRequest,
    parameters: Parameters,
    received: Received,
) -> Result<HttpResponse, KayentaError> {
    let part = |name: &str| received.0.get(name).filter(|part| !part.is_null()).cloned();
    let config = part("canaryConfig")
        .ok_or_else(|| KayentaError::bad("canaryConfig must be provided for ad-hoc requests"))?;
    let request = part("executionRequest").ok_or_else(|| {
        KayentaError::bad("executionRequest must be provided for ad-hoc requests")
    })?;
    if config.to_string().len() > LARGEST_CONFIG {
        let message = format!("canaryConfig is too large: the limit is {LARGEST_CONFIG} bytes");
        return Err(KayentaError::bad(message));
    }
    let config = KayentaConfig::from_value(config)
        .map_err(|mistake| KayentaError::bad(mistake.under("/canaryConfig").to_string()))?;
    let under = Under::AdHoc(Box::new(config));
    let run = state.start(&http, &parameters, under, request).await?;
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
        (status = 404, description = "No such run", body = Message<'_>),
        (status = 503, description = "The store of runs does not answer", body = Message<'_>),
    )
)]
#[get("/canary/{id}")]
pub(crate) async fn canary_status(
    state: Data<State>,
    id: Path<String>,
) -> Result<HttpResponse, KayentaError> {
    let run = state.execution(&id).await?;
    let status = state.execution_status(&run).await?;
    let status = status.ok_or_else(|| unknown_execution(&id))?;
    Ok(HttpResponse::Ok().json(status))
}
