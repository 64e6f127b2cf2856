//! Prometheus, and the servers that speak its HTTP API: Thanos, Mimir, Cortex, `VictoriaMetrics`, managed offers.
//!
//! The API: <https://prometheus.io/docs/prometheus/latest/querying/api/>.

mod chunks;
mod client;
mod flavour;
pub(crate) mod wire;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::Limits;
use crate::http::{Auth, BaseUrl, HeaderText, Tls};

pub(crate) use client::Prometheus;
pub use flavour::{Flavour, PartialResponses};

/// An account at a server with the Prometheus API.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Config {
    /// Where the API begins: what stands before `/api/v1`, with a prefix such as `/prometheus` if there is one.
    pub url: BaseUrl,
    /// How requests identify themselves (default: not at all).
    #[serde(default)]
    pub auth: Auth,
    /// Which server it is, where that makes a difference (default: Prometheus itself).
    #[serde(default)]
    pub flavour: Flavour,
    /// The tenant whose data are meant, for the flavours that take it in a header.
    #[serde(default)]
    pub tenant: Option<String>,
    /// What to do with answers to which some of the store's nodes did not contribute (default: refuse them).
    #[serde(default)]
    pub partial_responses: PartialResponses,
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

impl Config {
    /// An account without credentials and with the default limits.
    #[must_use]
    pub fn new(url: BaseUrl) -> Self {
        Self {
            url,
            auth: Auth::None,
            flavour: Flavour::default(),
            tenant: None,
            partial_responses: PartialResponses::default(),
            headers: BTreeMap::new(),
            tls: Tls::default(),
            limits: Limits::default(),
        }
    }
}
