//! Running NRQL.

use async_trait::async_trait;
use jiff::SignedDuration;
use serde_json::json;

use super::{Config, request, wire};
use crate::account::ConnectError;
use crate::collect::Collected;
use crate::http::{Auth, Body, HeaderText, HttpStore, JSON, Reply, Request, Settings};
use crate::{Answer, MetricSource, QueryError, RangeQuery};

const KEY: &str = "API-Key";
/// The question, whose parts are sent beside it: nothing of a query can change its form.
const QUESTION: &str = "query($account: Int!, $nrql: Nrql!, $timeout: Seconds) { actor { account(id: $account) \
    { nrql(query: $nrql, timeout: $timeout) { results metadata { facets } } } } }";
/// The longest time a query may take there, in seconds.
const MAX_TIMEOUT: u64 = 120;

/// A connected account.
#[derive(Debug)]
pub(crate) struct NewRelic {
    http: HttpStore,
    account: u64,
    timeout: u64,
    max_bytes: usize,
}

impl NewRelic {
    pub(crate) fn connect(config: &Config) -> Result<Self, ConnectError> {
        let mut headers = config.headers.clone();
        if headers.keys().any(|name| name.eq_ignore_ascii_case(KEY)) {
            return Err(ConnectError::Settings(
                "the key is given by `apiKey`".to_owned(),
            ));
        }
        let key = HeaderText::Secret(config.api_key.clone());
        headers.insert(KEY.to_owned(), key);
        let http = HttpStore::connect(&Settings {
            url: &config.address()?,
            auth: &Auth::None,
            headers: &headers,
            tls: &config.tls,
            limits: &config.limits,
        })?;
        Ok(Self {
            http,
            account: config.account_id,
            timeout: config.limits.timeout.as_secs().clamp(1, MAX_TIMEOUT),
            max_bytes: config.limits.max_response_bytes.get(),
        })
    }

    async fn run(&self, nrql: &str) -> Result<Reply, QueryError> {
        let variables = json!({"account": self.account, "nrql": nrql, "timeout": self.timeout});
        let body = json!({"query": QUESTION, "variables": variables});
        let request = Request {
            path: "graphql",
            query: &[],
            accept: JSON,
            body: Body::Json(&body),
        };
        self.http.send(&request, self.max_bytes).await
    }
}

#[async_trait]
impl MetricSource for NewRelic {
    async fn query(&self, query: &RangeQuery) -> Result<Answer, QueryError> {
        let nrql = request::nrql(query)?;
        let reply = self.run(&nrql).await?;
        let mut collected = Collected::new(query);
        let own = wire::read(&reply, request::facet_limit(&nrql), &mut collected)?;
        collected.finish(own.unwrap_or(query.step))
    }

    /// Counts what may well not be there, over the last minute.
    async fn check(&self) -> Result<(), QueryError> {
        let nrql = "SELECT count(*) FROM Transaction SINCE 1 minute ago";
        wire::results(&self.run(nrql).await?).map(|_| ())
    }

    fn clock_offset(&self) -> Option<SignedDuration> {
        self.http.clock_offset()
    }
}
