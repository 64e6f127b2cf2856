//! Running `SignalFlow` programs.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use super::{Config, wire};
use crate::account::ConnectError;
use crate::collect::Collected;
use crate::http::{Auth, Body, HeaderText, HttpStore, Reply, Request, Settings};
use crate::{Answer, MetricSource, QueryError, RangeQuery};

const TOKEN: &str = "X-SF-TOKEN";

/// A connected account.
#[derive(Debug)]
pub(crate) struct SignalFx {
    http: HttpStore,
    max_bytes: usize,
}

impl SignalFx {
    pub(crate) fn connect(config: &Config) -> Result<Self, ConnectError> {
        let mut headers = config.headers.clone();
        if headers.keys().any(|name| name.eq_ignore_ascii_case(TOKEN)) {
            return Err(ConnectError::Settings(
                "the token is given by `accessToken`".to_owned(),
            ));
        }
        let token = HeaderText::Secret(config.access_token.clone());
        headers.insert(TOKEN.to_owned(), token);
        let http = HttpStore::connect(&Settings {
            url: &config.url,
            auth: &Auth::None,
            headers: &headers,
            tls: &config.tls,
            limits: &config.limits,
        })?;
        Ok(Self {
            http,
            max_bytes: config.limits.max_response_bytes.get(),
        })
    }

    /// Runs a program over the past. It ends by itself, because nothing is left to wait for.
    async fn execute(
        &self,
        program: &str,
        (start_ms, stop_ms): (i64, i64),
        resolution_ms: i64,
    ) -> Result<Reply, QueryError> {
        let (start, stop) = (start_ms.to_string(), stop_ms.to_string());
        let resolution = resolution_ms.to_string();
        let request = Request {
            path: "v2/signalflow/execute",
            query: &[
                ("start", &start),
                ("stop", &stop),
                ("resolution", &resolution),
                ("maxDelay", "0"),
                ("immediate", "true"),
            ],
            accept: "text/event-stream",
            body: Body::Text(program),
        };
        self.http.send(&request, self.max_bytes).await
    }
}

#[async_trait]
impl MetricSource for SignalFx {
    async fn query(&self, query: &RangeQuery) -> Result<Answer, QueryError> {
        let step = query.step;
        let window = &query.window;
        let span = (window.covered_from_ms(step), window.end_ms());
        let reply = self.execute(&query.text, span, step.as_millis()).await?;
        let mut collected = Collected::new(query);
        let own = wire::read(&reply, &mut collected)?;
        collected.finish(own.unwrap_or(step))
    }

    /// Runs a program that needs no data, over the last minute.
    async fn check(&self) -> Result<(), QueryError> {
        let now = Timestamp::now().as_millisecond();
        let span = (now - 60_000, now);
        let reply = self.execute("const(1).publish()", span, 60_000).await?;
        wire::events(&reply).map(|_| ())
    }

    fn clock_offset(&self) -> Option<SignedDuration> {
        self.http.clock_offset()
    }
}
