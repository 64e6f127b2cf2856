//! Who can be told about runs, and what became of it.

use actix_web::{
    HttpResponse, get, post,
    web::{Data, Path},
};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    State,
    extract::{run_id, unknown_run},
    problem::{self, Problem},
};
use crate::{
    access::Grant,
    analysis::{Attempt, AttemptResult, Delivery, DeliveryState, Event, EventKind, ReceiverForm},
    api::refusals::NoSuchRun,
    callbacks::Tried,
};

/// All receivers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReceiverList {
    receivers: Vec<ReceiverSummary>,
}

/// A receiver in short; never its address or its secrets.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReceiverSummary {
    /// Its name.
    name: String,
    /// The form of its messages.
    format: ReceiverForm,
}

/// What trying a receiver found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReceiverTest {
    /// The receiver's name.
    name: String,
    /// Whether it has taken the message.
    ok: bool,
    /// The HTTP status it answered with; 0 if there was no answer.
    status: u16,
    /// Why there was no answer; empty if there was one.
    detail: String,
}

/// What was told about a run.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeliveryList {
    deliveries: Vec<DeliveryView>,
}

/// One message to one receiver.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeliveryView {
    /// The message's id, the same for all attempts.
    id: String,
    /// What has happened.
    event: EventKind,
    /// The look that has ended; 0 if the event is not about one.
    look: u32,
    /// When it has happened.
    #[schema(value_type = String, format = DateTime)]
    happened_at: Timestamp,
    /// The receiver's name, or an address without its path.
    to: String,
    /// Where the delivery stands.
    state: DeliveryStateView,
    /// When it is attempted next; empty if it is not.
    next_attempt: String,
    /// Why it was given up; empty if it was not.
    reason: String,
    /// The attempts so far.
    attempts: Vec<AttemptView>,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum DeliveryStateView {
    /// It will be attempted.
    Due,
    /// The receiver has taken it.
    Delivered,
    /// It will not be attempted again.
    GivenUp,
}

/// One attempt to deliver.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AttemptView {
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// How long it took, in milliseconds.
    took_millis: u64,
    /// The HTTP status of the answer; 0 if there was none.
    status: u16,
    /// Why there was no answer; empty if there was one.
    error: String,
}

impl From<Delivery> for DeliveryView {
    fn from(delivery: Delivery) -> Self {
        let (state, next_attempt, reason) = match delivery.state {
            DeliveryState::Due(at) => (DeliveryStateView::Due, at.to_string(), String::new()),
            DeliveryState::Delivered => {
                (DeliveryStateView::Delivered, String::new(), String::new())
            }
            DeliveryState::GivenUp(reason) => (DeliveryStateView::GivenUp, String::new(), reason),
        };
        Self {
            id: delivery.id.to_string(),
            event: delivery.event.kind(),
            look: match delivery.event {
                Event::AnalysisStarted | Event::AnalysisEnded => 0,
                Event::LookEnded(number) => number,
            },
            happened_at: delivery.happened_at,
            to: delivery.to.to_string(),
            state,
            next_attempt,
            reason,
            attempts: delivery.attempts.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Attempt> for AttemptView {
    fn from(attempt: Attempt) -> Self {
        let (status, error) = match attempt.result {
            AttemptResult::Answered(status) => (status, String::new()),
            AttemptResult::Failed(reason) => (0, reason),
        };
        Self {
            at: attempt.at,
            took_millis: u64::try_from(attempt.took.as_millis()).unwrap_or(0),
            status,
            error,
        }
    }
}

/// List receivers
///
/// Those that requests can name in `callbacks`.
#[utoipa::path(tag = "callbacks", responses((status = 200, description = "All receivers", body = ReceiverList)))]
#[get("/api/v1/receivers")]
pub(crate) async fn list(state: Data<State>) -> HttpResponse {
    let receivers = state.courier.callbacks().iter();
    let receivers = receivers.map(|(name, receiver)| ReceiverSummary {
        name: name.to_owned(),
        format: receiver.form(),
    });
    HttpResponse::Ok().json(ReceiverList {
        receivers: receivers.collect(),
    })
}

/// Try a receiver
///
/// Sends it a message of the type `receiver.test`, once; Grafana is asked for an annotation instead, and gets none. That it does not take it is a finding, not an error of the test: the
/// status is 200 either way.
#[utoipa::path(
    tag = "callbacks",
    params(("name" = String, Path, description = "The receiver's name")),
    responses(
        (status = 200, description = "What was found", body = ReceiverTest),
        (status = 404, description = "No such receiver", body = problem::Body<'_>, content_type = "application/problem+json"),
    )
)]
#[post("/api/v1/receivers/{name}/test")]
pub(crate) async fn test(state: Data<State>, name: Path<String>) -> Result<HttpResponse, Problem> {
    let tried = state.courier.test(&name).await;
    let tried = tried.ok_or_else(|| {
        let shown: String = name.chars().take(100).collect();
        Problem::not_found(format!("no receiver is named {shown:?}"))
    })?;
    let (ok, status, detail) = match tried {
        Tried::Taken(status) => (true, status, String::new()),
        Tried::Refused(status) => (false, status, String::new()),
        Tried::Failed(reason) => (false, 0, reason),
    };
    Ok(HttpResponse::Ok().json(ReceiverTest {
        name: name.into_inner(),
        ok,
        status,
        detail,
    }))
}

/// Read what was told about an analysis
///
/// Every message to a receiver, with every attempt to deliver it.
#[utoipa::path(
    tag = "callbacks",
    params(("id" = String, Path, description = "The run")),
    responses(
        (status = 200, description = "The deliveries, in the order of their events", body = DeliveryList),
        NoSuchRun,
    )
)]
#[get("/api/v1/analyses/{id}/deliveries")]
pub(crate) async fn deliveries(
    state: Data<State>,
    grant: Grant,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = run_id(&id)?;
    let run = state.runs.get(&grant, id).await?;
    let run = run.ok_or_else(|| unknown_run(&id.to_string()))?;
    let deliveries = state.runs.deliveries(&run).await?;
    Ok(HttpResponse::Ok().json(DeliveryList {
        deliveries: deliveries.into_iter().map(Into::into).collect(),
    }))
}
