//! Elasticsearch and `OpenSearch`: numbers made of documents. **Experimental**: made from the published API, never tried
//! against it.
//!
//! The text of a query is JSON with three parts, each of which may be left out:
//! `{"query": {"term": {"app": "${scope}"}}, "by": ["pod"], "value": {"avg": {"field": "latency"}}}`. `query` is a query of
//! Elasticsearch that selects documents, `by` are the fields whose values make a series each (and its labels), and `value` is
//! one aggregation that gives a number: a metric, percentiles with one percent, or a `filter`, of which the matching documents
//! are counted. Without `value` all documents are counted. A step without documents is a gap.
//!
//! The API: <https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-search> (`timed_out`, `_shards`,
//! `_clusters`, `allow_partial_search_results`), the composite aggregation
//! <https://www.elastic.co/guide/en/elasticsearch/reference/current/search-aggregations-bucket-composite-aggregation.html>
//! (sources, `offset`, `after_key`; its key for a time is the beginning of the interval), and for `OpenSearch`
//! <https://docs.opensearch.org/latest/aggregations/bucket/composite/>.

mod client;
mod index;
mod request;
mod wire;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::Limits;
use crate::http::{Auth, BaseUrl, HeaderText, Tls};

pub(crate) use client::Elasticsearch;
pub use index::Index;

/// An account at an Elasticsearch or `OpenSearch` cluster.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Config {
    /// The cluster's address: what stands before the name of an index.
    pub url: BaseUrl,
    /// Which documents queries see.
    pub index: Index,
    /// The field with a document's time (default `@timestamp`).
    #[serde(default = "timestamp")]
    pub time_field: String,
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

fn timestamp() -> String {
    "@timestamp".to_owned()
}
