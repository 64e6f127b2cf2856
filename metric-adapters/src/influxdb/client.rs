//! Queries against each version's API.

use std::num::NonZeroUsize;

use async_trait::async_trait;
use jiff::SignedDuration;
use serde_json::json;
use tracing::debug;

use super::{Api, Config, Language, flux, flux_csv, influxql, rows, sql};
use crate::account::ConnectError;
use crate::collect::Collected;
use crate::http::{Body, HttpStore, JSON, Reply, Request, Settings};
use crate::{Answer, Batch, MetricSource, QueryError, RangeQuery};

/// A connected account.
#[derive(Debug)]
pub(crate) struct InfluxDb {
    http: HttpStore,
    api: Api,
    max_bytes: usize,
}

impl InfluxDb {
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
            api: config.api.clone(),
            max_bytes: config.limits.max_response_bytes.get(),
        })
    }

    async fn query_v1(
        &self,
        database: &str,
        retention_policy: Option<&str>,
        text: &str,
    ) -> Result<Reply, QueryError> {
        let mut query = vec![("db", database), ("epoch", "ms"), ("q", text)];
        query.extend(retention_policy.map(|policy| ("rp", policy)));
        let request = Request {
            path: "query",
            query: &query,
            accept: JSON,
            body: Body::None,
        };
        self.http.send(&request, self.max_bytes).await
    }

    async fn query_v2(
        &self,
        organization: &str,
        body: &serde_json::Value,
    ) -> Result<Reply, QueryError> {
        let request = Request {
            path: "api/v2/query",
            query: &[("org", organization)],
            accept: "application/csv",
            body: Body::Json(body),
        };
        self.http.send(&request, self.max_bytes).await
    }

    async fn query_v3(
        &self,
        database: &str,
        language: Language,
        text: &str,
    ) -> Result<Reply, QueryError> {
        let request = Request {
            path: match language {
                Language::Sql => "api/v3/query_sql",
                Language::Influxql => "api/v3/query_influxql",
            },
            query: &[],
            accept: JSON,
            body: Body::Json(&json!({"db": database, "q": text, "format": "json"})),
        };
        self.http.send(&request, self.max_bytes).await
    }
}

#[async_trait]
impl MetricSource for InfluxDb {
    async fn query(&self, query: &RangeQuery) -> Result<Answer, QueryError> {
        let mut collected = Collected::new(query);
        let reply = match &self.api {
            Api::V1 {
                database,
                retention_policy,
            } => {
                let statement = influxql::statement(query)?;
                let policy = retention_policy.as_deref();
                let reply = self.query_v1(database, policy, &statement.text).await?;
                influxql::read(&reply, statement.stamp, &mut collected)?;
                reply
            }
            Api::V2 { organization } => {
                let script = flux::script(query)?;
                let reply = self.query_v2(organization, &script.body).await?;
                flux_csv::read(&reply, script.stamp, &mut collected)?;
                reply
            }
            Api::V3 { database, language } => {
                let statement = match language {
                    Language::Sql => sql::statement(query)?,
                    Language::Influxql => influxql::statement(query)?,
                };
                let reply = self.query_v3(database, *language, &statement.text).await?;
                rows::read(&reply, statement.stamp, &mut collected)?;
                reply
            }
        };
        let answer = collected.finish(query.step)?;
        debug!(
            series = answer.series.len(),
            bytes = reply.body.len(),
            "InfluxDB answered"
        );
        Ok(answer)
    }

    /// In version 1 four: the server carries out the statements of a request one after the other.
    fn questions_per_request(&self) -> NonZeroUsize {
        const FOUR: NonZeroUsize = NonZeroUsize::new(4).expect("4 is not zero");
        match self.api {
            Api::V1 { .. } => FOUR,
            Api::V2 { .. } | Api::V3 { .. } => NonZeroUsize::MIN,
        }
    }

    async fn query_together(&self, batch: &Batch) -> Result<Vec<Option<Answer>>, QueryError> {
        let Api::V1 {
            database,
            retention_policy,
        } = &self.api
        else {
            return Ok(vec![None; batch.texts.len()]);
        };
        let queries: Vec<_> = batch.queries().collect();
        let statements = queries.iter().map(influxql::statement);
        let statements: Vec<_> = statements.collect::<Result<_, _>>()?;
        let texts: Vec<_> = statements.iter().map(|it| it.text.as_str()).collect();
        // On lines of their own, so that a comment at the end of one does not reach into the next.
        let text = texts.join("\n;\n");
        let reply = self
            .query_v1(database, retention_policy.as_deref(), &text)
            .await?;
        let outcomes = influxql::outcomes(&reply, queries.len())?;
        let asked = queries.iter().zip(&statements).zip(outcomes);
        let answers = asked.map(|((query, statement), outcome)| {
            let mut collected = Collected::new(query);
            influxql::collect(&reply, outcome?, statement.stamp, &mut collected).ok()?;
            collected.finish(query.step).ok()
        });
        Ok(answers.collect())
    }

    /// Asks for nothing in particular: it needs the database or organization, and in version 1 the right to read.
    async fn check(&self) -> Result<(), QueryError> {
        match &self.api {
            Api::V1 { database, .. } => {
                // SHOW statements answer nothing, and no error, to a user without rights.
                let text = "SELECT nothing FROM serinus_check LIMIT 1";
                let reply = self.query_v1(database, None, text).await?;
                influxql::verify(&reply)
            }
            Api::V2 { organization } => {
                let reply = self.query_v2(organization, &flux::probe()).await?;
                flux_csv::verify(&reply)
            }
            Api::V3 { database, .. } => {
                let text = "SELECT 1 AS one";
                let reply = self.query_v3(database, Language::Sql, text).await?;
                rows::verify(&reply)
            }
        }
    }

    fn clock_offset(&self) -> Option<SignedDuration> {
        self.http.clock_offset()
    }
}
