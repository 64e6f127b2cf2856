//! Links that show one run to whoever has them: shared, listed, revoked.

use actix_web::{
    HttpResponse, delete, get,
    http::header,
    post,
    web::{Data, Path},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    State,
    extract::{Json, run_id},
    problem::{self, Code, Problem},
};
use crate::{
    access::Grant,
    api::refusals::{NoSuchRun, NotJson},
    audit::Act,
    canary_config::Mistake,
    shares::{Named, ShareError, Token},
};

/// How long a link may work.
const SHORTEST: SignedDuration = SignedDuration::from_mins(1);
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 3650);

/// A link to share.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ShareRequest {
    /// How long the link works, `1m` to ten years; if not given, as long as the run is kept.
    #[serde(
        deserialize_with = "crate::canary_config::duration::read_some",
        default
    )]
    #[schema(value_type = Option<String>, example = "168h")]
    expires_in: Option<SignedDuration>,
}

/// A link, to be passed on. It is shown this once.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shared {
    /// The link.
    url: String,
    /// Names the link when it is to be revoked, and opens nothing.
    id: String,
    /// When it was shared.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it stops to work; empty for as long as the run is kept.
    expires_at: String,
}

/// The links to a run.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShareList {
    shares: Vec<ShareView>,
}

/// A link in short, without what opens it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ShareView {
    /// Names the link when it is to be revoked.
    id: String,
    /// When it was shared.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it stops to work; empty for as long as the run is kept.
    expires_at: String,
}

impl From<Named> for ShareView {
    fn from(Named { id, share }: Named) -> Self {
        Self {
            id,
            created_at: share.created_at,
            expires_at: share
                .expires_at
                .map(|at| at.to_string())
                .unwrap_or_default(),
        }
    }
}

impl From<ShareError> for Problem {
    fn from(error: ShareError) -> Self {
        let detail = error.to_string();
        match error {
            ShareError::TooMany => Self::new(Code::NoSpace, detail),
            ShareError::Random(_) => Self::new(Code::Internal, detail),
            ShareError::Store(error) => error.into(),
        }
    }
}

/// Share an analysis
///
/// Makes a link that shows the report of this analysis, and nothing else, to whoever has it.
#[utoipa::path(
    tag = "shares",
    params(("id" = String, Path, description = "The run")),
    request_body = ShareRequest,
    responses(
        (status = 201, description = "The link", body = Shared),
        NotJson,
        NoSuchRun,
        (status = 422, description = "It cannot work for so long", body = problem::Body<'_>, content_type = "application/problem+json"),
        (status = 507, description = "Too many links are shared", body = problem::Body<'_>, content_type = "application/problem+json"),
    )
)]
#[post("/api/v1/analyses/{id}/shares")]
pub(crate) async fn create(
    state: Data<State>,
    grant: Grant,
    id: Path<String>,
    request: Json<ShareRequest>,
) -> Result<HttpResponse, Problem> {
    let run = state.run(&grant, run_id(&id)?, None).await?;
    let lifetime = request.0.expires_in;
    if lifetime.is_some_and(|lifetime| !(SHORTEST..=LONGEST).contains(&lifetime)) {
        let detail = "a link works for a minute to ten years";
        return Err(Problem::invalid(vec![Mistake::new("/expiresIn", detail)]));
    }
    let (Token(token), named) = state.shares.create(run.id, lifetime).await?;
    let act = Act::AnalysisShared {
        analysis: run.id,
        application: run.application().to_owned(),
        share: named.id.clone(),
    };
    state.audit.record(&grant, act).await;
    let ShareView {
        id,
        created_at,
        expires_at,
    } = named.into();
    Ok(HttpResponse::Created()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(Shared {
            url: format!("{}/share/{token}", state.public_url),
            id,
            created_at,
            expires_at,
        }))
}

/// List the links to an analysis
///
/// Those that still work. What opens them is not kept and cannot be shown again.
#[utoipa::path(
    tag = "shares",
    params(("id" = String, Path, description = "The run")),
    responses(
        (status = 200, description = "The links", body = ShareList),
        NoSuchRun,
    )
)]
#[get("/api/v1/analyses/{id}/shares")]
pub(crate) async fn list(
    state: Data<State>,
    grant: Grant,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let run = state.run(&grant, run_id(&id)?, None).await?;
    let shares = state.shares.of_run(run.id).await?;
    Ok(HttpResponse::Ok().json(ShareList {
        shares: shares.into_iter().map(Into::into).collect(),
    }))
}

/// Revoke a link to an analysis
///
/// It stops to work at once. Answers with the links that are left.
#[utoipa::path(
    tag = "shares",
    params(
        ("id" = String, Path, description = "The run"),
        ("share" = String, Path, description = "The link's id"),
    ),
    responses(
        (status = 200, description = "The links that are left", body = ShareList),
        (status = 404, description = "No such run or link", body = problem::Body<'_>, content_type = "application/problem+json"),
    )
)]
#[delete("/api/v1/analyses/{id}/shares/{share}")]
pub(crate) async fn revoke(
    state: Data<State>,
    grant: Grant,
    path: Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (id, share) = path.into_inner();
    let run = state.run(&grant, run_id(&id)?, None).await?;
    if !state.shares.revoke(run.id, &share).await? {
        return Err(Problem::not_found("the analysis has no such link"));
    }
    let act = Act::ShareRevoked {
        analysis: run.id,
        application: run.application().to_owned(),
        share,
    };
    state.audit.record(&grant, act).await;
    let shares = state.shares.of_run(run.id).await?;
    Ok(HttpResponse::Ok().json(ShareList {
        shares: shares.into_iter().map(Into::into).collect(),
    }))
}
