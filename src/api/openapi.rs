//! The OpenAPI document, made from the handlers themselves.

use actix_web::App;
use utoipa::{
    OpenApi,
    openapi::{
        Content, ObjectBuilder, Ref, RefOr, ResponseBuilder,
        path::{Operation, PathItem},
        schema::Type,
        security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};
use utoipa_actix_web::AppExt;

use super::{
    access::{Need, need_of},
    problem::PROBLEM_JSON,
    surface::Surface,
};

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
        (name = "audit", description = "Who changed or overrode what."),
        (name = "accounts", description = "The metric stores the service may read."),
        (name = "kayenta", description = "What clients of Kayenta call, over the same runs and configs. Errors are `{\"message\": ..}` here."),
        (name = "health", description = "For orchestrators and monitoring."),
        (name = "pages", description = "For people."),
    )
)]
pub(crate) struct Description;

/// The whole document.
pub fn document() -> utoipa::openapi::OpenApi {
    let (_, mut document) = App::new()
        .into_utoipa_app()
        .openapi(Description::openapi())
        .configure(|routes| super::configure(routes))
        .split_for_parts();
    let components = document.components.get_or_insert_default();
    for (name, scheme) in [
        (BEARER, HttpAuthScheme::Bearer),
        (BASIC, HttpAuthScheme::Basic),
    ] {
        let scheme = HttpBuilder::new().scheme(scheme).build();
        components.add_security_scheme(name, SecurityScheme::Http(scheme));
    }
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            guard(operation, need_of(method, path), Surface::of(path));
        }
    }
    document
}

const BEARER: &str = "token";
const BASIC: &str = "tokenAsPassword";

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let all = [
        ("GET", item.get.as_mut()),
        ("PUT", item.put.as_mut()),
        ("POST", item.post.as_mut()),
        ("DELETE", item.delete.as_mut()),
    ];
    all.into_iter()
        .filter_map(|(method, operation)| Some((method, operation?)))
}

/// Says what an operation needs where tokens are asked for.
fn guard(operation: &mut Operation, need: Need, surface: Surface) {
    let (role, more) = match need {
        Need::Nothing => return,
        Need::Role(role) => (role, ", or a token for what is asked for"),
        Need::Unlimited(role) => (role, ", and a token for all applications and accounts"),
    };
    // Nothing, where the service has no tokens; or either of the two.
    operation.security = Some(vec![
        SecurityRequirement::default(),
        SecurityRequirement::new::<_, [String; 0], String>(BEARER, []),
        SecurityRequirement::new::<_, [String; 0], String>(BASIC, []),
    ]);
    for (status, description) in [
        ("401", "Needs a token".to_owned()),
        ("403", format!("Needs the role `{role}`{more}")),
    ] {
        let named = |name: &str| RefOr::from(Ref::from_schema_name(name));
        let (form, schema) = match surface {
            Surface::Native => (PROBLEM_JSON, named("Problem")),
            Surface::Kayenta => ("application/json", named("Message")),
            Surface::Prometheus => ("application/json", named("Failure")),
            Surface::Flagger => {
                let text = ObjectBuilder::new().schema_type(Type::String);
                ("text/plain", text.into())
            }
        };
        let response = ResponseBuilder::new()
            .description(description)
            .content(form, Content::new(Some(schema)));
        let responses = &mut operation.responses.responses;
        responses.insert(status.to_owned(), response.build().into());
    }
}
