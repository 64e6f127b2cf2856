//! One query by itself, as people try it out who write configs.

use actix_web::{
    HttpResponse, post,
    web::{Data, Path},
};
use jiff::Timestamp;
use serde::Serialize;
use serinus_adapters::QueryErrorKind;
use utoipa::ToSchema;

use super::{
    accounts::kind,
    error::{KayentaError, Message},
    input::{MaybeReceived, Parameters},
    metric_sets::within_limits,
    refusals::StoreAway,
};
use crate::{
    access::Grant,
    analysis::{Account, FetchError, FetchErrorKind},
    api::{
        State,
        problem::{Code, Problem},
    },
    canary_config::Name,
    kayenta::{FetchParameters, FetchRequest, FetchStore, raise::metric_sets},
    runner::FetchAloneError,
};

/// What became of a request for a query.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase", untagged)]
pub(crate) enum Fetch {
    /// The query's text: nothing was asked.
    DryRun {
        /// The text that the store would be sent.
        query: String,
    },
    /// The answer is kept as a list of series.
    #[serde(rename_all = "camelCase")]
    Kept {
        /// The list's id.
        metric_set_list_id: String,
    },
}

/// A store that can be asked in this way.
fn store(name: &str) -> Result<FetchStore, KayentaError> {
    FetchStore::named(name).ok_or_else(|| {
        let shown: String = name.chars().take(100).collect();
        KayentaError::not_found(format!(
            "No query of the store type '{shown}' can be fetched."
        ))
    })
}

impl State {
    /// The account that is asked: the one that is named, or else the first one of the store's type.
    fn account_of(
        &self,
        grant: &Grant,
        parameters: &Parameters,
        store: FetchStore,
    ) -> Result<Name, KayentaError> {
        let wanted = store.as_str();
        let name = match self.metrics_account(grant, parameters)? {
            Some(name) => name,
            None => {
                let first = self.first_account(grant, wanted).ok_or_else(|| {
                    KayentaError::bad(format!("Unable to resolve account of type {wanted}."))
                })?;
                first.to_owned()
            }
        };
        grant.require_accounts([name.as_str()])?;
        let is_stores = |account: &Account| kind(account) == wanted;
        if !self.accounts.get(&name).is_some_and(is_stores) {
            return Err(KayentaError::bad(format!(
                "The account {name} is not of type {wanted}."
            )));
        }
        Name::try_from(name).map_err(KayentaError::bad)
    }
}

