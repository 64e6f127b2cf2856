//! Errors as Kayenta writes them.

use std::fmt;

use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    access::Denied,
    api::problem::{Code, Problem},
    configs::{FindError, Refused},
    kayenta::judging,
    runner::{CancelError, SubmitError},
    store::StoreError,
};

/// What went wrong, for clients of Kayenta.
#[derive(Debug)]
pub(crate) struct KayentaError {
    status: StatusCode,
    message: String,
    retry_after: Option<u32>,
}

/// What went wrong.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Message<'a> {
    /// In a sentence.
    message: &'a str,
}

impl KayentaError {
    pub(super) fn bad(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            message: message.into(),
            retry_after: None,
        }
    }

    pub(super) fn is_not_found(&self) -> bool {
        self.status == StatusCode::NOT_FOUND
    }

    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            ..Self::bad(message)
        }
    }
}

impl fmt::Display for KayentaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl ResponseError for KayentaError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        if let Some(seconds) = self.retry_after {
            response.insert_header((header::RETRY_AFTER, seconds.to_string()));
        }
        let message = self.message.as_str();
        response.json(Message { message })
    }
}

impl From<Problem> for KayentaError {
    fn from(problem: Problem) -> Self {
        let code = problem.code();
        Self {
            // Kayenta says 400 to whatever it does not take.
            status: if code == Code::InvalidRequest {
                StatusCode::BAD_REQUEST
            } else {
                code.status()
            },
            message: problem.text(),
            retry_after: code.retry_after_seconds(),
        }
    }
}

impl From<judging::Refused> for KayentaError {
    fn from(refused: judging::Refused) -> Self {
        Self::bad(refused.to_string())
    }
}

impl From<SubmitError> for KayentaError {
    fn from(error: SubmitError) -> Self {
        Problem::from(error).into()
    }
}

impl From<Denied> for KayentaError {
    fn from(denied: Denied) -> Self {
        Problem::from(denied).into()
    }
}

impl From<CancelError> for KayentaError {
    fn from(error: CancelError) -> Self {
        Problem::from(error).into()
    }
}

impl From<StoreError> for KayentaError {
    fn from(error: StoreError) -> Self {
        Problem::from(error).into()
    }
}

impl From<FindError> for KayentaError {
    fn from(error: FindError) -> Self {
        Problem::from(error).into()
    }
}

impl From<Refused> for KayentaError {
    fn from(error: Refused) -> Self {
        match error {
            Refused::Mistakable { .. } => Self::bad(error.to_string()),
            Refused::NameTaken { .. }
            | Refused::Precondition { .. }
            | Refused::TooMany
            | Refused::TooLarge
            | Refused::Unknown(_)
            | Refused::Contended
            | Refused::Store(_) => Problem::from(error).into(),
        }
    }
}
