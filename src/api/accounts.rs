//! The metric stores the service may read.

use actix_web::{
    HttpResponse, get, post,
    web::{Data, Path},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    State,
    problem::{self, Problem},
};

/// All accounts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccountList {
    accounts: Vec<AccountSummary>,
}

/// An account in short; never its credentials.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccountSummary {
    /// Its name.
    name: String,
    /// The type of its store.
    #[serde(rename = "type")]
    kind: &'static str,
}

/// What a check found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccountCheck {
    /// The account's name.
    name: String,
    /// Whether the store answered as it should.
    ok: bool,
    /// A stable word for what went wrong; empty if nothing did.
    code: &'static str,
    /// What went wrong, as a sentence; empty if nothing did.
    detail: String,
}

/// List accounts
#[utoipa::path(tag = "accounts", responses((status = 200, description = "All accounts", body = AccountList)))]
#[get("/api/v1/accounts")]
pub(crate) async fn list(state: Data<State>) -> HttpResponse {
    let accounts = state
        .accounts
        .iter()
        .map(|(name, account)| AccountSummary {
            name: name.to_owned(),
            kind: account.kind(),
        })
        .collect();
    HttpResponse::Ok().json(AccountList { accounts })
}

/// Check an account
///
/// Asks the store something cheap, with the account's credentials. That the store does not answer is a finding, not an
/// error of the check: the status is 200 either way.
#[utoipa::path(
    tag = "accounts",
    params(("name" = String, Path, description = "The account's name")),
    responses(
        (status = 200, description = "What was found", body = AccountCheck),
        (status = 404, description = "No such account", body = problem::Body<'_>, content_type = "application/problem+json"),
    )
)]
#[post("/api/v1/accounts/{name}/check")]
pub(crate) async fn check(state: Data<State>, name: Path<String>) -> Result<HttpResponse, Problem> {
    let account = state
        .accounts
        .get(&name)
        .ok_or_else(|| Problem::not_found(format!("no account is named {:?}", name.as_str())))?;
    let checked = account.source().check().await;
    Ok(HttpResponse::Ok().json(AccountCheck {
        name: name.into_inner(),
        ok: checked.is_ok(),
        code: checked.as_ref().err().map_or("", |error| error.code()),
        detail: checked
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default(),
    }))
}
