//! New Relic, by NRQL over `NerdGraph`. **Experimental**: made from the published API, never tried against it.
//!
//! The text of a query is NRQL without the time, such as `SELECT average(duration) FROM Transaction WHERE appName = '${scope}'`,
//! to which `TIMESERIES .. SINCE .. UNTIL ..` is added; or with it, in terms of `$stepSeconds`, `$startSeconds` and `$endSeconds`.
//! Series have the label `value`, the name of what is selected, and one for each `FACET`.
//!
//! The API: <https://docs.newrelic.com/docs/apis/nerdgraph/get-started/introduction-new-relic-nerdgraph/> (address, `API-Key`),
//! <https://docs.newrelic.com/docs/apis/nerdgraph/examples/nerdgraph-nrql-tutorial/> (`actor.account.nrql`, `results`),
//! <https://docs.newrelic.com/docs/nrql/nrql-syntax-clauses-functions/> (clauses; 366 buckets, 10 facets unless `LIMIT` says
//! more). What rows of `TIMESERIES` look like (`beginTimeSeconds`, `endTimeSeconds`, `facet`) is known from published answers,
//! and `errorClass` from <https://github.com/newrelic/nr-reports/issues/8>.

mod client;
mod request;
mod wire;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::account::ConnectError;
use crate::http::{BaseUrl, HeaderText, Tls};
use crate::{Limits, SecretRef};

pub(crate) use client::NewRelic;

/// An account at New Relic.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Config {
    /// The number of the account the data are in.
    pub account_id: u64,
    /// Where the data are kept (default: the United States).
    #[serde(default)]
    pub region: Region,
    /// The address of a proxy that stands for the region.
    #[serde(default)]
    pub url: Option<BaseUrl>,
    /// A user key.
    pub api_key: SecretRef,
    /// Further headers.
    #[serde(default)]
    pub headers: BTreeMap<String, HeaderText>,
    /// Trust and client certificate for https.
    #[serde(default)]
    pub tls: Tls,
    /// What the account may cost.
    #[serde(default)]
    pub limits: Limits,
}

/// Where New Relic keeps an account's data.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Region {
    /// The United States.
    #[default]
    Us,
    /// The European Union.
    Eu,
}

impl Config {
    /// Where the API begins.
    pub(crate) fn address(&self) -> Result<BaseUrl, ConnectError> {
        if let Some(url) = &self.url {
            return Ok(url.clone());
        }
        let address = match self.region {
            Region::Us => "https://api.newrelic.com",
            Region::Eu => "https://api.eu.newrelic.com",
        };
        address
            .parse()
            .map_err(|_| ConnectError::Settings("the region has no address".to_owned()))
    }
}
