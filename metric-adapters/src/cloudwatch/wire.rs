//! The answers of `GetMetricData`.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::bounded::Bounded;
use crate::collect::{Collected, Stamp};
use crate::http::Reply;
use crate::number::Number;
use crate::{Labels, QueryError, Sample, Step, instant};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    metric_data_results: Bounded<DataResult>,
    #[serde(default)]
    messages: Vec<Message>,
    #[serde(default)]
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DataResult {
    id: String,
    #[serde(default)]
    label: String,
    timestamps: Vec<f64>,
    values: Vec<Number>,
    status_code: StatusCode,
    #[serde(default)]
    messages: Vec<Message>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum StatusCode {
    Complete,
    PartialData,
    InternalError,
    Forbidden,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Message {
    #[serde(default)]
    code: String,
    #[serde(default)]
    value: String,
}

impl Message {
    fn said(&self) -> String {
        format!("{}: {}", self.code, self.value)
    }

    /// Whether a limit of the service left something out: `MaxMetricsExceeded` and its like.
    fn is_limit(&self) -> bool {
        self.code.starts_with("Max")
    }
}

/// What the latest page said of each series.
#[derive(Default)]
pub(super) struct Progress(BTreeMap<Labels, StatusCode>);

/// Reads a page and gives back the token of the next one.
///
/// # Errors
/// When a series is not complete by the last page, or a limit left something out.
pub(super) fn read(
    reply: &Reply,
    step: Step,
    progress: &mut Progress,
    collected: &mut Collected,
) -> Result<Option<String>, QueryError> {
    if !reply.status.is_success() {
        return Err(failure(reply));
    }
    let page: Page = reply.json("an answer of GetMetricData")?;
    if let Some(message) = page.messages.first() {
        return Err(incomplete(reply, message));
    }
    for result in page.metric_data_results.0 {
        if let Some(message) = result.messages.iter().find(|message| message.is_limit()) {
            return Err(incomplete(reply, message));
        }
        for message in &result.messages {
            collected.note(reply.words(&message.said()));
        }
        if result.timestamps.len() != result.values.len() {
            return Err(reply.malformed("as many times as values were promised"));
        }
        let samples = result.timestamps.iter().zip(result.values);
        let samples = samples
            .map(|(&at, Number(value))| {
                let at = instant::from_seconds(at)
                    .ok_or_else(|| reply.malformed(&format!("{at:?} is no time")))?;
                Ok(Sample { at, value })
            })
            .collect::<Result<Vec<_>, QueryError>>()?;
        let labels = Labels(BTreeMap::from([
            ("query".to_owned(), result.id),
            ("label".to_owned(), result.label),
        ]));
        progress.0.insert(labels.clone(), result.status_code);
        collected.add(labels, samples, Stamp::Start(step))?;
    }
    if page.next_token.is_none() {
        progress.is_complete(reply)?;
    }
    Ok(page.next_token)
}

impl Progress {
    fn is_complete(&self, reply: &Reply) -> Result<(), QueryError> {
        for (labels, status) in &self.0 {
            let detail = reply.detail(&format!("{labels} is {status:?}"));
            match status {
                StatusCode::Complete => {}
                StatusCode::PartialData | StatusCode::InternalError => {
                    return Err(QueryError::Unavailable { detail });
                }
                StatusCode::Forbidden => return Err(QueryError::Unauthorized { detail }),
            }
        }
        Ok(())
    }
}

fn incomplete(reply: &Reply, message: &Message) -> QueryError {
    let detail = reply.detail(&format!("the answer is incomplete: {}", message.said()));
    if message.is_limit() {
        QueryError::TooMuchData { detail }
    } else {
        QueryError::Unavailable { detail }
    }
}

/// AWS says most of what is wrong with status 400 and a type, such as `com.amazonaws.cloudwatch#ThrottlingException`.
fn failure(reply: &Reply) -> QueryError {
    #[derive(Deserialize)]
    struct Said {
        #[serde(rename = "__type")]
        kind: String,
        #[serde(default, alias = "Message")]
        message: String,
    }
    let Ok(Said { kind, message }) = serde_json::from_slice(&reply.body) else {
        return reply.failure(&reply.said());
    };
    let name = kind
        .rsplit_once('#')
        .map_or(kind.as_str(), |(_, name)| name);
    let said = format!("{name}: {message}");
    let detail = reply.detail(&said);
    match name.strip_suffix("Exception").unwrap_or(name) {
        "Throttling" | "Throttled" | "TooManyRequests" | "RequestLimitExceeded" => {
            QueryError::RateLimited {
                retry_after: None,
                detail,
            }
        }
        "AccessDenied"
        | "ExpiredToken"
        | "IncompleteSignature"
        | "InvalidClientTokenId"
        | "InvalidSignature"
        | "MissingAuthenticationToken"
        | "NotAuthorized"
        | "OptInRequired"
        | "RequestExpired"
        | "SignatureDoesNotMatch"
        | "UnrecognizedClient" => QueryError::Unauthorized { detail },
        "InternalFailure" | "InternalServiceFault" | "ServiceUnavailable" => {
            QueryError::Unavailable { detail }
        }
        // A token is of the page before: nobody else has touched it.
        "InvalidNextToken" => QueryError::Unavailable { detail },
        _ => reply.failure(&said),
    }
}
