//! Headers that prove who is asking, and the removal of their secrets from texts.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use super::settings::{Auth, HeaderText};
use super::sigv4::Signer;
use crate::account::ConnectError;
use crate::secret::SecretRef;

/// Headers this crate sets itself, or that would change how a message is framed.
const RESERVED: [HeaderName; 7] = [
    header::ACCEPT_ENCODING,
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::HOST,
    header::TE,
    header::TRANSFER_ENCODING,
];

/// The checked settings; secrets are read again for each request.
#[derive(Debug)]
pub(super) struct Credentials {
    auth: Auth,
    literal: HeaderMap,
    secret: Vec<(HeaderName, SecretRef)>,
}

/// What one request carries.
pub(super) struct Resolved {
    /// All configured headers, those with secrets marked as sensitive.
    pub(super) headers: HeaderMap,
    /// What signs the request once it is complete.
    pub(super) signer: Option<Signer>,
    secrets: Vec<SecretString>,
}

impl Credentials {
    /// Checks the settings and that every secret can be read now.
    pub(super) fn new(
        auth: &Auth,
        headers: &BTreeMap<String, HeaderText>,
    ) -> Result<Self, ConnectError> {
        if let Auth::Basic { username, .. } = auth
            && username.contains(':')
        {
            return Err(settings("the user name of `auth` holds a colon"));
        }
        let mut credentials = Self {
            auth: auth.clone(),
            literal: HeaderMap::new(),
            secret: Vec::new(),
        };
        for (name, text) in headers {
            let header: HeaderName = name
                .parse()
                .map_err(|_| settings(format!("`{name}` cannot be a header's name")))?;
            if RESERVED.contains(&header) {
                return Err(settings(format!("the header `{name}` cannot be set")));
            }
            let authorization = header == header::AUTHORIZATION;
            if authorization && *auth != Auth::None {
                return Err(settings(
                    "the header `authorization` and `auth` exclude each other",
                ));
            }
            match text {
                HeaderText::Literal(_) if authorization => {
                    return Err(settings(
                        "the header `authorization` holds a secret: use `auth`, or refer to it by {env: ..} or {file: ..}",
                    ));
                }
                HeaderText::Literal(text) => {
                    let value = HeaderValue::from_str(text).map_err(|_| unfit(name))?;
                    credentials.literal.insert(header, value);
                }
                HeaderText::Secret(place) => credentials.secret.push((header, place.clone())),
            }
        }
        credentials.resolve()?;
        Ok(credentials)
    }

    /// Reads the secrets. Their files are small and local, so this does not leave the async thread.
    pub(super) fn resolve(&self) -> Result<Resolved, ConnectError> {
        let mut resolved = Resolved {
            headers: self.literal.clone(),
            signer: None,
            secrets: Vec::new(),
        };
        match &self.auth {
            Auth::None => {}
            Auth::Bearer { token } => resolved.authorize("Bearer", token)?,
            Auth::Token { token } => resolved.authorize("Token", token)?,
            Auth::Basic { username, password } => {
                let password = password.resolve()?;
                let pair = BASE64.encode(format!("{username}:{}", password.expose_secret()));
                let header = format!("Basic {pair}");
                resolved.secrets.extend([password, pair.into()]);
                resolved.insert(header::AUTHORIZATION, &header)?;
            }
            Auth::ApiKey { key } => resolved.authorize("ApiKey", key)?,
            Auth::ApiToken { token } => resolved.authorize("Api-Token", token)?,
            Auth::SigV4(keys) => {
                let (signer, secrets) = keys.resolve()?;
                resolved.signer = Some(signer);
                resolved.secrets.extend(secrets);
            }
        }
        for (name, place) in &self.secret {
            let text = place.resolve()?;
            resolved.insert(name.clone(), text.expose_secret())?;
            resolved.secrets.push(text);
        }
        // The longest first, in case one secret is part of another.
        resolved
            .secrets
            .sort_by_key(|secret| Reverse(secret.expose_secret().len()));
        Ok(resolved)
    }
}

impl Resolved {
    fn authorize(&mut self, scheme: &str, token: &SecretRef) -> Result<(), ConnectError> {
        let token = token.resolve()?;
        let header = format!("{scheme} {}", token.expose_secret());
        self.secrets.push(token);
        self.insert(header::AUTHORIZATION, &header)
    }

    fn insert(&mut self, name: HeaderName, text: &str) -> Result<(), ConnectError> {
        let mut value = HeaderValue::from_str(text).map_err(|_| unfit(name.as_str()))?;
        value.set_sensitive(true);
        self.headers.insert(name, value);
        Ok(())
    }

    /// Takes the secrets out of a text that came from elsewhere: some proxies repeat a request's headers in errors.
    pub(super) fn redact(&self, text: &str) -> String {
        self.secrets.iter().fold(text.to_owned(), |text, secret| {
            text.replace(secret.expose_secret(), "[redacted]")
        })
    }
}

fn unfit(header: &str) -> ConnectError {
    settings(format!(
        "the value for the header `{header}` holds characters a header cannot carry"
    ))
}

fn settings(detail: impl Into<String>) -> ConnectError {
    ConnectError::Settings(detail.into())
}
