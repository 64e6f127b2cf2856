//! Canary configs, those that are stored and those of the service's directory.

use std::sync::Arc;

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
    error::{KayentaError, Message},
    input::{Parameters, Received},
    refusals::{BodyRefused, NoSuchConfig, StoreAway},
};
use crate::{
    access::Grant,
    api::State,
    audit::Act,
    canary_config::ConfigOrigin,
    configs::{ConfigBody, FindError, KnownConfig, Precondition, Refused},
    kayenta::{KayentaConfig, raise},
};

/// A config in short.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CanaryConfigSummary {
    /// What it is addressed by; of a native config its name.
    id: String,
    /// What it calls itself.
    name: String,
    /// When it was changed last, in milliseconds since 1970; 0 for a file.
    updated_timestamp: i64,
    /// When it was changed last.
    #[schema(value_type = String, format = DateTime)]
    updated_timestamp_iso: Timestamp,
    /// The applications it is for; a native config is for all.
    applications: Vec<String>,
}

/// The config that was stored.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CanaryConfigId {
    /// Its id.
    canary_config_id: String,
}

impl From<&KnownConfig> for CanaryConfigSummary {
    fn from(known: &KnownConfig) -> Self {
        let stored = known.changed_at.unwrap_or(Timestamp::UNIX_EPOCH);
        let (updated, applications) = match &known.body {
            ConfigBody::Kayenta(config) => (
                config.updated_at().unwrap_or(stored),
                config.applications().map(str::to_owned).collect(),
            ),
            ConfigBody::Native(_) => (stored, Vec::new()),
        };
        let millis = updated.as_millisecond();
        Self {
            id: known.key.clone(),
            name: known.name().to_owned(),
            updated_timestamp: millis,
            updated_timestamp_iso: Timestamp::from_millisecond(millis).unwrap_or(updated),
            applications,
        }
    }
}

/// Whether a config is one of those that belong to these applications. A native one belongs to all.
fn belongs(known: &KnownConfig, applications: &[&str]) -> bool {
    match &known.body {
        ConfigBody::Kayenta(config) if !applications.is_empty() => {
            config.applications().any(|own| applications.contains(&own))
        }
        ConfigBody::Kayenta(_) | ConfigBody::Native(_) => true,
    }
}

/// No config has this id.
fn unknown(id: &str) -> KayentaError {
    let shown: String = id.chars().take(200).collect();
    KayentaError::not_found(format!("Canary config '{shown}' does not exist."))
}

impl State {
    /// The config of that id, or of that name if it has none.
    pub(super) async fn canary_config(&self, id: &str) -> Result<KnownConfig, KayentaError> {
        self.configs.find(id).await.map_err(|error| match error {
            FindError::Unknown { .. } => unknown(id),
            FindError::Ambiguous { .. } | FindError::Store(_) => error.into(),
        })
    }

    /// The stored config in Kayenta's form under that id.
    async fn stored_config(&self, id: &str) -> Result<Option<Arc<KayentaConfig>>, KayentaError> {
        let versions = self.configs.versions(id).await?;
        match versions.into_iter().next().map(|version| version.body) {
            None => Ok(None),
            Some(ConfigBody::Kayenta(config)) => Ok(Some(config)),
            Some(ConfigBody::Native(_)) => Err(KayentaError::bad(format!(
                "'{id}' is a native config: it is changed at /api/v1/configs."
            ))),
        }
    }

    /// Stores a config; `none_such` is what is said if the condition does not hold.
    async fn stored_as(
        &self,
        grant: &Grant,
        id: String,
        config: KayentaConfig,
        expected: &Precondition,
        none_such: &str,
    ) -> Result<HttpResponse, KayentaError> {
        let changed = match self.configs.put_kayenta(&id, config, expected).await {
            Err(Refused::Precondition { .. }) => {
                let message = format!("Canary config '{id}' {none_such}.");
                return Err(KayentaError::bad(message));
            }
            changed => changed?,
        };
        let act = Act::ConfigWritten {
            config: id.clone(),
            digest: changed.stored().digest,
        };
        self.audit.record(grant, act).await;
        Ok(HttpResponse::Ok().json(CanaryConfigId {
            canary_config_id: id,
        }))
    }
}

fn read(received: Received) -> Result<KayentaConfig, KayentaError> {
    let config = KayentaConfig::from_value(received.0)
        .map_err(|mistake| KayentaError::bad(mistake.to_string()))?;
    config.fit_to_store().map_err(KayentaError::bad)?;
    Ok(config)
}

