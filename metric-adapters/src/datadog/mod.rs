//! Datadog, by version 1 or 2 of its query API.
//!
//! The text of a query is one metric query, such as `avg:system.cpu.user{service:shop}.rollup(avg, $interval)`, where
//! `$interval` is the step in seconds. Version 1 takes arithmetic in it; for version 2 that is written as JSON:
//! `{"queries": [{"name": "a", "query": ".."}, {"name": "b", "query": ".."}], "formulas": ["a / b"]}`.
//!
//! The API: <https://docs.datadoghq.com/api/latest/metrics/>.

mod client;
mod request;
mod site;
mod v1;
mod v2;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::http::{BaseUrl, HeaderText, Tls};
use crate::{Limits, SecretRef};

pub(crate) use client::Datadog;
pub use site::Site;

/// An account at Datadog.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Config {
    /// The site the organization is at. Either this or `url` is given.
    #[serde(default)]
    pub site: Option<Site>,
    /// The address of a proxy that stands for a site.
    #[serde(default)]
    pub url: Option<BaseUrl>,
    /// The version of the query API (default 2).
    #[serde(default)]
    pub api: Version,
    /// The API key.
    pub api_key: SecretRef,
    /// The application key. Its scope `timeseries_query` is enough.
    pub application_key: SecretRef,
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

/// The version of the query API.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Version {
    /// `GET /api/v1/query`.
    V1,
    /// `POST /api/v2/query/timeseries`, which can be asked for a step.
    #[default]
    V2,
}
