//! Reading requests, with errors that say where the mistake is.

use std::{future::Future, pin::Pin, str::FromStr, time::Duration};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::Payload,
    http::StatusCode,
    web::{Bytes, PayloadConfig, Query, QueryConfig},
};
use serde::de::DeserializeOwned;

use super::problem::{Code, Problem};
use crate::{
    analysis::RunId,
    canary_config::{Mistake, Strict, pointer_of},
};

/// The largest request body, in bytes.
pub(crate) const BODY_LIMIT: usize = 10 * 1024 * 1024;

/// How long a body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// A JSON body.
#[derive(Debug)]
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let content_type = request.content_type().to_ascii_lowercase();
        let body = Bytes::from_request(request, payload);
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
            let in_time = tokio::time::timeout(BODY_TIMEOUT, body).await;
            let body = in_time.map_err(|_| {
                let seconds = BODY_TIMEOUT.as_secs();
                Problem::new(
                    Code::BodyTimeout,
                    format!("the body was not there after {seconds} s"),
                )
            })?;
            let body = body.map_err(|error| {
                let status = error.as_response_error().status_code();
                let code = if status == StatusCode::PAYLOAD_TOO_LARGE {
                    Code::TooLarge
                } else {
                    Code::BadRequest
                };
                Problem::new(code, format!("{error} (the limit is {BODY_LIMIT} bytes)"))
            })?;
            parse(&body).map(Self)
        })
    }
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

/// The limits of bodies, for the app.
pub(crate) fn payload_config() -> PayloadConfig {
    PayloadConfig::new(BODY_LIMIT)
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
