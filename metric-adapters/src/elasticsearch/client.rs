//! Searching, page by page.

use async_trait::async_trait;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{Config, request, wire};
use crate::account::ConnectError;
use crate::collect::Collected;
use crate::http::{Body, HttpStore, JSON, Reply, Request, Settings};
use crate::{Answer, MetricSource, QueryError, RangeQuery};

/// A million buckets, which is more than an analysis can use.
const MAX_PAGES: usize = 100;

/// A connected account.
#[derive(Debug)]
pub(crate) struct Elasticsearch {
    http: HttpStore,
    path: String,
    time_field: String,
    max_bytes: usize,
}

impl Elasticsearch {
    pub(crate) fn connect(config: &Config) -> Result<Self, ConnectError> {
        let http = HttpStore::connect(&Settings {
            url: &config.url,
            auth: &config.auth,
            headers: &config.headers,
            tls: &config.tls,
            limits: &config.limits,
        })?;
        Ok(Self {
            http,
            path: config.index.search(),
            time_field: config.time_field.clone(),
            max_bytes: config.limits.max_response_bytes.get(),
        })
    }

    async fn search(&self, body: &Value, room: usize) -> Result<Reply, QueryError> {
        let request = Request {
            path: &self.path,
            // A part of the documents, or none because of a wrong name, is an error.
            query: &[
                ("allow_partial_search_results", "false"),
                ("allow_no_indices", "false"),
            ],
            accept: JSON,
            body: Body::Json(body),
        };
        self.http.send(&request, room).await
    }
}

#[async_trait]
impl MetricSource for Elasticsearch {
    async fn query(&self, query: &RangeQuery) -> Result<Answer, QueryError> {
        let mut body = request::body(query, &self.time_field)?;
        let mut collected = Collected::new(query);
        let mut room = self.max_bytes;
        for _ in 0..MAX_PAGES {
            let reply = self.search(&body, room).await?;
            // The limit is on what the whole query brings into memory, however many pages that takes.
            room -= reply.body.len();
            match wire::read(&reply, query.step, &mut collected)? {
                Some(after) => body["aggs"]["steps"]["composite"]["after"] = Value::Object(after),
                None => return collected.finish(query.step),
            }
        }
        Err(QueryError::TooMuchData {
            detail: format!("the answer has more than {MAX_PAGES} pages"),
        })
    }

    /// Searches for nothing, which takes the right to read the index.
    async fn check(&self) -> Result<(), QueryError> {
        let nothing = json!({"size": 0, "query": {"match_none": {}}});
        wire::verify(&self.search(&nothing, self.max_bytes).await?)
    }

    fn clock_offset(&self) -> Option<SignedDuration> {
        self.http.clock_offset()
    }
}
