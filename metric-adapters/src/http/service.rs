//! A service that takes and answers JSON and is no metric store, with all that connections to stores have.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use url::Host;

use super::client::{Body, HttpStore, JSON, Request, Settings};
use super::{Auth, BaseUrl, HeaderText, Tls};
use crate::account::ConnectError;
use crate::{Limits, QueryError};

/// How a service is reached.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct JsonServiceConfig {
    /// The address below which it is asked.
    pub url: BaseUrl,
    /// How requests identify themselves (default: not at all).
    #[serde(default)]
    pub auth: Auth,
    /// Further headers.
    #[serde(default)]
    pub headers: BTreeMap<String, HeaderText>,
    /// Trust and client certificate for https.
    #[serde(default)]
    pub tls: Tls,
    /// What one request may cost, and how many are under way at once.
    #[serde(default)]
    pub limits: Limits,
}

impl JsonServiceConfig {
    /// Where requests go.
    pub fn host(&self) -> Option<Host> {
        self.url.host()
    }
}

/// A connected service.
#[derive(Debug)]
pub struct JsonService {
    http: HttpStore,
    max_bytes: usize,
}

impl JsonService {
    /// Checks the settings, and that every secret can be read now. Sends nothing.
    ///
    /// # Errors
    /// A setting that can never work.
    pub fn connect(config: &JsonServiceConfig) -> Result<Self, ConnectError> {
        let http = HttpStore::connect(&Settings {
            url: &config.url,
            auth: &config.auth,
            headers: &config.headers,
            tls: &config.tls,
            limits: &config.limits,
        })?;
        let max_bytes = config.limits.max_response_bytes.get();
        Ok(Self { http, max_bytes })
    }

    /// Posts a document once: the body of a successful answer.
    ///
    /// # Errors
    /// As for a metric store; [`QueryError::detail`] reads alone.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Vec<u8>, QueryError> {
        let request = Request {
            path,
            query: &[],
            accept: JSON,
            body: Body::Json(body),
        };
        let reply = self.http.send(&request, self.max_bytes).await?;
        if reply.status.is_success() {
            Ok(reply.body)
        } else {
            Err(reply.failure(&reply.said()))
        }
    }
}
