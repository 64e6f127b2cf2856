//! Replies of HTTP servers, read with limits, and their failures in words.

use std::error::Error;
use std::io::{
    self,
    ErrorKind::{InvalidData, InvalidInput},
};
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::header::{self, HeaderMap};
use reqwest::{Response, StatusCode};
use serde::Deserialize;

use super::credentials::Resolved;
use crate::QueryError;
use crate::bounded::TOO_LONG;

/// How many characters of a server's text an error keeps.
const HEAD_CHARS: usize = 300;
/// How much of an unsuccessful reply is read: enough for every JSON error, little for a web page.
const ERROR_BODY_BYTES: usize = 64 << 10;

/// A reply read to its end.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) body: Vec<u8>,
    what: String,
    headers: HeaderMap,
    resolved: Resolved,
}

impl Reply {
    pub(super) async fn read(
        what: String,
        mut response: Response,
        resolved: Resolved,
        max_bytes: usize,
    ) -> Result<Self, QueryError> {
        let status = response.status();
        let limit = if status.is_success() {
            max_bytes
        } else {
            ERROR_BODY_BYTES
        };
        let mut body = Vec::new();
        // Chunks arrive decompressed, so a small message that unpacks into a huge one is stopped as well.
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| broken(&what, error, &resolved))?
        {
            let room = limit - body.len();
            if chunk.len() > room {
                if status.is_success() {
                    return Err(QueryError::TooMuchData {
                        detail: format!(
                            "{what} answered with more bytes than the account's limit allows"
                        ),
                    });
                }
                body.extend_from_slice(&chunk[..room]);
                break;
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Self {
            status,
            body,
            what,
            headers: response.headers().clone(),
            resolved,
        })
    }

    /// What happened, in words: request, status and what the server said.
    pub(crate) fn detail(&self, said: &str) -> String {
        let said = self.words(said);
        let separator = if said.is_empty() { "" } else { ": " };
        format!("{} answered {}{separator}{said}", self.what, self.status)
    }

    /// A text of the server without secrets, on one line, and not longer than errors should be.
    pub(crate) fn words(&self, said: &str) -> String {
        let clean = self.resolved.redact(said);
        let line = clean.split_whitespace().collect::<Vec<_>>().join(" ");
        match line.char_indices().nth(HEAD_CHARS) {
            Some((end, _)) => format!("{}..", &line[..end]),
            None => line,
        }
    }

    /// The beginning of the body as text.
    pub(crate) fn head(&self) -> String {
        String::from_utf8_lossy(&self.body[..self.body.len().min(ERROR_BODY_BYTES)]).into_owned()
    }

    /// What an error's body says: the sentence in the JSON of most APIs, else the beginning of the body.
    pub(crate) fn said(&self) -> String {
        #[derive(Deserialize)]
        struct Said {
            error: Option<Cause>,
            message: Option<String>,
            errors: Option<Vec<String>>,
        }
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Cause {
            Sentence(String),
            Object {
                #[serde(alias = "reason")]
                message: String,
            },
        }
        let cause = |cause| match cause {
            Cause::Sentence(text) | Cause::Object { message: text } => text,
        };
        serde_json::from_slice::<Said>(&self.body)
            .ok()
            .and_then(|said| {
                let errors = said.errors.map(|errors| errors.join("; "));
                said.error.map(cause).or(said.message).or(errors)
            })
            .unwrap_or_else(|| self.head())
    }

    /// The text of a header that every store sends only as plain text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok().map(str::trim)
    }

    /// Reads the body as JSON.
    ///
    /// # Errors
    /// It is not `what`, such as "an answer of the store's API", or a list in it is longer than it may be.
    pub(crate) fn json<'a, T: Deserialize<'a>>(&'a self, what: &str) -> Result<T, QueryError> {
        serde_json::from_slice(&self.body).map_err(|error| self.unreadable(what, &error))
    }

    /// The error for JSON that cannot be read as `what`.
    pub(crate) fn unreadable(&self, what: &str, error: &serde_json::Error) -> QueryError {
        let problem = error.to_string();
        if problem.starts_with(TOO_LONG) {
            return QueryError::TooMuchData {
                detail: self.detail(&problem),
            };
        }
        self.malformed(&format!("not {what} ({problem})"))
    }

    /// The error for a success status whose body is not what the store's API promises.
    pub(crate) fn malformed(&self, problem: &str) -> QueryError {
        let kind = self
            .headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("no content type");
        QueryError::Malformed {
            detail: format!(
                "{} answered {} with {}, {}: {}",
                self.what,
                self.status,
                self.words(kind),
                self.words(problem),
                self.words(&self.head())
            ),
        }
    }

    /// The error that the status alone stands for, with what the server said about it.
    pub(crate) fn failure(&self, said: &str) -> QueryError {
        let detail = self.detail(said);
        match self.status.as_u16() {
            401 | 403 | 407 => QueryError::Unauthorized { detail },
            300..=399 => QueryError::Malformed {
                detail: format!("{detail} ({})", self.redirection()),
            },
            404 | 405 | 410 => QueryError::Malformed {
                detail: format!("{detail} (is the path in the account's url right?)"),
            },
            408 | 504 => QueryError::Timeout { detail },
            429 => QueryError::RateLimited {
                retry_after: self.retry_after(Timestamp::now()),
                detail,
            },
            499..=599 => QueryError::Unavailable { detail },
            400..=498 => QueryError::InvalidQuery { detail },
            _ => QueryError::Malformed { detail },
        }
    }

    /// Names only the host a redirect leads to: its path and query string may hold a login token.
    fn redirection(&self) -> String {
        let target = self
            .headers
            .get(header::LOCATION)
            .and_then(|value| value.to_str().ok());
        let host = target
            .and_then(|target| url::Url::parse(target).ok())
            .and_then(|target| target.host_str().map(str::to_owned));
        match (host, target) {
            (Some(host), _) => format!("a redirect to {host}, which is not followed"),
            (None, Some(_)) => "a redirect within the same host, which is not followed".to_owned(),
            (None, None) => "a redirect to nowhere".to_owned(),
        }
    }

    /// `Retry-After` in seconds or as a date (RFC 9110, 10.2.3); a date in the past means at once.
    fn retry_after(&self, now: Timestamp) -> Option<Duration> {
        let text = self.header(header::RETRY_AFTER.as_str())?;
        if let Ok(seconds) = text.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let date = rfc2822::parse(text).ok()?.timestamp();
        Some(Duration::try_from(now.duration_until(date)).unwrap_or(Duration::ZERO))
    }
}

/// The error for a request that got no complete reply.
pub(super) fn broken(what: &str, error: reqwest::Error, resolved: &Resolved) -> QueryError {
    // The library's own text would repeat the address, and says the cause only in its sources.
    let error = error.without_url();
    let mut causes = vec![error.to_string()];
    let mut source = error.source();
    let mut garbled = false;
    while let Some(cause) = source {
        // A body that cannot be decompressed and one whose connection broke differ only here.
        garbled |= cause
            .downcast_ref::<io::Error>()
            .is_some_and(|error| matches!(error.kind(), InvalidData | InvalidInput));
        let text = cause.to_string();
        if causes.last().is_none_or(|last| !last.contains(&text)) {
            causes.push(text);
        }
        source = cause.source();
    }
    let detail = resolved.redact(&format!("{what} failed: {}", causes.join(": ")));
    if error.is_timeout() {
        QueryError::Timeout { detail }
    } else if error.is_decode() && garbled {
        QueryError::Malformed { detail }
    } else {
        QueryError::Unavailable { detail }
    }
}
