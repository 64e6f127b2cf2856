//! Ending a run by hand.

use actix_web::{
    HttpResponse, get,
    http::{StatusCode, header},
    post,
    web::{Data, Path},
};
use maud::html;

use super::respond;
use crate::{
    access::Grant,
    api::{
        State,
        extract::{run_id, unknown_run},
        problem::{self, Problem},
        refusals::NoSuchRun,
    },
    report::html::{Place, Refresh, page, short},
};

/// The page that asks whether to cancel an analysis
///
/// A page of its own: the page of a run that goes on is made anew again and again.
#[utoipa::path(
    tag = "pages",
    params(("id" = String, Path, description = "The run")),
    responses(
        (status = 200, description = "The page", body = String, content_type = "text/html"),
        NoSuchRun,
    )
)]
#[get("/ui/analyses/{id}/cancel")]
pub(crate) async fn cancel_page(
    state: Data<State>,
    grant: Grant,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let run = state.run(&grant, run_id(&id)?, None).await?;
    let site = state.site();
    let main = html! {
        main #main tabindex="-1" {
            section.verdict.pending {
                h1 { "Cancel the analysis of " bdi { (run.application()) } "?" }
                @if run.state.is_final() {
                    p.reason { "It has ended, and stays as it is." }
                } @else {
                    p { "Now: " bdi { (short(&state.summary(&run).reason)) } "." }
                    p.reason { "It ends without a verdict. The pipeline that waits for it is told to hold." }
                    form.deed method="post" action=(site.cancel(run.id)) {
                        button.grave type="submit" { "Cancel the analysis" }
                    }
                }
                p { a href=(site.run(run.id)) { "Back to the run" } }
            }
        }
    };
    let title = format!("Cancel: {}", run.application());
    let page = page(&site, &title, Place::Runs, Refresh::Never, &main);
    Ok(respond(StatusCode::OK, page))
}

/// Cancel an analysis from its page
///
/// What a browser's form sends; programs use the API's own operation.
#[utoipa::path(
    tag = "pages",
    params(("id" = String, Path, description = "The run")),
    responses(
        (status = 303, description = "The run's page", headers(("Location" = String, description = "The run's page"))),
        (status = 403, description = "A page of another site asks for it", body = problem::Body<'_>, content_type = "application/problem+json"),
        NoSuchRun,
    )
)]
#[post("/ui/analyses/{id}/cancel")]
pub(crate) async fn cancel_form(
    state: Data<State>,
    grant: Grant,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = run_id(&id)?;
    let run = state.runner.cancel(&grant, id).await?;
    let run = run.ok_or_else(|| unknown_run(&id.to_string()))?;
    Ok(HttpResponse::SeeOther()
        .insert_header((header::LOCATION, state.site().run(run.id)))
        .finish())
}
