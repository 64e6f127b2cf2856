//! The OpenAPI document, made from the handlers themselves.

use actix_web::App;
use utoipa::OpenApi;
use utoipa_actix_web::AppExt;

/// What the document says besides the routes.
#[derive(Debug, OpenApi)]
#[openapi(
    info(
        title = "Serinus",
        description = "Automated canary analysis: compares a canary with its baseline and answers promote, hold or roll back.\n\nEvery error is an `application/problem+json` document (RFC 9457).",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
        contact(),
    ),
    tags(
        (name = "analyses", description = "Compare a canary with its baseline over a window."),
        (name = "callbacks", description = "Who is told about analyses, and what became of it."),
        (name = "shares", description = "Links that show one run to whoever has them."),
        (name = "grafana", description = "What dashboards read."),
        (name = "judgements", description = "Judge samples that come with the request."),
        (name = "configs", description = "The canary configs the service knows."),
        (name = "accounts", description = "The metric stores the service may read."),
        (name = "kayenta", description = "What clients of Kayenta call, over the same runs and configs. Errors are `{\"message\": ..}` here."),
        (name = "health", description = "For orchestrators and monitoring."),
        (name = "pages", description = "For people."),
    )
)]
pub(crate) struct Description;

/// The whole document.
pub fn document() -> utoipa::openapi::OpenApi {
    let (_, document) = App::new()
        .into_utoipa_app()
        .openapi(Description::openapi())
        .configure(super::configure)
        .split_for_parts();
    document
}
