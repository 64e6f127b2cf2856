//! Asking `CloudWatch`, page by page.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::wire::{self, Progress};
use super::{Config, request};
use crate::account::ConnectError;
use crate::collect::Collected;
use crate::http::{Auth, Body, HeaderText, HttpStore, JSON, Reply, Request, Settings, SigV4};
use crate::{Answer, MetricSource, QueryError, RangeQuery, Step, Window};

/// What says which operation is meant.
const TARGET: (&str, &str) = (
    "X-Amz-Target",
    "GraniteServiceVersion20100801.GetMetricData",
);
const MEDIA: &str = "application/x-amz-json-1.0";
/// A page has up to 100,800 values, so this is more than an analysis can use.
const MAX_PAGES: usize = 50;

/// A connected account.
#[derive(Debug)]
pub(crate) struct CloudWatch {
    http: HttpStore,
    max_bytes: usize,
}

impl CloudWatch {
    pub(crate) fn connect(config: &Config) -> Result<Self, ConnectError> {
        let auth = Auth::SigV4(SigV4 {
            region: config.region.clone(),
            service: "monitoring".to_owned(),
            access_key_id: config.access_key_id.clone(),
            secret_access_key: config.secret_access_key.clone(),
            session_token: config.session_token.clone(),
        });
        let mut headers = config.headers.clone();
        let (name, operation) = TARGET;
        if headers
            .keys()
            .any(|header| header.eq_ignore_ascii_case(name))
        {
            return Err(ConnectError::Settings(format!(
                "the header `{name}` cannot be set"
            )));
        }
        headers.insert(name.to_owned(), HeaderText::Literal(operation.to_owned()));
        let http = HttpStore::connect(&Settings {
            url: &config.address()?,
            auth: &auth,
            headers: &headers,
            tls: &config.tls,
            limits: &config.limits,
        })?;
        Ok(Self {
            http,
            max_bytes: config.limits.max_response_bytes.get(),
        })
    }

    async fn post(&self, body: &Value, room: usize) -> Result<Reply, QueryError> {
        let request = Request {
            path: "",
            query: &[],
            accept: JSON,
            body: Body::JsonAs(MEDIA, body),
        };
        self.http.send(&request, room).await
    }
}

#[async_trait]
impl MetricSource for CloudWatch {
    async fn query(&self, query: &RangeQuery) -> Result<Answer, QueryError> {
        let mut body = request::body(query)?;
        let mut collected = Collected::new(query);
        let mut progress = Progress::default();
        let mut room = self.max_bytes;
        for _ in 0..MAX_PAGES {
            let reply = self.post(&Value::Object(body.clone()), room).await?;
            // The limit is on what the whole query brings into memory, however many pages that takes.
            room -= reply.body.len();
            match wire::read(&reply, query.step, &mut progress, &mut collected)? {
                Some(token) => body.insert("NextToken".to_owned(), json!(token)),
                None => return collected.finish(query.step),
            };
        }
        Err(QueryError::TooMuchData {
            detail: format!("the answer has more than {MAX_PAGES} pages"),
        })
    }

    /// Asks for a minute of a metric that nobody has.
    async fn check(&self) -> Result<(), QueryError> {
        let invalid = |_| QueryError::Unavailable {
            detail: "this machine's clock is wrong".to_owned(),
        };
        let now = Timestamp::now();
        let query = RangeQuery {
            text: request::CHECK.to_owned(),
            window: Window::new(now, now).map_err(invalid)?,
            step: Step::try_from(SignedDuration::from_mins(1)).unwrap_or(Step::MILLISECOND),
        };
        self.query(&query).await.map(|_| ())
    }

    fn clock_offset(&self) -> Option<SignedDuration> {
        self.http.clock_offset()
    }
}
