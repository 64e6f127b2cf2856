//! `SignalFx`, now Splunk Observability Cloud.
//!
//! The text of a query is a `SignalFlow` program that publishes one stream, such as
//! `data('latency', filter=filter('app', '${scope}')).mean(by=['pod']).publish()`.
//!
//! The API: <https://dev.splunk.com/observability/reference/api/signalflow/latest>.

mod client;
mod events;
mod wire;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::http::{BaseUrl, HeaderText, Tls};
use crate::{Limits, SecretRef};

pub(crate) use client::SignalFx;

/// An account at `SignalFx`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Config {
    /// The address of the realm's stream API, such as `https://stream.us1.signalfx.com`.
    pub url: BaseUrl,
    /// An access token of the organization with the right to read.
    pub access_token: SecretRef,
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
