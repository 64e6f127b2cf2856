//! Graphite, and the servers with its render API.
//!
//! The text of a query is one target, such as `summarize(shop.${scope}.latency, "${step}", "avg", true)`. Graphite has no
//! parameter for the step: without `summarize` the samples are on the step they are stored with.
//!
//! The API: <https://graphite.readthedocs.io/en/latest/render_api.html>.

mod client;
mod marks;
mod wire;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::Limits;
use crate::http::{Auth, BaseUrl, HeaderText, Tls};

pub(crate) use client::Graphite;

/// An account at a Graphite server.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Config {
    /// Where the API begins: what stands before `/render`.
    pub url: BaseUrl,
    /// How requests identify themselves (default: not at all).
    #[serde(default)]
    pub auth: Auth,
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
