//! Dynatrace, by version 2 of its metrics API. **Experimental**: made from the published API, never tried against it.
//!
//! The text of a query is a metric selector, such as
//! `builtin:service.response.time:filter(eq("dt.entity.service","${scope}")):avg`. Steps are whole minutes. Series have the
//! label `metric`, the selector they answer, and the dimensions.
//!
//! The API: <https://docs.dynatrace.com/docs/shortlink/api-metrics-v2-get-datapoints> (request, answer, limits),
//! <https://docs.dynatrace.com/docs/dynatrace-api/environment-api/metric-v2/metric-faq> (times are the ends of their slots),
//! <https://docs.dynatrace.com/docs/dynatrace-api/basics/dynatrace-api-authentication> (`Api-Token`).

mod client;
mod resolution;
mod wire;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::http::{BaseUrl, HeaderText, Tls};
use crate::{Limits, SecretRef};

pub(crate) use client::Dynatrace;

/// An account at a Dynatrace environment.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Config {
    /// The environment's address: what stands before `/api/v2`.
    pub url: BaseUrl,
    /// An access token with the scope `metrics.read`.
    pub api_token: SecretRef,
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
