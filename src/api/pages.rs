//! What people see who follow a report link.

use actix_web::{
    HttpResponse, get,
    web::{Data, Path},
};

use super::{
    State,
    extract::run_id,
    problem::{self, Problem},
};
use crate::report;

/// The report of an analysis
///
/// The scorecard as text; while the run goes on, where it stands.
#[utoipa::path(
    tag = "pages",
    params(("id" = String, Path, description = "The run")),
    responses(
        (status = 200, description = "The report", body = String, content_type = "text/plain"),
        (status = 404, description = "No such run", body = problem::Body<'_>, content_type = "application/problem+json"),
    )
)]
#[get("/ui/analyses/{id}")]
pub(crate) async fn analysis(
    state: Data<State>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let run = state.run(run_id(&id)?, None).await?;
    let text = match state.last_scorecard(&run).await? {
        Some(scorecard) => report::text(&scorecard, report::Colour::Never),
        None => {
            let summary = state.summary(&run);
            format!("{}: {}\n", run.application(), summary.reason)
        }
    };
    Ok(HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .body(text))
}
