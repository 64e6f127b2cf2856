//! Reading requests, with errors that say where the mistake is.

use std::{future::Future, pin::Pin, str::FromStr, time::Duration};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::{Decompress, Payload},
    error::PayloadError,
    web::{self, Bytes, Query, QueryConfig},
};
use futures_util::{Stream, StreamExt as _};
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;

use super::problem::{Code, Problem};
use crate::{
    analysis::RunId,
    canary_config::{Mistake, Strict, pointer_of},
};

/// The largest request body, in bytes.
pub(crate) const BODY_LIMIT: usize = 10 * 1024 * 1024;

/// How much of a body that is too large is read before the connection is given up, in bytes.
const READ_ON: usize = 10 * BODY_LIMIT;

/// Larger documents are read off the HTTP worker, in bytes. A worker that reads for seconds answers nobody else, and then
/// takes connections that were waiting for it for idle ones and closes them, with the next request on its way.
const READ_ASIDE: usize = 64 * 1024;

/// How many documents are read so at once: each may take many times its size in memory.
static READERS: Semaphore = Semaphore::const_new(2);

/// How long a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// A JSON body.
#[derive(Debug)]
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned + Send + 'static> FromRequest for Json<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let content_type = request.content_type().to_ascii_lowercase();
        let body = whole(request, payload);
        Box::pin(async move {
            if content_type != "application/json" && !content_type.ends_with("+json") {
                let found = if content_type.is_empty() {
                    "none"
                } else {
                    &content_type
                };
                return Err(Problem::new(
                    Code::UnsupportedMediaType,
                    format!("send the body as `Content-Type: application/json`; found: {found}"),
                ));
            }
            let body = body.await?;
            if body.len() <= READ_ASIDE {
                return parse(&body).map(Self);
            }
            aside(move || parse(&body)).await.map(Self)
        })
    }
}

/// A text of JSON or YAML.
#[derive(Debug)]
pub(crate) struct Text(pub(crate) String);

impl FromRequest for Text {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let content_type = request.content_type().to_ascii_lowercase();
        let body = whole(request, payload);
        Box::pin(async move {
            let subtype = content_type.rsplit(['/', '+']).next().unwrap_or_default();
            if !["json", "yaml", "x-yaml"].contains(&subtype) {
                let detail =
                    "send the body as `Content-Type: application/yaml` or `application/json`";
                return Err(Problem::new(Code::UnsupportedMediaType, detail));
            }
            let text = String::from_utf8(body.await?);
            text.map(Self)
                .map_err(|_| Problem::new(Code::BadRequest, "the body is not UTF-8"))
        })
    }
}

/// The request's whole body, unpacked.
pub(super) fn whole(
    request: &HttpRequest,
    payload: &mut Payload,
) -> impl Future<Output = Result<Vec<u8>, Problem>> + use<> {
    let body = Decompress::from_headers(payload.take(), request.headers());
    async move {
        let in_time = tokio::time::timeout(BODY_TIMEOUT, collected(body)).await;
        in_time.map_err(|_| {
            let seconds = BODY_TIMEOUT.as_secs();
            let detail = format!("the body was not there after {seconds} s");
            Problem::new(Code::BodyTimeout, detail)
        })?
    }
}

/// The whole body. One that is too large is read on for a while, as a client that is still sending would not hear why.
async fn collected(
    mut chunks: impl Stream<Item = Result<Bytes, PayloadError>> + Unpin,
) -> Result<Vec<u8>, Problem> {
    let mut body = Vec::new();
    let mut size = 0;
    while size <= READ_ON
        && let Some(chunk) = chunks.next().await
    {
        let chunk = chunk.map_err(|error| Problem::new(Code::BadRequest, error.to_string()))?;
        size += chunk.len();
        if size > BODY_LIMIT {
            body = Vec::new();
        } else {
            body.extend_from_slice(&chunk);
        }
    }
    if size > BODY_LIMIT {
        let detail = format!("the body is too large: the limit is {BODY_LIMIT} bytes");
        return Err(Problem::new(Code::TooLarge, detail));
    }
    Ok(body)
}

/// Reads something large off the HTTP worker.
pub(super) async fn aside<T: Send + 'static>(
    read: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let panicked = || {
        Problem::new(
            Code::Internal,
            "the service made a mistake; please report this",
        )
    };
    let _reader = READERS.acquire().await.map_err(|_| panicked())?;
    let read = web::block(read).await;
    read.map_err(|_| panicked())?
}

/// Reads a JSON document: 400 if it is not JSON, 422 with a pointer if it is but does not fit.
fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(Strict(&mut json)).map_err(|error| {
        let pointer = pointer_of(error.path());
        let error = error.into_inner();
        match error.classify() {
            serde_json::error::Category::Data => {
                Problem::invalid(vec![Mistake::new(pointer, error.to_string())])
            }
            serde_json::error::Category::Io
            | serde_json::error::Category::Syntax
            | serde_json::error::Category::Eof => not_json(&error),
        }
    })?;
    json.end().map_err(|error| not_json(&error))?;
    Ok(value)
}

fn not_json(error: &serde_json::Error) -> Problem {
    Problem::new(Code::NotJson, format!("the body is not JSON: {error}"))
}

/// Query strings that do not fit, for the app.
pub(crate) fn query_config() -> QueryConfig {
    QueryConfig::default()
        .error_handler(|error, _| Problem::new(Code::BadRequest, error.to_string()).into())
}

/// A checked query string.
pub(crate) type QueryString<T> = Query<T>;

/// The run id in a path; what is no id names no run.
pub(crate) fn run_id(text: &str) -> Result<RunId, Problem> {
    RunId::from_str(text).map_err(|_| unknown_run(text))
}

/// No run has this id.
pub(crate) fn unknown_run(id: &str) -> Problem {
    let shown: String = id.chars().take(100).collect();
    Problem::not_found(format!("no analysis has the id {shown:?}"))
}
