//! An HTTP client for one account: its credentials, its trust, its limits.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use jiff::{SignedDuration, Timestamp};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Identity, Method, header};
use tokio::sync::Semaphore;
use url::Url;

use super::clock::Clock;
use super::credentials::Credentials;
use super::pace::Pace;
use super::reply::{self, Reply};
use super::settings::Tls;
use super::{Auth, BaseUrl, HeaderText};
use crate::account::ConnectError;
use crate::{Limits, QueryError};

/// Sends requests to one store.
#[derive(Debug)]
pub(crate) struct HttpStore {
    base: BaseUrl,
    client: Client,
    credentials: Credentials,
    permits: Semaphore,
    pace: Option<Pace>,
    clock: Clock,
}

/// One request to a path below the account's address.
pub(crate) struct Request<'a> {
    /// The path, without a slash at its beginning.
    pub(crate) path: &'a str,
    /// What follows the path's `?`. It is not repeated in errors.
    pub(crate) query: &'a [(&'a str, &'a str)],
    /// The media type asked for.
    pub(crate) accept: &'static str,
    pub(crate) body: Body<'a>,
}

/// What a request carries. Its kind decides the method.
pub(crate) enum Body<'a> {
    /// Nothing, with GET.
    None,
    /// A form, with POST.
    Form(&'a [(&'a str, &'a str)]),
    /// JSON, with POST.
    Json(&'a serde_json::Value),
    /// Plain text, with POST.
    Text(&'a str),
    /// JSON under a media type of the store's own, with POST.
    JsonAs(&'static str, &'a serde_json::Value),
}

/// The media type of JSON.
pub(crate) const JSON: &str = "application/json";

/// What an account says about its connection.
pub(crate) struct Settings<'a> {
    pub(crate) url: &'a BaseUrl,
    pub(crate) auth: &'a Auth,
    pub(crate) headers: &'a std::collections::BTreeMap<String, HeaderText>,
    pub(crate) tls: &'a Tls,
    pub(crate) limits: &'a Limits,
}

impl HttpStore {
    /// Builds the client. Sends nothing.
    pub(crate) fn connect(settings: &Settings<'_>) -> Result<Self, ConnectError> {
        let builder = Client::builder()
            .user_agent(concat!("serinus/", env!("CARGO_PKG_VERSION")))
            .timeout(settings.limits.timeout)
            .gzip(true)
            // Another host must not get the credentials, and a login page is no answer.
            .redirect(Policy::none())
            .referer(false);
        let builder = if settings.url.is_encrypted() {
            let mut builder = builder;
            if let Some(path) = &settings.tls.ca {
                builder = builder.tls_certs_merge(authorities(path)?);
            }
            if let Some(identity) = client_identity(settings.tls)? {
                builder = builder.identity(identity);
            }
            builder
        } else if *settings.tls == Tls::default() {
            // No TLS will be spoken, so a container without any authority's certificate must not be an error.
            builder.tls_certs_only([])
        } else {
            return Err(ConnectError::Settings(
                "`tls` is given and the url begins with http://".to_owned(),
            ));
        };
        let client = builder
            .build()
            .map_err(|error| ConnectError::Client(error.without_url().into()))?;
        let concurrency = settings.limits.concurrency.get();
        Ok(Self {
            base: settings.url.clone(),
            client,
            credentials: Credentials::new(settings.auth, settings.headers)?,
            permits: Semaphore::new(concurrency.min(Semaphore::MAX_PERMITS)),
            pace: settings.limits.requests_per_second.map(Pace::new),
            clock: Clock::default(),
        })
    }

    /// Sends a request and reads the reply, whatever its status.
    ///
    /// At most `max_bytes` of a successful reply are read, and much less of any other.
    pub(crate) async fn send(
        &self,
        request: &Request<'_>,
        max_bytes: usize,
    ) -> Result<Reply, QueryError> {
        let url = self.base.join(request.path);
        let method = match request.body {
            Body::None => Method::GET,
            Body::Form(_) | Body::Json(_) | Body::Text(_) | Body::JsonAs(..) => Method::POST,
        };
        let what = describe(&method, &url);
        let resolved = self
            .credentials
            .resolve()
            .map_err(|error| unsent(&what, &error))?;
        let _permit = self
            .permits
            .acquire()
            .await
            .map_err(|_| QueryError::Unavailable {
                detail: format!("{what} was not sent: the account is closed"),
            })?;
        if let Some(pace) = &self.pace {
            pace.turn().await;
        }
        let builder = self
            .client
            .request(method, url)
            .header(header::ACCEPT, request.accept)
            .headers(resolved.headers.clone());
        let builder = if request.query.is_empty() {
            builder
        } else {
            builder.query(request.query)
        };
        let builder = match &request.body {
            Body::None => builder,
            Body::Form(form) => builder.form(form),
            Body::Json(value) => builder.json(value),
            Body::Text(text) => builder
                .header(header::CONTENT_TYPE, "text/plain")
                .body((*text).to_owned()),
            Body::JsonAs(media, value) => builder
                .header(header::CONTENT_TYPE, *media)
                .body(value.to_string()),
        };
        let broken = |error| reply::broken(&what, error, &resolved);
        let mut request = builder.build().map_err(broken)?;
        if let Some(signer) = &resolved.signer {
            signer
                .sign(&mut request, SystemTime::now())
                .map_err(|error| unsent(&what, &error))?;
        }
        let response = self.client.execute(request).await.map_err(broken)?;
        self.clock.note(response.headers(), Timestamp::now());
        Reply::read(what, response, resolved, max_bytes).await
    }

    /// How far the server's clock is ahead of this machine's; `None` before its first reply.
    pub(crate) fn clock_offset(&self) -> Option<SignedDuration> {
        self.clock.offset()
    }
}

/// The error for a request without usable credentials.
fn unsent(what: &str, error: &ConnectError) -> QueryError {
    QueryError::Unauthorized {
        detail: format!("{what} was not sent: {error}"),
    }
}

/// A request as error texts name it. The address was checked to hold no credentials and has no query string.
fn describe(method: &Method, url: &Url) -> String {
    format!("{method} {url}")
}

fn authorities(path: &Path) -> Result<Vec<Certificate>, ConnectError> {
    let certificates = Certificate::from_pem_bundle(&read(path)?).unwrap_or_default();
    if certificates.is_empty() {
        return Err(ConnectError::TlsContent {
            path: path.to_owned(),
            content: "certificate in PEM form",
        });
    }
    Ok(certificates)
}

fn client_identity(tls: &Tls) -> Result<Option<Identity>, ConnectError> {
    let (certificate, key): (&PathBuf, &PathBuf) = match (&tls.certificate, &tls.key) {
        (None, None) => return Ok(None),
        (Some(certificate), Some(key)) => (certificate, key),
        (Some(_), None) | (None, Some(_)) => {
            return Err(ConnectError::Settings(
                "`tls.certificate` and `tls.key` need each other".to_owned(),
            ));
        }
    };
    let mut pem = read(key)?;
    pem.push(b'\n');
    pem.extend(read(certificate)?);
    let identity = Identity::from_pem(&pem).map_err(|_| ConnectError::TlsContent {
        path: certificate.clone(),
        content: "client certificate in PEM form for the private key",
    })?;
    Ok(Some(identity))
}

fn read(path: &Path) -> Result<Vec<u8>, ConnectError> {
    fs::read(path).map_err(|source| ConnectError::TlsFile {
        path: path.to_owned(),
        source,
    })
}
