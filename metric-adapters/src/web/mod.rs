//! Any server that answers a GET with JSON: for stores this crate does not know, and for services of one's own.
//!
//! The text of a query is a path below the account's address, with a query string: `series/latency?app=${scope}&from=$startSeconds`.
//! In it `$startSeconds`, `$endSeconds`, `$startMillis`, `$endMillis`, `$startTime`, `$endTime` (RFC 3339) and `$stepSeconds`
//! stand for the time asked for. Two paths of the account (`JSONPath`, RFC 9535) find the times and the values in the
//! answer, which is one series.
//!
//! Times are read as in [files](crate::file); a value is a number, a number in a text, or `null` for a gap.

mod client;
mod list;
mod pick;
mod scalar;
mod steps;
mod target;
mod wire;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::Limits;
use crate::http::{Auth, BaseUrl, HeaderText, Tls};

pub(crate) use client::Web;
pub use list::ListPath;

/// An account at a server that answers with JSON.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Config {
    /// The address below which queries ask. No query reaches anything else.
    pub url: BaseUrl,
    /// Where the times are: `$.points[*].time`.
    pub times: ListPath,
    /// Where the values are, as many and in the same order.
    pub values: ListPath,
    /// Which time stands next to a value that sums up a span of time (default: its end).
    #[serde(default)]
    pub stamp: Stamp,
    /// What a check asks for, below `url` (default: `url` itself). Any success is one.
    #[serde(default)]
    pub check_path: String,
    /// How requests identify themselves (default: not at all).
    #[serde(default)]
    pub auth: Auth,
    /// Further headers.
    #[serde(default)]
    pub headers: BTreeMap<String, HeaderText>,
    /// Trust and client certificate for https.
    #[serde(default)]
    pub tls: Tls,
    /// What the account may cost. A parsed answer takes several times its size in memory.
    #[serde(default)]
    pub limits: Limits,
}

/// Which time stands next to a value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stamp {
    /// The instant it belongs to, or the end of the step it sums up.
    #[default]
    End,
    /// The beginning of the step it sums up.
    Start,
}
