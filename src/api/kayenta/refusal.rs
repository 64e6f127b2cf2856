//! Errors as Kayenta tells them: `{"message": ..}`.

use std::fmt;

use actix_web::{HttpResponse, ResponseError, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    api::problem::Problem, kayenta::judging::Refused, runner::SubmitError, store::StoreError,
};

/// What went wrong, as Kayenta's clients read it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = KayentaMessage)]
pub(crate) struct Message {
    /// A sentence.
    pub(crate) message: String,
}

/// A request that is not done.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    body: Message,
}

impl Refusal {
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            ..Self::bad(message)
        }
    }

    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            body: Message {
                message: message.into(),
            },
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.body.message)
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::build(self.status).json(&self.body)
    }
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        Self::bad(refused.to_string())
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        // What cannot be read or done is a bad request to Kayenta, whatever finer words there are.
        let status = match problem.status_code() {
            StatusCode::UNPROCESSABLE_ENTITY | StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                StatusCode::BAD_REQUEST
            }
            other => other,
        };
        Self {
            status,
            body: Message {
                message: problem.to_string(),
            },
        }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Problem::from(error).into()
    }
}

impl From<SubmitError> for Refusal {
    fn from(error: SubmitError) -> Self {
        Problem::from(error).into()
    }
}
