//! Flagger's webhooks. Flagger reads the status alone: up to 202 is a yes, and the text of anything else is shown to people.

use std::time::Duration;

use actix_web::{
    HttpResponse, ResponseError,
    http::StatusCode,
    post,
    web::{Data, Path},
};
use serde::Deserialize as _;
use serde::{
    Serialize,
    de::value::{Error, StrDeserializer},
};
use utoipa::ToSchema;

use crate::{
    access::Grant,
    analysis::{Summary, SummaryVerdict},
    api::{
        State,
        extract::Json,
        problem::{AsText, Code, Problem},
    },
    flagger::{Answer, Hook, HookError, Payload, Told},
};

/// How long a hook may take. Flagger waits 10 s if nothing else is said, and then hears nothing of why.
const LONGEST: Duration = Duration::from_secs(8);
/// How much of a reason is shown in Kubernetes, in bytes.
const LONGEST_TEXT: usize = 1_000;

/// A yes: every key is always there.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Yes {
    /// The hook that asked.
    hook: Hook,
    /// Why.
    reason: String,
    /// The run it is about; empty if there is none.
    analysis: String,
    /// What that has found; `pending` if there is none.
    verdict: SummaryVerdict,
    /// Where a person can read more; empty if there is no run.
    report_url: String,
}

/// Answer a hook of Flagger's
///
/// 200 lets the release go on; asked by `rollback`, it rolls the release back. Everything else does not, and says why as text.
#[utoipa::path(
    tag = "hooks",
    params(("hook" = Hook, Path, description = "The type of the hook")),
    request_body = Payload,
    responses(
        (status = 200, description = "Go on (`rollback`: roll back)", body = Yes),
        (status = 400, description = "Not JSON", body = String, content_type = "text/plain"),
        (status = 404, description = "No such hook", body = String, content_type = "text/plain"),
        (status = 409, description = "Do not go on (`rollback`: do not roll back)", body = String, content_type = "text/plain"),
        (status = 413, description = "The body is too large", body = String, content_type = "text/plain"),
        (status = 415, description = "Not declared as JSON", body = String, content_type = "text/plain"),
        (status = 422, description = "The metadata does not fit", body = String, content_type = "text/plain"),
        (status = 429, description = "Too many runs in flight", body = String, content_type = "text/plain"),
        (status = 503, description = "Shutting down, or the store of runs does not answer in time", body = String, content_type = "text/plain"),
        (status = 507, description = "No room where runs are kept", body = String, content_type = "text/plain"),
    )
)]
#[post("/hooks/flagger/{hook}")]
pub(crate) async fn answer_hook(
    state: Data<State>,
    grant: Grant,
    hook: Path<String>,
    payload: Result<Json<Payload>, Problem>,
) -> HttpResponse {
    let answered = tokio::time::timeout(LONGEST, answered(&state, &grant, &hook, payload)).await;
    let in_time = answered.unwrap_or_else(|_| {
        let detail = "the store of runs does not answer in time";
        Err(Problem::new(Code::StoreUnavailable, detail))
    });
    in_time.unwrap_or_else(|problem| refused(&problem))
}

async fn answered(
    state: &State,
    grant: &Grant,
    hook: &str,
    payload: Result<Json<Payload>, Problem>,
) -> Result<HttpResponse, Problem> {
    let hook = Hook::deserialize(StrDeserializer::<'_, Error>::new(hook))
        .map_err(|error| Problem::not_found(format!("no such hook: {error}")))?;
    let Told { answer, run } = state.flagger.answer(grant, hook, &payload?.0).await?;
    let summary = run.map(|run| state.summary(&run));
    let (reason, told) = match answer {
        Answer::Go(reason) => (reason, summary),
        Answer::Halt(reason) => {
            let link = summary.map(|summary| format!(" ({})", summary.report_url));
            let text = reason + link.unwrap_or_default().as_str();
            return Ok(no(StatusCode::CONFLICT, &text));
        }
    };
    let (analysis, verdict, report_url) = match told {
        Some(Summary {
            id,
            verdict,
            report_url,
            ..
        }) => (id, verdict, report_url),
        None => (String::new(), SummaryVerdict::Pending, String::new()),
    };
    Ok(HttpResponse::Ok().json(Yes {
        hook,
        reason,
        analysis,
        verdict,
        report_url,
    }))
}

impl From<HookError> for Problem {
    fn from(error: HookError) -> Self {
        match error {
            HookError::Invalid(mistakes) => Self::invalid(mistakes),
            HookError::Submit(error) => error.into(),
        }
    }
}

/// A problem as Flagger reads it.
pub(in crate::api) fn refused(problem: &Problem) -> HttpResponse {
    no(problem.status_code(), &problem.text())
}

/// A no, with its reason as text.
fn no(status: StatusCode, reason: &str) -> HttpResponse {
    let end = reason.floor_char_boundary(LONGEST_TEXT);
    let mut response = HttpResponse::build(status)
        .content_type("text/plain; charset=utf-8")
        .body(reason[..end].to_owned());
    response.extensions_mut().insert(AsText);
    response
}
