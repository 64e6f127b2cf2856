//! Requests as Kayenta's clients write them: loosely.

use std::{
    future::{Future, Ready, ready},
    pin::Pin,
};

use actix_web::{FromRequest, HttpMessage as _, HttpRequest, dev::Payload};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::KayentaError;
use crate::{
    api::{
        extract::{aside, whole},
        problem::{Code, Problem},
    },
    canary_config::pointer_of,
};

/// The query string. A parameter that is empty is one that is not there: some clients send all they know.
#[derive(Debug)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// A parameter; of several the first.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// A parameter, owned.
    pub(super) fn owned(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }

    /// All values of a parameter.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let named = self.0.iter().filter(move |(known, _)| known == name);
        named.map(|(_, value)| value.as_str())
    }

    /// All of them that are not empty.
    pub(super) fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// A number of at least 1.
    pub(super) fn count(&self, name: &str) -> Result<Option<usize>, KayentaError> {
        let number = |text: &str| {
            let number = text.trim().parse().ok().filter(|number| *number > 0);
            number.ok_or_else(|| KayentaError::bad(format!("{name} must be a positive number.")))
        };
        self.get(name).map(number).transpose()
    }
}

impl FromRequest for Parameters {
    type Error = KayentaError;
    type Future = Ready<Result<Self, KayentaError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let pairs = url::form_urlencoded::parse(request.query_string().as_bytes());
        let given = pairs.filter(|(_, value)| !value.trim().is_empty());
        let owned = given.map(|(name, value)| (name.into_owned(), value.into_owned()));
        ready(Ok(Self(owned.collect())))
    }
}

/// A JSON body as it was sent.
#[derive(Debug)]
pub(crate) struct Received(pub(super) Value);

impl Received {
    /// The body in a form of its own; fields that are not known are passed over.
    pub(super) fn read<T: DeserializeOwned>(value: &Value) -> Result<T, KayentaError> {
        serde_path_to_error::deserialize(value).map_err(|error| {
            let pointer = pointer_of(error.path());
            KayentaError::bad(format!("{pointer}: {}", error.into_inner()))
        })
    }
}

impl FromRequest for Received {
    type Error = KayentaError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, KayentaError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let content_type = request.content_type().to_ascii_lowercase();
        let body = whole(request, payload);
        Box::pin(async move {
            expect_json(&content_type)?;
            parsed(body.await?).await.map(Self)
        })
    }
}

/// A JSON body, if there is one.
#[derive(Debug)]
pub(crate) struct MaybeReceived(pub(super) Option<Value>);

impl FromRequest for MaybeReceived {
    type Error = KayentaError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, KayentaError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let content_type = request.content_type().to_ascii_lowercase();
        let body = whole(request, payload);
        Box::pin(async move {
            let body = body.await?;
            if body.is_empty() {
                return Ok(Self(None));
            }
            expect_json(&content_type)?;
            Ok(Self(Some(parsed(body).await?)))
        })
    }
}

fn expect_json(content_type: &str) -> Result<(), KayentaError> {
    if content_type == "application/json" || content_type.ends_with("+json") {
        return Ok(());
    }
    let detail = "Send the body as Content-Type: application/json.";
    Err(Problem::new(Code::UnsupportedMediaType, detail).into())
}

async fn parsed(body: Vec<u8>) -> Result<Value, KayentaError> {
    let read = move || {
        serde_json::from_slice(&body).map_err(|error| {
            let detail = format!("The body is not JSON: {error}");
            Problem::new(Code::NotJson, detail)
        })
    };
    Ok(aside(read).await?)
}
