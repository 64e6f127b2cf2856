//! Which Redis, and how it is spoken to.

use std::time::Duration;

use redis::{
    Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, ProtocolVersion, RedisError,
    io::tcp::TcpSettings,
};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serinus_adapters::SecretRef;

use crate::store::StoreError;

/// How long Redis may take to answer. Scripts take well below a millisecond; what takes this long is an outage.
pub(super) const RESPONSE: Duration = Duration::from_secs(3);
/// How long a connection may take to be made.
pub(super) const CONNECT: Duration = Duration::from_secs(2);
/// After how long without a sign of the other side a connection is given up.
const SILENT: Duration = Duration::from_secs(10);
/// Redis' error when it has reached `maxmemory`.
const OUT_OF_MEMORY: &str = "OOM";

/// A Redis server that replicas share their runs on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct RedisServer {
    url: String,
    username: Option<String>,
    password: Option<SecretRef>,
    prefix: String,
}

/// As it stands in the settings.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Written {
    url: String,
    username: Option<String>,
    password: Option<SecretRef>,
    #[serde(default = "default_prefix")]
    prefix: String,
}

fn default_prefix() -> String {
    "serinus".to_owned()
}

impl TryFrom<Written> for RedisServer {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let Written {
            url,
            username,
            password,
            prefix,
        } = written;
        // The error does not repeat the URL: it may hold a password.
        let parsed = parse(&url).map_err(
            |_| "url: something like redis://host:6379/0, rediss://host (TLS) or unix:///path",
        )?;
        if let ConnectionAddr::TcpTls { insecure: true, .. } = parsed.addr() {
            return Err(
                "url: #insecure is no choice: trust the server's certificate by SSL_CERT_FILE",
            );
        }
        let settings = parsed.redis_settings();
        if settings.password().is_some() || settings.username().is_some() {
            return Err(
                "url: credentials stand apart, as `username` and `password: {env: NAME}` or `{file: PATH}`",
            );
        }
        let fits = |letter: char| letter.is_ascii_alphanumeric() || "-_.:".contains(letter);
        if prefix.is_empty() || prefix.len() > 100 || !prefix.chars().all(fits) {
            return Err("prefix: 1 to 100 letters, digits and - _ . :");
        }
        Ok(Self {
            url,
            username,
            password,
            prefix,
        })
    }
}

fn parse(url: &str) -> Result<ConnectionInfo, RedisError> {
    url.into_connection_info()
}

impl RedisServer {
    /// A server without credentials, for tests.
    #[cfg(test)]
    pub(crate) fn at(url: String, prefix: &str) -> Self {
        Self {
            url,
            username: None,
            password: None,
            prefix: prefix.to_owned(),
        }
    }

    /// What all keys begin with.
    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// A client; nothing is connected yet.
    ///
    /// # Errors
    /// The password is not where it should be.
    pub(super) fn client(&self) -> Result<Client, StoreError> {
        let info = parse(&self.url).map_err(store_error)?;
        // Messages come over the same connection as answers.
        let mut settings = info
            .redis_settings()
            .clone()
            .set_protocol(ProtocolVersion::RESP3);
        if let Some(username) = &self.username {
            settings = settings.set_username(username);
        }
        if let Some(password) = &self.password {
            let password = password
                .resolve()
                .map_err(|error| StoreError::Unavailable(error.to_string()))?;
            settings = settings.set_password(password.expose_secret());
        }
        let tcp = TcpSettings::default()
            .set_nodelay(true)
            .set_user_timeout(SILENT);
        let info = info.set_redis_settings(settings).set_tcp_settings(tcp);
        Client::open(info).map_err(store_error)
    }
}

/// What an error of Redis means for the caller.
pub(super) fn store_error(error: RedisError) -> StoreError {
    if error.code() == Some(OUT_OF_MEMORY) {
        return StoreError::NoSpace(error.to_string());
    }
    StoreError::Unavailable(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<RedisServer, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn credentials_stand_apart_from_the_url() {
        for url in ["redis://:hunter2@host", "redis://me:hunter2@host:1/0"] {
            let error = read(&format!(r#"{{"url": "{url}"}}"#)).unwrap_err();
            assert!(error.contains("`password: {env: NAME}`"), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn what_is_no_server_is_refused() {
        assert!(read(r#"{"url": "rediss://host:6379/2", "prefix": "a.b-c_d:e"}"#).is_ok());
        assert!(read(r#"{"url": "unix:///run/redis.sock"}"#).is_ok());
        assert!(
            read(r#"{"url": "http://host"}"#)
                .unwrap_err()
                .contains("url:")
        );
        assert!(read(r#"{"url": "rediss://host/#insecure"}"#).is_err());
        assert!(read(r#"{"url": "redis://host", "prefix": ""}"#).is_err());
        assert!(read(r#"{"url": "redis://host", "prefix": "a b"}"#).is_err());
        assert!(read(r#"{"url": "redis://host", "tls": true}"#).is_err());
    }

    #[test]
    fn a_password_that_is_not_there_is_named_and_one_that_is_not_shown() {
        let missing = read(r#"{"url": "redis://host", "password": {"env": "SERINUS_NOT_SET"}}"#);
        let error = missing.unwrap().client().unwrap_err();
        assert!(error.to_string().contains("SERINUS_NOT_SET"), "{error}");
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("password");
        std::fs::write(&file, "hunter2\n").unwrap();
        let json = serde_json::json!({"url": "redis://host", "password": {"file": file}});
        let client = read(&json.to_string()).unwrap().client().unwrap();
        assert!(!format!("{client:?}").contains("hunter2"));
    }
}
