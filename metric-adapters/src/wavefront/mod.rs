//! Wavefront, later `VMware` Aria Operations for Applications. **Experimental**: made from the published API, never tried
//! against it.
//!
//! The text of a query is a `ts(..)` expression, such as `align(${step}, mean, ts("latency", app="${scope}"))`. Points come by the
//! second, minute, hour or day; with any other step the text has to say `align`. Series have the labels `label`, `host` and
//! their point tags.
//!
//! The API: <https://github.com/wavefrontHQ/python-client/blob/master/docs/QueryApi.md> (`query_api`) and
//! <https://developer.broadcom.com/xapis/operations-for-applications-rest-api/Latest/data-structures/QueryResult>. A time is the
//! beginning of what it sums up: <https://docs.wavefront.com/ts_align.html>.

mod client;
mod wire;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::http::{BaseUrl, HeaderText, Tls};
use crate::{Limits, SecretRef};

pub(crate) use client::Wavefront;

/// An account at Wavefront.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Config {
    /// The cluster's address: what stands before `/api/v2`.
    pub url: BaseUrl,
    /// An API token.
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
