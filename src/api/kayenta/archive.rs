//! The archive of runs: those that have ended here, and those of another Kayenta that callers put here.

use actix_web::{
    HttpResponse, delete, get, post, put,
    web::{Data, Path},
};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    canary::{ExecutionId, unknown_execution},
    error::{KayentaError, Message},
    input::{Parameters, Received},
    refusals::{BodyRefused, StoreAway},
};
use crate::{
    access::Grant,
    api::State,
    archive::Before,
    kayenta::{LONGEST_ID, raise::ended_at, wire::CanaryExecutionStatus},
};

/// How large a run may be that is put here, in bytes of JSON.
const LARGEST: usize = 1024 * 1024;

/// A run in the archive, without what is in it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ArchivedSummary {
    /// Its id.
    id: String,
    /// When it ended or was put here, in milliseconds since 1970.
    updated_timestamp: i64,
    /// When it ended or was put here.
    #[schema(value_type = String, format = DateTime)]
    updated_timestamp_iso: Timestamp,
}

impl ArchivedSummary {
    fn of(id: String, at: Timestamp) -> Self {
        Self {
            id,
            updated_timestamp: at.as_millisecond(),
            updated_timestamp_iso: at,
        }
    }
}

/// The run that was put into the archive.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PipelineId {
    /// Its id.
    pipeline_id: String,
}

impl State {
    /// A run that a caller put into the archive, if this one may know of it.
    pub(super) async fn archived(
        &self,
        grant: &Grant,
        id: &str,
    ) -> Result<Option<Value>, KayentaError> {
        let Ok(archive) = self.archive.open(grant) else {
            return Ok(None);
        };
        let archived = archive.get(id).await?;
        Ok(archived.map(|archived| archived.execution))
    }

    async fn archive(
        &self,
        grant: &Grant,
        id: &str,
        execution: Value,
        before: Before,
    ) -> Result<HttpResponse, KayentaError> {
        if id.chars().count() > LONGEST_ID || id.contains(char::is_control) {
            return Err(KayentaError::bad(format!(
                "The id of a pipeline has at most {LONGEST_ID} characters and no control characters."
            )));
        }
        // What clients read of a run has to be there.
        let _status: CanaryExecutionStatus = Received::read(&execution)?;
        if execution.to_string().len() > LARGEST {
            let message = format!("The run is too large: the limit is {LARGEST} bytes.");
            return Err(KayentaError::bad(message));
        }
        let archive = self.archive.open(grant)?;
        let is_of_here = match ExecutionId::read(id) {
            Some(id) => self.run_of_kayenta(grant, id.run).await?.is_some(),
            None => false,
        };
        let exists = match before {
            Before::Nothing => "already exists",
            Before::Something => "does not exist, or is one of this service's runs",
        };
        if is_of_here || !archive.put(id, execution, before).await? {
            let message = format!("Archived canary execution '{id}' {exists}.");
            return Err(KayentaError::bad(message));
        }
        let pipeline_id = id.to_owned();
        Ok(HttpResponse::Ok().json(PipelineId { pipeline_id }))
    }
}

/// List the archive
///
/// Runs that have ended here, newest first, and those that callers put here.
#[utoipa::path(
    tag = "kayenta",
    params(("storageAccountName" = Option<String>, Query, description = "Plays no part")),
    responses(
        (status = 200, description = "The runs", body = Vec<ArchivedSummary>),
        StoreAway,
    )
)]
#[get("/canaryResultArchive")]
pub(crate) async fn archived_executions(
    state: Data<State>,
    grant: Grant,
) -> Result<HttpResponse, KayentaError> {
    let mut all = Vec::new();
    let mut walk = state.executions(&grant, None);
    while let Some(run) = walk.next().await? {
        all.extend(ended_at(&run).map(|at| ArchivedSummary::of(run.id.to_string(), at)));
    }
    if let Ok(archive) = state.archive.open(&grant) {
        let archived = archive.all().await?.into_iter().rev();
        all.extend(archived.map(|(id, at)| ArchivedSummary::of(id, at)));
    }
    Ok(HttpResponse::Ok().json(all))
}

