//! Accounts, and what their stores have.

use actix_web::{HttpResponse, get, web::Data};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    OWN_ACCOUNT,
    error::{KayentaError, Message},
    input::Parameters,
    refusals::StoreAway,
};
use crate::{
    access::Grant,
    analysis::{Account, FetchError},
    api::State,
};

/// An account, never with its credentials.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KayentaAccount {
    /// Its name.
    name: String,
    /// The type of its store.
    #[serde(rename = "type")]
    kind: &'static str,
    /// What it is good for.
    supported_types: &'static [&'static str],
    /// Where its scopes can run; not restricted.
    locations: [String; 0],
    /// Where they usually run; not known.
    recommended_locations: [String; 0],
}

/// An account that answers with samples.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MetricsService {
    /// Its name.
    name: String,
    /// The type of its store.
    #[serde(rename = "type")]
    kind: &'static str,
    /// Where its scopes can run; not restricted.
    locations: [String; 0],
    /// Where they usually run; not known.
    recommended_locations: [String; 0],
}

/// A metric that a store has.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MetricDescriptor {
    /// Its name.
    name: String,
}

/// The type of an account in Kayenta's words: the simulator answers what Prometheus would.
pub(super) fn kind(account: &Account) -> &'static str {
    match account.kind() {
        "simulator" => "prometheus",
        kind => kind,
    }
}

impl State {
    /// The account that a request means, if it means a certain one.
    pub(super) fn metrics_account(
        &self,
        grant: &Grant,
        parameters: &Parameters,
    ) -> Result<Option<String>, KayentaError> {
        if self.seen_accounts(grant).next().is_none() {
            let message = "Unable to resolve account of type METRICS_STORE.";
            return Err(KayentaError::bad(message));
        }
        match parameters.get("metricsAccountName") {
            Some(name) if self.accounts.get(name).is_none() => {
                let shown: String = name.chars().take(200).collect();
                Err(KayentaError::bad(format!(
                    "Unable to resolve account {shown}."
                )))
            }
            name => Ok(name.map(str::to_owned)),
        }
    }

    /// The accounts that the caller may know of.
    fn seen_accounts(&self, grant: &Grant) -> impl Iterator<Item = (&str, &Account)> {
        let accounts = self.accounts.iter();
        accounts.filter(move |(name, _)| grant.sees_account(name))
    }

    /// The first account of a type, by name, among those that the caller may know of.
    pub(super) fn first_account(&self, grant: &Grant, wanted: &str) -> Option<&str> {
        let mut accounts = self.seen_accounts(grant);
        let found = accounts.find(|(_, account)| kind(account) == wanted);
        found.map(|(name, _)| name)
    }
}

/// List accounts
///
/// Those that answer with samples, and one that stands for the service's own store.
#[utoipa::path(tag = "kayenta", responses((status = 200, description = "The accounts", body = Vec<KayentaAccount>)))]
#[get("/credentials")]
pub(crate) async fn credentials(state: Data<State>, grant: Grant) -> HttpResponse {
    let account = |name: &str, kind, supported_types| KayentaAccount {
        name: name.to_owned(),
        kind,
        supported_types,
        locations: [],
        recommended_locations: [],
    };
    let own = account(
        OWN_ACCOUNT,
        OWN_ACCOUNT,
        &["OBJECT_STORE", "CONFIGURATION_STORE"],
    );
    let metrics = state.seen_accounts(&grant);
    let mut all: Vec<_> = metrics
        .map(|(name, found)| account(name, kind(found), &["METRICS_STORE"]))
        .collect();
    all.push(own);
    HttpResponse::Ok().json(all)
}

/// List accounts that answer with samples
#[utoipa::path(tag = "kayenta", responses((status = 200, description = "The accounts", body = Vec<MetricsService>)))]
#[get("/metricsServices")]
pub(crate) async fn metrics_services(state: Data<State>, grant: Grant) -> HttpResponse {
    let all: Vec<_> = (state.seen_accounts(&grant))
        .map(|(name, account)| MetricsService {
            name: name.to_owned(),
            kind: kind(account),
            locations: [],
            recommended_locations: [],
        })
        .collect();
    HttpResponse::Ok().json(all)
}

/// The most names that are told.
const MOST_NAMES: usize = 10_000;

/// List metrics
///
/// The names of the metrics that an account's store has, for those who write configs. Stores that tell no names have none.
#[utoipa::path(
    tag = "kayenta",
    params(
        ("metricsAccountName" = Option<String>, Query, description = "The account; without it the first one"),
        ("filter" = Option<String>, Query, description = "Only names with this in them, in upper or lower case"),
    ),
    responses(
        (status = 200, description = "The metrics", body = Vec<MetricDescriptor>),
        (status = 400, description = "No such account, or its store refuses it", body = Message<'_>),
        (status = 413, description = "The store has too many metrics", body = Message<'_>),
        StoreAway,
    )
)]
#[get("/metadata/metricsService")]
pub(crate) async fn metrics_metadata(
    state: Data<State>,
    grant: Grant,
    parameters: Parameters,
) -> Result<HttpResponse, KayentaError> {
    let named = state.metrics_account(&grant, &parameters)?;
    let account = match &named {
        Some(name) => state
            .accounts
            .get(name)
            .map(|account| (name.as_str(), account)),
        None => state.seen_accounts(&grant).next(),
    };
    let names = match account {
        Some((name, account)) => {
            grant.require_accounts([name])?;
            account.metric_names().await.map_err(FetchError::from)?
        }
        None => Vec::new(),
    };
    let filter = parameters.get("filter").unwrap_or_default().to_lowercase();
    let wanted = names
        .into_iter()
        .filter(|name| name.to_lowercase().contains(&filter));
    let all: Vec<_> = wanted
        .take(MOST_NAMES)
        .map(|name| MetricDescriptor { name })
        .collect();
    Ok(HttpResponse::Ok().json(all))
}
