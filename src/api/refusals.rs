//! What many routes refuse, told once for the API's description.

use std::collections::BTreeMap;

use utoipa::{
    ToSchema,
    openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder},
};

use crate::api::problem;

/// Responses of these statuses, each with this description, that hold a `B`.
pub(super) fn responses<B: ToSchema>(
    media_type: &str,
    refusals: &[(u16, &str)],
) -> BTreeMap<String, RefOr<Response>> {
    let schema = Ref::from_schema_name(B::name());
    let content = ContentBuilder::new().schema(Some(schema)).build();
    let responses = refusals.iter().map(|(status, description)| {
        let response = ResponseBuilder::new()
            .description(*description)
            .content(media_type, content.clone())
            .build();
        (status.to_string(), RefOr::T(response))
    });
    responses.collect()
}

/// Names for sets of refusals, to stand among a route's responses.
macro_rules! refusals {
    ($body:ty, $media_type:literal: $($(#[$doc:meta])* $name:ident { $($status:literal: $description:literal,)+ })+) => {
        $(
            $(#[$doc])*
            pub(crate) enum $name {}

            impl utoipa::IntoResponses for $name {
                fn responses() -> std::collections::BTreeMap<String, utoipa::openapi::RefOr<utoipa::openapi::Response>> {
                    $crate::api::refusals::responses::<$body>($media_type, &[$(($status, $description)),+])
                }
            }
        )+
    };
}
pub(super) use refusals;

refusals! { problem::Body<'_>, "application/problem+json":
    /// Of a query string.
    BadQuery { 400: "Bad query string", }
    /// Of a body of JSON.
    NotJson {
        400: "Not JSON",
        413: "The body is too large",
        415: "Not declared as JSON",
    }
    /// Of a run to start, but for the form of the request.
    NotStarted {
        409: "The key stands for another request",
        413: "The body is too large",
        415: "Not declared as JSON",
        422: "Cannot be carried out",
        425: "It goes on, and `pending=error`",
        429: "Too many runs in flight",
        503: "Shutting down, or the store of runs does not answer",
        507: "No room where runs are kept",
    }
    /// Of a run that nobody knows.
    NoSuchRun { 404: "No such run", }
    /// Of a look that nobody knows.
    NoSuchLook { 404: "No such run or look", }
    /// Of a rollout that nobody knows.
    NoSuchRollout { 404: "No such rollout", }
    /// Of a config that nobody knows.
    NoSuchConfig { 404: "No such config", }
    /// Of a config's name alone.
    SeveralConfigs { 409: "Several configs have this name", }
    /// Of a run that has not come to that.
    NoScorecard { 409: "The run has no scorecard (yet)", }
    /// Of a run that is waited for as an error.
    GoesOn { 425: "It goes on, and `pending=error`", }
    /// Of anything that is kept.
    StoreAway { 503: "The store does not answer", }
}