/// List canary configs
///
/// Stored ones, and native ones of the service's directory.
#[utoipa::path(
    tag = "kayenta",
    params(
        ("application" = Option<Vec<String>>, Query, description = "Only configs that share one of these"),
        ("configurationAccountName" = Option<String>, Query, description = "Plays no part"),
    ),
    responses(
        (status = 200, description = "The configs", body = Vec<CanaryConfigSummary>),
        StoreAway,
    )
)]
#[get("/canaryConfig")]
pub(crate) async fn canary_configs(
    state: Data<State>,
    parameters: Parameters,
) -> Result<HttpResponse, KayentaError> {
    let applications: Vec<_> = parameters.all("application").collect();
    let all = state.configs.list().await?;
    let shown: Vec<_> = (all.iter())
        .filter(|known| known.origin != ConfigOrigin::ReadyMade && belongs(known, &applications))
        .map(CanaryConfigSummary::from)
        .collect();
    Ok(HttpResponse::Ok().json(shown))
}

/// Read a canary config
///
/// As it was stored; a native one in Kayenta's form, as far as that has words for it.
#[utoipa::path(
    tag = "kayenta",
    params(("id" = String, Path, description = "The config")),
    responses(
        (status = 200, description = "The config", body = Object),
        NoSuchConfig,
        (status = 409, description = "Several configs have this name", body = Message<'_>),
        StoreAway,
    )
)]
#[get("/canaryConfig/{id}")]
pub(crate) async fn canary_config(
    state: Data<State>,
    id: Path<String>,
) -> Result<HttpResponse, KayentaError> {
    let known = state.canary_config(&id).await?;
    let config: Value = match &known.body {
        ConfigBody::Kayenta(config) => config.under_id(&known.key),
        ConfigBody::Native(config) => raise::shown(config),
    };
    Ok(HttpResponse::Ok().json(config))
}

/// Store a canary config
#[utoipa::path(
    tag = "kayenta",
    request_body = Object,
    responses(
        (status = 200, description = "Stored", body = CanaryConfigId),
        (status = 400, description = "Not a config, or its id or name is taken", body = Message<'_>),
        (status = 409, description = "Its id is the name of a file", body = Message<'_>),
        BodyRefused,
        StoreAway,
        (status = 507, description = "No room where configs are kept", body = Message<'_>),
    )
)]
#[post("/canaryConfig")]
pub(crate) async fn create_canary_config(
    state: Data<State>,
    grant: Grant,
    received: Received,
) -> Result<HttpResponse, KayentaError> {
    let config = read(received)?;
    let own = config.own_id().map_err(KayentaError::bad)?;
    let id = own.map_or_else(|| Uuid::now_v7().to_string(), str::to_owned);
    let config = config.created(&id, Timestamp::now());
    let (expected, none_such) = (Precondition::Absent, "already exists");
    state
        .stored_as(&grant, id, config, &expected, none_such)
        .await
}

/// Change a canary config
#[utoipa::path(
    tag = "kayenta",
    params(("id" = String, Path, description = "The config")),
    request_body = Object,
    responses(
        (status = 200, description = "Stored", body = CanaryConfigId),
        (status = 400, description = "Not a config, or none is stored under this id, or its name is taken", body = Message<'_>),
        (status = 409, description = "The id is the name of a file", body = Message<'_>),
        BodyRefused,
        StoreAway,
        (status = 507, description = "No room where configs are kept", body = Message<'_>),
    )
)]
#[put("/canaryConfig/{id}")]
pub(crate) async fn change_canary_config(
    state: Data<State>,
    grant: Grant,
    id: Path<String>,
    received: Received,
) -> Result<HttpResponse, KayentaError> {
    let id = id.into_inner();
    let none_such = "does not exist";
    let missing = || KayentaError::bad(format!("Canary config '{id}' {none_such}."));
    let config = read(received)?;
    let earlier = state.stored_config(&id).await?.ok_or_else(missing)?;
    let config = config.updated(&id, Timestamp::now(), &earlier);
    let expected = Precondition::Present;
    state
        .stored_as(&grant, id, config, &expected, none_such)
        .await
}

/// Remove a canary config
#[utoipa::path(
    tag = "kayenta",
    params(("id" = String, Path, description = "The config")),
    responses(
        (status = 204, description = "Removed"),
        (status = 400, description = "A native config", body = Message<'_>),
        NoSuchConfig,
        (status = 409, description = "A file, or changed at the same time", body = Message<'_>),
        StoreAway,
    )
)]
#[delete("/canaryConfig/{id}")]
pub(crate) async fn delete_canary_config(
    state: Data<State>,
    grant: Grant,
    id: Path<String>,
) -> Result<HttpResponse, KayentaError> {
    state.stored_config(&id).await?;
    let removed = state.configs.remove(&id, &Precondition::None).await;
    if let Err(Refused::Unknown(_)) = removed {
        return Err(unknown(&id));
    }
    removed?;
    let config = id.into_inner();
    state
        .audit
        .record(&grant, Act::ConfigRemoved { config })
        .await;
    Ok(HttpResponse::NoContent().finish())
}
