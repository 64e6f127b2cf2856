//! The page of one metric.

use actix_web::{
    HttpResponse, get,
    http::StatusCode,
    web::{Data, Path},
};
use maud::html;

use super::{place_of, respond};
use crate::{
    api::{
        State,
        extract::run_id,
        problem::{self, Problem},
    },
    report::html::{Depth, Place, Refresh, Tone, badge, metric as details, name_of_segment, page},
};

/// The page of a metric
///
/// Both sides over time, what was found, and where the samples came from.
#[utoipa::path(
    tag = "pages",
    params(
        ("id" = String, Path, description = "The run"),
        ("name" = String, Path, description = "The metric"),
    ),
    responses(
        (status = 200, description = "The page", body = String, content_type = "text/html"),
        (status = 404, description = "No such run, or it has no such metric (yet)", body = problem::Body<'_>, content_type = "application/problem+json"),
    )
)]
#[get("/ui/analyses/{id}/metrics/{name}")]
pub(crate) async fn metric_page(
    state: Data<State>,
    path: Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (id, name) = path.into_inner();
    let run = state.run(run_id(&id)?, None).await?;
    let Some(scorecard) = state.last_scorecard(&run).await? else {
        return Err(Problem::not_found("the analysis has no scorecard (yet)"));
    };
    let place = place_of(&scorecard, name_of_segment(&name))?;
    let decision = &scorecard.decision;
    let (result, evidence) = (&decision.metrics[place], &scorecard.evidence[place]);
    let links = state.links(&run).await;
    let beside = |place: usize| {
        let metric = decision.metrics.get(place)?;
        Some((links.metric(place, &metric.name), &metric.name))
    };
    let main = html! {
        main #main tabindex="-1" {
            nav.crumbs aria-label="Where this belongs" {
                a href={ "/ui/analyses/" (run.id) } { bdi { (run.application()) } }
                " " (badge(Tone::from(decision.verdict), decision.verdict.as_str()))
                span.beside {
                    @if let Some((href, name)) = place.checked_sub(1).and_then(beside) {
                        a rel="prev" href=(href) { "← " bdi { (name) } }
                    }
                    @if let Some((href, name)) = beside(place + 1) {
                        a rel="next" href=(href) { bdi { (name) } " →" }
                    }
                }
            }
            (details(result, evidence, Depth::Page))
        }
    };
    let title = format!("{} of {}", result.name, run.application());
    Ok(respond(
        StatusCode::OK,
        page(&title, Place::Runs, Refresh::Never, &main),
    ))
}
