//! Errors on the wire: `application/problem+json` (RFC 9457), but for tools that read something else (`surface.rs`).

mod causes;
mod code;
mod middleware;

use std::fmt;

use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::canary_config::Mistake;
pub(crate) use code::Code;
pub(crate) use middleware::{AsText, on_error_response, on_panic_and_count};

/// The content type of every error.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// How browsers are asked for a token.
const BASIC: &str = "Basic realm=\"serinus: the token is the password\", charset=\"UTF-8\"";

/// What went wrong, for people and for programs.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    code: Code,
    detail: String,
    errors: Vec<Mistake>,
}

/// What went wrong, for people and for programs (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct Body<'a> {
    /// Identifies the kind of problem: `urn:serinus:problem:` and the code.
    #[serde(rename = "type")]
    kind: String,
    /// The kind of problem in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// The kind of problem.
    code: Code,
    /// This problem in a sentence.
    detail: &'a str,
    /// Every mistake in the request, where there are any.
    errors: &'a [Mistake],
}

impl Problem {
    pub(crate) fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
            errors: Vec::new(),
        }
    }

    /// The document is readable, but what it says cannot be done.
    pub(crate) fn invalid(errors: Vec<Mistake>) -> Self {
        let detail = match errors.as_slice() {
            [one] => one.to_string(),
            several => format!("{} mistakes, see `errors`", several.len()),
        };
        Self {
            code: Code::InvalidRequest,
            detail,
            errors,
        }
    }

    /// The kind of problem.
    pub(crate) fn code(&self) -> Code {
        self.code
    }

    /// All that is wrong, in one text.
    pub(crate) fn text(&self) -> String {
        match self.errors.as_slice() {
            [] | [_] => self.detail.clone(),
            several => {
                let lines: Vec<_> = several.iter().map(ToString::to_string).collect();
                lines.join("; ")
            }
        }
    }

    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(Code::NotFound, detail)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.code.status()
    }

    fn error_response(&self) -> HttpResponse {
        let status = self.code.status();
        // A code serialises as its own word, in quotes.
        let code = serde_json::to_string(&self.code).unwrap_or_default();
        let body = Body {
            kind: format!("urn:serinus:problem:{}", code.trim_matches('"')),
            // The one status the library has no name for.
            title: status.canonical_reason().unwrap_or("Too Early"),
            status: status.as_u16(),
            code: self.code,
            detail: &self.detail,
            errors: &self.errors,
        };
        let mut response = HttpResponse::build(status);
        if self.code == Code::Unauthenticated {
            // Browsers ask for a name and a password; the name may be anything.
            for scheme in ["Bearer realm=\"serinus\"", BASIC] {
                response.append_header((header::WWW_AUTHENTICATE, scheme));
            }
        }
        if let Some(seconds) = self.code.retry_after_seconds() {
            response.insert_header((header::RETRY_AFTER, seconds.to_string()));
        }
        let mut response = response
            .insert_header((header::CONTENT_TYPE, PROBLEM_JSON))
            .body(serde_json::to_string(&body).unwrap_or_default());
        // For the page that browsers get in place of this document.
        response.extensions_mut().insert(self.clone());
        response
    }
}
