//! The canary configs that have a name: read, store, remove, look at earlier versions.

use actix_web::{
    HttpMessage as _, HttpRequest, HttpResponse, delete, get,
    http::{
        StatusCode,
        header::{self, ETag, EntityTag, IfMatch, IfNoneMatch},
    },
    put,
    web::{Data, Path},
};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    State,
    extract::{Text, aside},
    problem::{self, Code, Problem},
};
use crate::{
    access::Grant,
    api::refusals::{NoSuchConfig, SeveralConfigs, StoreAway},
    audit::Act,
    canary_config::{CanaryConfig, ConfigOrigin, Mistake, ParseError},
    configs::{Changed, ConfigBody, FindError, KnownConfig, Precondition, Version},
    kayenta::Given,
};

/// All configs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Configs {
    configs: Vec<ConfigSummary>,
}

/// A config in short.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConfigSummary {
    /// What it is addressed by: its name, or its id if it was stored through Kayenta's API.
    key: String,
    /// What it calls itself.
    name: String,
    /// What it is for.
    description: String,
    /// Identifies this version: the SHA-256 of its canonical form, in hex.
    digest: String,
    /// Where it came from.
    origin: ConfigOrigin,
    /// What it was written in.
    language: ConfigLanguage,
    /// The names of its metrics.
    metrics: Vec<String>,
    /// What does nothing as it stands, or is not as it was in Kayenta.
    warnings: Vec<Mistake>,
    /// Why no run is possible under it; always empty for a native config.
    mistakes: Vec<Mistake>,
}

/// What a config is written in.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ConfigLanguage {
    /// Serinus' own.
    Native,
    /// Kayenta's.
    Kayenta,
}

/// The versions of a stored config.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct History {
    /// The config.
    key: String,
    /// Newest first; the oldest are forgotten.
    versions: Vec<VersionSummary>,
}

/// A version in short.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VersionSummary {
    /// Identifies it.
    digest: String,
    /// When it was stored.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// What it was written in.
    language: ConfigLanguage,
}

/// A version of a stored config.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VersionBody {
    #[serde(flatten)]
    version: VersionSummary,
    /// What was stored, in the language it was written in: storing it again brings it back.
    config: Value,
}

impl From<&ConfigBody> for ConfigLanguage {
    fn from(body: &ConfigBody) -> Self {
        match body {
            ConfigBody::Native(_) => Self::Native,
            ConfigBody::Kayenta(_) => Self::Kayenta,
        }
    }
}

impl From<&Version> for VersionSummary {
    fn from(version: &Version) -> Self {
        Self {
            digest: version.digest.clone(),
            at: version.at,
            language: (&version.body).into(),
        }
    }
}

impl From<&KnownConfig> for ConfigSummary {
    fn from(known: &KnownConfig) -> Self {
        let (usable, mistakes) = match known.usable(&Given::default()) {
            Ok(usable) => (Some(usable), Vec::new()),
            Err(mistakes) => (None, mistakes),
        };
        let config = usable.as_ref().map(|usable| &usable.config);
        let metrics = config.map_or(&[][..], |config| config.metrics.as_slice());
        Self {
            key: known.key.clone(),
            name: known.name().to_owned(),
            description: config.map_or_else(String::new, |config| config.description.clone()),
            digest: known.digest.clone(),
            origin: known.origin,
            language: (&known.body).into(),
            metrics: metrics
                .iter()
                .map(|metric| metric.name.to_string())
                .collect(),
            warnings: usable.map_or_else(Vec::new, |usable| usable.warnings),
            mistakes,
        }
    }
}

/// List configs
#[utoipa::path(
    tag = "configs",
    responses(
        (status = 200, description = "All configs", body = Configs),
        StoreAway,
    )
)]
#[get("/api/v1/configs")]
pub(crate) async fn list(state: Data<State>) -> Result<HttpResponse, Problem> {
    let all = state.configs.list().await?;
    let configs = all.iter().map(ConfigSummary::from).collect();
    Ok(HttpResponse::Ok().json(Configs { configs }))
}

/// Read a config
///
/// In native form, whatever it was written in. The entity tag is its digest.
#[utoipa::path(
    tag = "configs",
    params(("name" = String, Path, description = "The config's name")),
    responses(
        (status = 200, description = "The config", body = CanaryConfig, headers(("ETag" = String, description = "Its digest"))),
        NoSuchConfig,
        SeveralConfigs,
        (status = 422, description = "A config of Kayenta's that no run is possible under", body = problem::Body<'_>, content_type = "application/problem+json"),
    )
)]
#[get("/api/v1/configs/{name}")]
pub(crate) async fn get(state: Data<State>, name: Path<String>) -> Result<HttpResponse, Problem> {
    let found = state.configs.find(&name).await?;
    let usable = found.usable(&Given::default()).map_err(Problem::invalid)?;
    Ok(HttpResponse::Ok()
        .insert_header(ETag(EntityTag::new_strong(found.digest)))
        .json(&*usable.config))
}

