//! The canary configs the service knows.

use actix_web::{
    HttpResponse, get,
    http::header::{ETag, EntityTag},
    web::{Data, Path},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    State,
    problem::{self, Problem},
};
use crate::canary_config::{CanaryConfig, ConfigOrigin};

/// All configs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Configs {
    configs: Vec<ConfigSummary>,
}

/// A config in short.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConfigSummary {
    /// Its name.
    name: String,
    /// What it is for.
    description: String,
    /// The SHA-256 of its canonical form, in hex.
    digest: String,
    /// Where it came from.
    origin: ConfigOrigin,
    /// The names of its metrics.
    metrics: Vec<String>,
}

/// List configs
#[utoipa::path(tag = "configs", responses((status = 200, description = "All configs", body = Configs)))]
#[get("/api/v1/configs")]
pub(crate) async fn list(state: Data<State>) -> HttpResponse {
    let configs = state
        .configs
        .iter()
        .map(|entry| ConfigSummary {
            name: entry.config.name.to_string(),
            description: entry.config.description.clone(),
            digest: entry.digest.clone(),
            origin: entry.origin,
            metrics: entry
                .config
                .metrics
                .iter()
                .map(|metric| metric.name.to_string())
                .collect(),
        })
        .collect();
    HttpResponse::Ok().json(Configs { configs })
}

/// Read a config
///
/// The entity tag is the config's digest.
#[utoipa::path(
    tag = "configs",
    params(("name" = String, Path, description = "The config's name")),
    responses(
        (status = 200, description = "The config", body = CanaryConfig),
        (status = 404, description = "No such config", body = problem::Body<'_>, content_type = "application/problem+json"),
    )
)]
#[get("/api/v1/configs/{name}")]
pub(crate) async fn get(state: Data<State>, name: Path<String>) -> Result<HttpResponse, Problem> {
    let entry = state
        .configs
        .get(&name)
        .ok_or_else(|| Problem::not_found(format!("no config is named {:?}", name.as_str())))?;
    Ok(HttpResponse::Ok()
        .insert_header(ETag(EntityTag::new_strong(entry.digest.clone())))
        .json(&*entry.config))
}