/// Fetch the answer to a query
///
/// Which parameters there are depends on the store, as in Kayenta; the answer is kept as a list of series. Without times it is about
/// the last hour. A query of one's own reads any series of an account, so this needs the role for configs that come along.
#[utoipa::path(
    tag = "kayenta",
    params(
        ("source" = String, Path, description = "The type of the store: `prometheus`, `datadog`, `graphite`, `influxdb`, `newrelic`, `wavefront` or `atlas`"),
        ("metricsAccountName" = Option<String>, Query, description = "The account; without it the first one of the store's type"),
        ("metricSetName" = Option<String>, Query, description = "What the answer is to be called"),
        ("metricName" = Option<String>, Query, description = "The metric"),
        ("customFilter" = Option<String>, Query, description = "Prometheus: a template in place of a selector; with `PromQL:` before it the whole query"),
        ("labelBindings" = Option<Vec<String>>, Query, description = "Prometheus: conditions on labels"),
        ("groupByFields" = Option<Vec<String>>, Query, description = "Prometheus: labels that tell series apart"),
        ("resourceType" = Option<String>, Query, description = "Prometheus: how instances are found; needed without a `customFilter`"),
        ("project" = Option<String>, Query, description = "Prometheus: part of how instances are found"),
        ("fields" = Option<Vec<String>>, Query, description = "InfluxDB: the fields"),
        ("q" = Option<String>, Query, description = "Atlas: the query"),
        ("type" = Option<String>, Query, description = "Atlas: which form the query has"),
        ("aggregate" = Option<String>, Query, description = "Wavefront: how series become one"),
        ("summarization" = Option<String>, Query, description = "Wavefront: how samples become one"),
        ("scope" = Option<String>, Query, description = "The population"),
        ("location" = Option<String>, Query, description = "Where it runs"),
        ("start" = Option<String>, Query, description = "The start of the window"),
        ("end" = Option<String>, Query, description = "Its end"),
        ("step" = Option<String>, Query, description = "Seconds between two samples"),
        ("dryRun" = Option<String>, Query, description = "`true`: tell the query's text and ask nothing"),
        ("storageAccountName" = Option<String>, Query, description = "Plays no part"),
    ),
    responses(
        (status = 200, description = "The text of the query, or the list that the answer is kept as", body = Fetch),
        (status = 400, description = "Cannot be asked, or the store refuses it", body = Message<'_>),
        (status = 404, description = "No such type of store", body = Message<'_>),
        (status = 413, description = "The body, or the answer, is too large", body = Message<'_>),
        (status = 415, description = "There is a body that is not declared as JSON", body = Message<'_>),
        StoreAway,
        (status = 507, description = "No room where lists are kept", body = Message<'_>),
    )
)]
#[post("/fetch/{source}/query")]
pub(crate) async fn fetch_query(
    state: Data<State>,
    grant: Grant,
    source: Path<String>,
    parameters: Parameters,
    body: MaybeReceived,
) -> Result<HttpResponse, KayentaError> {
    let store = store(&source)?;
    let given = FetchParameters {
        parameters: parameters.pairs(),
        body: body.0.as_ref(),
    };
    let asked = FetchRequest::read(store, given, Timestamp::now()).map_err(KayentaError::bad)?;
    let account = state.account_of(&grant, &parameters, store)?;
    let planned = asked
        .to(account)
        .planned(&state.accounts)
        .map_err(KayentaError::bad)?;
    if parameters.get("dryRun") == Some("true") {
        state.runner.may_query(&grant, &planned)?;
        let query = planned.text;
        return Ok(HttpResponse::Ok().json(Fetch::DryRun { query }));
    }
    let lists = state.sets(&grant)?;
    let answer = state
        .runner
        .fetch_alone(&grant, &asked.name, &planned)
        .await?;
    let sets = metric_sets(&asked.name, &planned, &answer);
    within_limits(sets.iter().map(|set| set.values.as_slice()))?;
    let metric_set_list_id = lists.put(&sets).await?;
    Ok(HttpResponse::Ok().json(Fetch::Kept { metric_set_list_id }))
}

impl From<FetchAloneError> for KayentaError {
    fn from(error: FetchAloneError) -> Self {
        match error {
            FetchAloneError::Denied(denied) => denied.into(),
            FetchAloneError::Failed(error) => error.into(),
        }
    }
}

impl From<FetchError> for KayentaError {
    fn from(error: FetchError) -> Self {
        let code = match error.kind {
            // It may be answered a little later.
            FetchErrorKind::Store(
                QueryErrorKind::RateLimited | QueryErrorKind::Timeout | QueryErrorKind::Unavailable,
            )
            | FetchErrorKind::Unanswered => Code::StoreUnavailable,
            FetchErrorKind::Store(QueryErrorKind::TooMuchData) | FetchErrorKind::TooManySamples => {
                Code::TooLarge
            }
            // The query, the account or its settings have to be mended first.
            FetchErrorKind::Store(
                QueryErrorKind::Unauthorized
                | QueryErrorKind::InvalidQuery
                | QueryErrorKind::Malformed,
            )
            | FetchErrorKind::SeveralSeries
            | FetchErrorKind::UnknownAccount
            | FetchErrorKind::InvalidWindow => Code::InvalidRequest,
        };
        Problem::new(code, error.message).into()
    }
}
