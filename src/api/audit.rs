//! Who changed or overrode what.
#![expect(unused_qualifications, reason = "written by utoipa's `params`")]

use actix_web::{HttpResponse, get, web::Data};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    State,
    extract::QueryString,
    problem::{Code, Problem},
    refusals::BadQuery,
};
use crate::{access::Grant, audit::AuditEntry};

/// Which entries to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuditQuery {
    /// Only entries before this one: the `next` of the page before.
    before: Option<String>,
    /// At most this many, 1 to 200; 50 if not given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
}

/// A page of the record, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditPage {
    /// The entries.
    entries: Vec<AuditEntry>,
    /// What to give as `before` for the next page; empty at the end.
    next: String,
}

/// Read the audit record
///
/// Who changed or overrode what: configs, cancelled, repeated and shared runs, decisions about rollouts. The last ten thousand changes are kept.
#[utoipa::path(
    tag = "audit",
    params(AuditQuery),
    responses(
        (status = 200, description = "A page", body = AuditPage),
        BadQuery,
    )
)]
#[get("/api/v1/audit")]
pub(crate) async fn list(
    state: Data<State>,
    grant: Grant,
    query: QueryString<AuditQuery>,
) -> Result<HttpResponse, Problem> {
    let limit = query.limit.unwrap_or(50);
    if !(1..=200).contains(&limit) {
        let detail = format!("`limit` is 1 to 200, not {limit}");
        return Err(Problem::new(Code::BadRequest, detail));
    }
    let before = query.before.as_deref().filter(|before| !before.is_empty());
    let before: Option<u64> = before.map(str::parse).transpose().map_err(|_| {
        Problem::new(
            Code::BadRequest,
            "`before` is the `next` of the page before",
        )
    })?;
    // One more than the page holds tells whether there is a next one.
    let mut entries = state.audit.list(&grant, before, limit + 1).await?;
    let more = entries.len() > limit;
    entries.truncate(limit);
    let next = entries.last().filter(|_| more);
    let next = next.map(|entry| entry.number.to_string());
    Ok(HttpResponse::Ok().json(AuditPage {
        next: next.unwrap_or_default(),
        entries,
    }))
}
