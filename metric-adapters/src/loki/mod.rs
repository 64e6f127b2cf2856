//! Loki: numbers made of log lines. **Experimental**: made from the published API, never tried against it.
//!
//! The text of a query is a metric query in `LogQL`, such as `sum(count_over_time({app="${scope}"} |= "error" [${step}]))`.
//! Answers have Prometheus' form.
//!
//! The API: <https://grafana.com/docs/loki/latest/reference/loki-http-api/> (`query_range`: times in nanoseconds, evaluated at
//! `start + k * step` as by Prometheus, `matrix`; `X-Scope-OrgID`). The words of its limits:
//! <https://github.com/grafana/loki/blob/main/pkg/querier/queryrange/limits.go>.

mod client;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::Limits;
use crate::http::{Auth, BaseUrl, HeaderText, Tls};
pub use crate::prometheus::PartialResponses;

pub(crate) use client::Loki;

/// An account at a Loki server.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Config {
    /// Where the API begins: what stands before `/loki/api/v1`.
    pub url: BaseUrl,
    /// How requests identify themselves (default: not at all).
    #[serde(default)]
    pub auth: Auth,
    /// The tenant whose logs are meant.
    #[serde(default)]
    pub tenant: Option<String>,
    /// What to do with answers that come with a warning (default: refuse them).
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