/// Store a config
///
/// A native config as YAML or JSON, or a config of Kayenta's as JSON. All mistakes are told at once. With `If-Match` or
/// `If-None-Match: *` it is stored only if what is there is as expected; without either, the last writer wins. Earlier
/// versions are kept. Names of files and of ready-made configs are taken.
#[utoipa::path(
    tag = "configs",
    params(
        ("name" = String, Path, description = "The config's name"),
        ("If-Match" = Option<String>, Header, description = "Replace only this version, by its digest in quotes, or `*` for any"),
        ("If-None-Match" = Option<String>, Header, description = "`*`: store only if nothing is there"),
    ),
    request_body(content((String = "application/yaml"), (CanaryConfig = "application/json"))),
    responses(
        (status = 201, description = "Stored, the first under this name", body = ConfigSummary, headers(("ETag" = String, description = "Its digest"))),
        (status = 200, description = "Stored in place of another version", body = ConfigSummary, headers(("ETag" = String, description = "Its digest"))),
        (status = 400, description = "Neither YAML nor JSON", body = problem::Body<'_>, content_type = "application/problem+json"),
        (status = 409, description = "The name is taken", body = problem::Body<'_>, content_type = "application/problem+json"),
        (status = 412, description = "What is there is not as expected", body = problem::Body<'_>, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = problem::Body<'_>, content_type = "application/problem+json"),
        (status = 415, description = "Declared neither as YAML nor as JSON", body = problem::Body<'_>, content_type = "application/problem+json"),
        (status = 422, description = "Not a config that makes sense", body = problem::Body<'_>, content_type = "application/problem+json"),
        StoreAway,
        (status = 507, description = "No room where configs are kept", body = problem::Body<'_>, content_type = "application/problem+json"),
    )
)]
#[put("/api/v1/configs/{name}")]
pub(crate) async fn put(
    state: Data<State>,
    grant: Grant,
    http: HttpRequest,
    name: Path<String>,
    text: Text,
) -> Result<HttpResponse, Problem> {
    let expected = expected(&http)?;
    let (body, warnings) = aside(move || Ok(ConfigBody::parse(&text.0)?)).await?;
    let key = match (state.configs.find(&name).await, &body) {
        // One in Kayenta's form keeps its id, whatever it calls itself.
        (Ok(found), ConfigBody::Kayenta(_)) => found.key,
        (Ok(found), ConfigBody::Native(_)) => named(&body, found.key)?,
        (Err(FindError::Unknown { .. }), _) => named(&body, name.into_inner())?,
        (Err(error), _) => return Err(error.into()),
    };
    let (status, stored) = match state.configs.put(&key, body, &expected).await? {
        Changed::Created(stored) => (StatusCode::CREATED, stored),
        Changed::Replaced(stored) | Changed::Kept(stored) => (StatusCode::OK, stored),
    };
    let act = Act::ConfigWritten {
        config: key.clone(),
        digest: stored.digest.clone(),
    };
    state.audit.record(&grant, act).await;
    let mut summary = ConfigSummary::from(&stored);
    summary.warnings = warnings;
    let mut response = HttpResponse::build(status);
    if status == StatusCode::CREATED {
        let location = state.site().in_api_config(&key);
        response.insert_header((header::LOCATION, location));
    }
    Ok(response
        .insert_header(ETag(EntityTag::new_strong(stored.digest)))
        .json(summary))
}

/// Remove a stored config
///
/// With all its versions. Runs that used it keep what they used.
#[utoipa::path(
    tag = "configs",
    params(
        ("name" = String, Path, description = "The config's name"),
        ("If-Match" = Option<String>, Header, description = "Remove only this version, by its digest in quotes"),
    ),
    responses(
        (status = 200, description = "Removed: what it was", body = ConfigSummary),
        (status = 400, description = "Not an entity tag", body = problem::Body<'_>, content_type = "application/problem+json"),
        NoSuchConfig,
        (status = 409, description = "It is a file or ready-made", body = problem::Body<'_>, content_type = "application/problem+json"),
        (status = 412, description = "What is there is not as expected", body = problem::Body<'_>, content_type = "application/problem+json"),
        StoreAway,
    )
)]
#[delete("/api/v1/configs/{name}")]
pub(crate) async fn delete(
    state: Data<State>,
    grant: Grant,
    http: HttpRequest,
    name: Path<String>,
) -> Result<HttpResponse, Problem> {
    let expected = expected(&http)?;
    let key = state.configs.find(&name).await?.key;
    let removed = state.configs.remove(&key, &expected).await?;
    state
        .audit
        .record(&grant, Act::ConfigRemoved { config: key })
        .await;
    Ok(HttpResponse::Ok().json(ConfigSummary::from(&removed)))
}

/// List the versions of a stored config
#[utoipa::path(
    tag = "configs",
    params(("name" = String, Path, description = "The config's name")),
    responses(
        (status = 200, description = "Its versions; of a file there are none", body = History),
        NoSuchConfig,
        SeveralConfigs,
        StoreAway,
    )
)]
#[get("/api/v1/configs/{name}/history")]
pub(crate) async fn history(
    state: Data<State>,
    name: Path<String>,
) -> Result<HttpResponse, Problem> {
    let (key, versions) = state.versions(&name).await?;
    let versions = versions.iter().map(VersionSummary::from).collect();
    Ok(HttpResponse::Ok().json(History { key, versions }))
}

/// Read a version of a stored config
#[utoipa::path(
    tag = "configs",
    params(
        ("name" = String, Path, description = "The config's name"),
        ("digest" = String, Path, description = "The version"),
    ),
    responses(
        (status = 200, description = "The version", body = VersionBody),
        (status = 404, description = "No such config or version", body = problem::Body<'_>, content_type = "application/problem+json"),
        SeveralConfigs,
        StoreAway,
    )
)]
#[get("/api/v1/configs/{name}/history/{digest}")]
pub(crate) async fn earlier(
    state: Data<State>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (name, digest) = path.into_inner();
    let (_, versions) = state.versions(&name).await?;
    let version = versions.iter().find(|version| version.digest == digest);
    let version = version.ok_or_else(|| {
        Problem::not_found("no version that is kept has this digest; see the config's history")
    })?;
    let config = match &version.body {
        ConfigBody::Native(config) => serde_json::to_value(config),
        ConfigBody::Kayenta(config) => Ok(config.received().clone()),
    };
    let config = config.map_err(|error| Problem::new(Code::Internal, error.to_string()))?;
    Ok(HttpResponse::Ok().json(VersionBody {
        version: version.into(),
        config,
    }))
}

impl State {
    /// The versions of a stored config, newest first, with what it is addressed by.
    pub(super) async fn versions(&self, name: &str) -> Result<(String, Vec<Version>), Problem> {
        let found = self.configs.find(name).await?;
        let versions = match found.origin {
            ConfigOrigin::Stored => self.configs.versions(&found.key).await?,
            ConfigOrigin::ReadyMade | ConfigOrigin::Directory => Vec::new(),
        };
        Ok((found.key, versions))
    }
}

impl From<ParseError> for Problem {
    fn from(error: ParseError) -> Self {
        match error {
            ParseError::Syntax(_) => Self::new(Code::BadRequest, error.to_string()),
            ParseError::Mistakes(mistakes) => Self::invalid(mistakes),
        }
    }
}

/// A config says itself what it is called, and it is not called otherwise where it is stored.
fn named(body: &ConfigBody, key: String) -> Result<String, Problem> {
    let name = match body {
        ConfigBody::Native(config) => config.name.as_str(),
        ConfigBody::Kayenta(config) => config.name(),
    };
    if name == key {
        return Ok(key);
    }
    let shown: String = key.chars().take(200).collect();
    let detail = format!("the config is to be stored as {shown:?}, so this is its name too");
    Err(Problem::invalid(vec![Mistake::new("/name", detail)]))
}

/// What the request's preconditions say.
fn expected(http: &HttpRequest) -> Result<Precondition, Problem> {
    let has = |name| http.headers().contains_key(name);
    let digests = |tags: Vec<EntityTag>| {
        let strong = tags.into_iter().filter(|tag| !tag.weak);
        strong.map(|tag| tag.tag().to_owned()).collect()
    };
    let unreadable = |name| {
        let detail = format!("`{name}` is `*` or a list of entity tags, each in quotes");
        Problem::new(Code::BadRequest, detail)
    };
    match (has(header::IF_MATCH), has(header::IF_NONE_MATCH)) {
        (false, false) => Ok(Precondition::None),
        (true, false) => match http.get_header::<IfMatch>() {
            Some(IfMatch::Any) => Ok(Precondition::Present),
            Some(IfMatch::Items(tags)) if !tags.is_empty() => {
                Ok(Precondition::OneOf(digests(tags)))
            }
            Some(IfMatch::Items(_)) | None => Err(unreadable("If-Match")),
        },
        (false, true) => match http.get_header::<IfNoneMatch>() {
            Some(IfNoneMatch::Any) => Ok(Precondition::Absent),
            Some(IfNoneMatch::Items(_)) | None => {
                let detail = "`If-None-Match` can only be `*` here: store if nothing is there";
                Err(Problem::new(Code::BadRequest, detail))
            }
        },
        (true, true) => {
            let detail = "`If-Match` and `If-None-Match` cannot both hold: send one of them";
            Err(Problem::new(Code::BadRequest, detail))
        }
    }
}
