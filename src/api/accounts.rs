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
use crate::{access::Grant, analysis::Account};

/// All accounts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccountList {
    accounts: Vec<AccountSummary>,
}

/// An account in short; never its credentials.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccountSummary {
    /// Its name.
    name: String,
    /// The type of its store.
    #[serde(rename = "type")]
    kind: &'static str,
    /// How many requests failed since its store last answered; 0 if the latest was answered.
    consecutive_failures: u32,
    /// A stable word for how the latest failed; empty if it did not.
    failure: &'static str,
}

impl AccountSummary {
    pub(super) fn new(name: &str, account: &Account) -> Self {
        let failing = account.failing();
        Self {
            name: name.to_owned(),
            kind: account.kind(),
            consecutive_failures: failing.map_or(0, |failing| failing.consecutive.get()),
            failure: failing.map_or("", |failing| failing.code),
        }
    }
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
pub(crate) async fn list(state: Data<State>, grant: Grant) -> HttpResponse {
    let accounts = state
        .accounts
        .iter()
        .filter(|(name, _)| grant.sees_account(name))
        .map(|(name, account)| AccountSummary::new(name, account))
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
pub(crate) async fn check(
    state: Data<State>,
    grant: Grant,
    name: Path<String>,
) -> Result<HttpResponse, Problem> {
    let account = state
        .accounts
        .get(&name)
        .filter(|_| grant.sees_account(&name))
        .ok_or_else(|| Problem::not_found(format!("no account is named {:?}", name.as_str())))?;
    let checked = account.check().await;
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