/// Read a run of the archive
#[utoipa::path(
    tag = "kayenta",
    params(
        ("id" = String, Path, description = "The run"),
        ("storageAccountName" = Option<String>, Query, description = "Plays no part"),
    ),
    responses(
        (status = 200, description = "The run", body = CanaryExecutionStatus),
        (status = 404, description = "No such run, or it goes on", body = Message<'_>),
        StoreAway,
    )
)]
#[get("/canaryResultArchive/{id}")]
pub(crate) async fn archived_execution(
    state: Data<State>,
    grant: Grant,
    id: Path<String>,
) -> Result<HttpResponse, KayentaError> {
    if let Some(archived) = state.archived(&grant, &id).await? {
        return Ok(HttpResponse::Ok().json(archived));
    }
    let status = state.execution(&grant, &id).await?;
    if !status.complete {
        return Err(unknown_execution(&id));
    }
    Ok(HttpResponse::Ok().json(status))
}

/// Put a run into the archive
///
/// One of another Kayenta, so that links to it still lead somewhere. Of more than a hundred, the oldest make room.
#[utoipa::path(
    tag = "kayenta",
    params(
        ("pipelineId" = Option<String>, Query, description = "Its id; a new one if not given"),
        ("storageAccountName" = Option<String>, Query, description = "Plays no part"),
    ),
    request_body = CanaryExecutionStatus,
    responses(
        (status = 200, description = "It is kept", body = PipelineId),
        (status = 400, description = "Not a run, or its id is taken", body = Message<'_>),
        BodyRefused,
        StoreAway,
        (status = 507, description = "No room where runs are kept", body = Message<'_>),
    )
)]
#[post("/canaryResultArchive")]
pub(crate) async fn archive_new_execution(
    state: Data<State>,
    grant: Grant,
    parameters: Parameters,
    received: Received,
) -> Result<HttpResponse, KayentaError> {
    let id = parameters.owned("pipelineId");
    let id = id.unwrap_or_else(|| Uuid::now_v7().to_string());
    state
        .archive(&grant, &id, received.0, Before::Nothing)
        .await
}

/// Change a run in the archive
///
/// Only one that a caller put there.
#[utoipa::path(
    tag = "kayenta",
    params(
        ("id" = String, Path, description = "The run"),
        ("storageAccountName" = Option<String>, Query, description = "Plays no part"),
    ),
    request_body = CanaryExecutionStatus,
    responses(
        (status = 200, description = "It is kept", body = PipelineId),
        (status = 400, description = "Not a run, or none that a caller put there", body = Message<'_>),
        BodyRefused,
        StoreAway,
        (status = 507, description = "No room where runs are kept", body = Message<'_>),
    )
)]
#[put("/canaryResultArchive/{id}")]
pub(crate) async fn archive_execution(
    state: Data<State>,
    grant: Grant,
    id: Path<String>,
    received: Received,
) -> Result<HttpResponse, KayentaError> {
    state
        .archive(&grant, &id, received.0, Before::Something)
        .await
}

/// Remove a run from the archive
///
/// Only one that a caller put there: runs of this service are kept as its settings say.
#[utoipa::path(
    tag = "kayenta",
    params(
        ("id" = String, Path, description = "The run"),
        ("storageAccountName" = Option<String>, Query, description = "Plays no part"),
    ),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, description = "No such run that a caller put there", body = Message<'_>),
        StoreAway,
    )
)]
#[delete("/canaryResultArchive/{id}")]
pub(crate) async fn delete_archived_execution(
    state: Data<State>,
    grant: Grant,
    id: Path<String>,
) -> Result<HttpResponse, KayentaError> {
    match state.archive.open(&grant)?.remove(&id).await? {
        true => Ok(HttpResponse::NoContent().finish()),
        false => Err(unknown_execution(&id)),
    }
}
