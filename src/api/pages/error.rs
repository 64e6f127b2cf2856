//! Errors for people: the same problem as a page.

use actix_web::{
    Error,
    body::{EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
    web::Data,
};
use maud::html;

use super::{accept::is_browser, respond, shared::nothing_shared};
use crate::{
    api::{State, problem::Problem},
    report::html::{Place, Refresh, page},
};

/// Middleware: a browser on the pages gets problems as a page.
pub(crate) async fn for_people(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, Error> {
    let path = request.path();
    let shared = path.starts_with("/share/");
    let wanted =
        (shared || path == "/ui" || path.starts_with("/ui/")) && is_browser(request.headers());
    let state = request.app_data::<Data<State>>().cloned();
    let response = next.call(request).await?;
    let problem = response.response().extensions().get::<Problem>().cloned();
    let Some(problem) = problem.filter(|_| wanted) else {
        return Ok(response.map_into_left_body());
    };
    let site = state.map(|state| state.site()).unwrap_or_default();
    let status = response.status();
    let title = status.canonical_reason().unwrap_or("Error");
    if shared {
        let page = nothing_shared(status, title, &problem);
        return Ok(response.into_response(page).map_into_right_body());
    }
    let main = html! {
        main #main tabindex="-1" {
            section.verdict.error {
                h1 { (title) }
                p.reason { bdi { (problem) } "." }
                p.action { a href=(site.runs()) { "All runs" } }
            }
            p.quiet { "Runs are kept for a while and then forgotten, the oldest first." }
        }
    };
    let page = page(&site, title, Place::Elsewhere, Refresh::Never, &main);
    Ok(response
        .into_response(respond(status, page))
        .map_into_right_body())
}
