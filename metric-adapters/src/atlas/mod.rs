//! Netflix Atlas. **Experimental**: made from the published API, never tried against it.
//!
//! The text of a query is a stack expression, such as `name,requests,:eq,nf.cluster,${scope},:eq,:and,:sum`. Series have the tags
//! as labels, and `legend`.
//!
//! The API: <https://netflix.github.io/atlas-docs/api/graph/graph/> (`q`, `s`, `e`, `step`),
//! <https://netflix.github.io/atlas-docs/api/time-parameters/>, <https://netflix.github.io/atlas-docs/api/graph/outputs/>
//! (`std.json`: rows of values from `start` on, a step apart; the example there shows that the times after `s` up to `e` are
//! answered). NaN is no data. A time is the end of its step:
//! <https://github.com/Netflix/atlas/blob/main/atlas-core/src/main/scala/com/netflix/atlas/core/norm/NormalizeValueFunction.scala>.

mod client;
mod wire;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::Limits;
use crate::http::{Auth, BaseUrl, HeaderText, Tls};

pub(crate) use client::Atlas;

/// An account at an Atlas server.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Config {
    /// Where the API begins: what stands before `/api/v1/graph`.
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
