//! `InfluxDB` 1, 2 and 3, and the servers that answer like them.
//!
//! Queries hold the time themselves, so each language has words for what is asked:
//!
//! | | the window | the step, in buckets that begin with the window |
//! |---|---|---|
//! | `InfluxQL` | `WHERE $timeFilter` | `GROUP BY time($interval)` |
//! | SQL | `WHERE $timeFilter` | `date_bin($interval, time, $start) AS time` |
//! | Flux | `range(start: v.timeRangeStart, stop: v.timeRangeStop)` | `aggregateWindow(every: v.windowPeriod, offset: v.windowOffset, ..)` |
//!
//! The HTTP APIs: <https://docs.influxdata.com/influxdb/v1/tools/api/>, <https://docs.influxdata.com/influxdb/v2/api/>,
//! <https://docs.influxdata.com/influxdb3/core/api/v3/>.

mod cell;
mod client;
mod flux;
mod flux_csv;
mod influxql;
mod rows;
mod sql;
mod statement;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::http::{Auth, BaseUrl, HeaderText, Tls};
use crate::{Escaping, Limits};

pub(crate) use client::InfluxDb;

/// An account at an `InfluxDB` server.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Written")]
pub struct Config {
    /// Where the API begins: what stands before `/query` or `/api`.
    pub url: BaseUrl,
    /// How to ask it, and for which data.
    pub api: Api,
    /// How requests identify themselves (default: not at all).
    pub auth: Auth,
    /// Further headers.
    pub headers: BTreeMap<String, HeaderText>,
    /// Trust and client certificate for https.
    pub tls: Tls,
    /// What the account may cost.
    pub limits: Limits,
}

/// The HTTP API of a version, with the place of the data there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Api {
    /// Version 1: `InfluxQL` at `/query`.
    V1 {
        /// The database.
        database: String,
        /// The retention policy, if it is not the database's default.
        retention_policy: Option<String>,
    },
    /// Version 2: Flux at `/api/v2/query`. The bucket is part of the query.
    V2 {
        /// The organization's name.
        organization: String,
    },
    /// Version 3: `/api/v3/query_sql` or `/api/v3/query_influxql`.
    V3 {
        /// The database.
        database: String,
        /// The language of the queries.
        language: Language,
    },
}

/// The language of queries to version 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// SQL.
    #[default]
    Sql,
    /// `InfluxQL`.
    Influxql,
}

impl Config {
    /// How values are written into the language of this account's queries.
    #[must_use]
    pub fn escaping(&self) -> Escaping {
        match &self.api {
            Api::V2 { .. } => Escaping::FluxString,
            Api::V3 {
                language: Language::Sql,
                ..
            } => Escaping::SqlString,
            Api::V1 { .. } | Api::V3 { .. } => Escaping::InfluxqlString,
        }
    }
}

/// The account as people write it, before it is known which settings belong to the version.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Written {
    url: BaseUrl,
    version: u8,
    database: Option<String>,
    retention_policy: Option<String>,
    organization: Option<String>,
    language: Option<Language>,
    #[serde(default)]
    auth: Auth,
    #[serde(default)]
    headers: BTreeMap<String, HeaderText>,
    #[serde(default)]
    tls: Tls,
    #[serde(default)]
    limits: Limits,
}

impl TryFrom<Written> for Config {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let Written {
            url,
            version,
            database,
            retention_policy,
            organization,
            language,
            auth,
            headers,
            tls,
            limits,
        } = written;
        let api = match (version, database, retention_policy, organization, language) {
            (1, Some(database), retention_policy, None, None) => Api::V1 {
                database,
                retention_policy,
            },
            (2, None, None, Some(organization), None) => Api::V2 { organization },
            (3, Some(database), None, None, language) => Api::V3 {
                database,
                language: language.unwrap_or_default(),
            },
            (1, ..) => Err("version 1 has `database` and, if wanted, `retentionPolicy`")?,
            (2, ..) => Err("version 2 has `organization`; the bucket stands in the query")?,
            (3, ..) => Err("version 3 has `database` and, if wanted, `language`")?,
            _ => Err(format!("InfluxDB has versions 1, 2 and 3, not {version}"))?,
        };
        Ok(Self {
            url,
            api,
            auth,
            headers,
            tls,
            limits,
        })
    }
}
