//! The settings of an HTTP connection. Nothing here can print a secret.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::Deserialize;
use thiserror::Error;
use url::{Host, Url};

pub use super::sigv4::SigV4;
use crate::SecretRef;

/// The address under which a store's API begins, such as `https://mimir.example/prometheus`.
///
/// It has scheme `http` or `https` and holds no user name, password, query string or fragment, so it is safe to
/// show.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct BaseUrl(Url);

/// Text that is not the address of an API. The text itself is not repeated: it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BaseUrlError {
    /// Not an absolute URL.
    #[error("the url is not an absolute address such as https://metrics.example:9090")]
    Syntax,
    /// Neither http nor https.
    #[error("the url must begin with http:// or https://")]
    Scheme,
    /// A user name or a password stands in front of the host.
    #[error("the url holds a user name or password; give them in `auth` instead")]
    Credentials,
    /// A query string or a fragment follows the path.
    #[error("the url ends with a query string or fragment, which the store's API has no use for")]
    Tail,
}

impl BaseUrl {
    /// The address of a path below the base. `path` has no slash at its beginning.
    pub(crate) fn join(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        let joined = format!("{}/{path}", self.0.path().trim_end_matches('/'));
        url.set_path(&joined);
        url
    }

    /// Where requests go.
    pub(crate) fn host(&self) -> Option<Host> {
        self.0.host().map(|host| host.to_owned())
    }

    pub(crate) fn is_encrypted(&self) -> bool {
        self.0.scheme() == "https"
    }
}

impl FromStr for BaseUrl {
    type Err = BaseUrlError;

    fn from_str(text: &str) -> Result<Self, BaseUrlError> {
        let url = Url::parse(text.trim()).map_err(|_| BaseUrlError::Syntax)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(BaseUrlError::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BaseUrlError::Credentials);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(BaseUrlError::Tail);
        }
        Ok(Self(url))
    }
}

impl TryFrom<String> for BaseUrl {
    type Error = BaseUrlError;

    fn try_from(text: String) -> Result<Self, BaseUrlError> {
        text.parse()
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How requests identify themselves: `{type: bearer, token: {env: TOKEN}}`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Auth {
    /// Not at all, or by headers or a client certificate.
    #[default]
    None,
    /// `Authorization: Bearer ..` (RFC 6750).
    Bearer {
        /// The token.
        token: SecretRef,
    },
    /// `Authorization: Token ..`, as `InfluxDB` wants it.
    Token {
        /// The token.
        token: SecretRef,
    },
    /// `Authorization: Basic ..` (RFC 7617).
    Basic {
        /// The user name, without a colon.
        username: String,
        /// The password.
        password: SecretRef,
    },
    /// `Authorization: ApiKey ..`, as Elasticsearch wants it.
    ApiKey {
        /// The key, in base64 as it is shown when it is made.
        key: SecretRef,
    },
    /// `Authorization: Api-Token ..`, as Dynatrace wants it.
    ApiToken {
        /// The token.
        token: SecretRef,
    },
    /// A signature for AWS.
    #[serde(rename = "sigv4")]
    SigV4(SigV4),
}

/// The value of a configured header: plain text, or the place of a secret.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "a text, {env: NAME} or {file: PATH}")]
pub enum HeaderText {
    /// The value itself.
    Literal(String),
    /// Where the value is kept.
    Secret(SecretRef),
}

/// Literal values are not shown: a token is easily put there by mistake.
impl fmt::Debug for HeaderText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(_) => f.write_str("Literal(..)"),
            Self::Secret(place) => f.debug_tuple("Secret").field(place).finish(),
        }
    }
}

/// TLS beyond the certificates this machine trusts anyway. All files are PEM and are read when the account connects.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tls {
    /// Certificates of authorities to trust besides those of the system.
    pub ca: Option<PathBuf>,
    /// The client certificate, followed by its chain. Needs `key`.
    pub certificate: Option<PathBuf>,
    /// The client certificate's private key. Needs `certificate`.
    pub key: Option<PathBuf>,
}
