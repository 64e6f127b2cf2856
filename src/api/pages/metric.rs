//! The page of one metric.

use actix_web::{
    HttpResponse, get,
    http::StatusCode,
    web::{Data, Path},
};
use maud::{Markup, html};

use super::{analysis::LookQuery, over_looks::over_looks, place_of, respond};
use crate::{
    access::Grant,
    analysis::{MetricEvidence, Run, RunState},
    api::{
        State,
        extract::{QueryString, run_id},
        problem::{self, Problem},
        refusals::BadQuery,
    },
    report::html::{
        Depth, KnownConfig, Links, Place, Refresh, Site, Tone, badge, metric as details,
        name_of_segment, page, path_segment,
    },
};

/// The page of a metric
///
/// Both sides over time, what was found, and where the samples came from.
#[utoipa::path(
    tag = "pages",
    params(
        LookQuery,
        ("id" = String, Path, description = "The run"),
        ("name" = String, Path, description = "The metric"),
    ),
    responses(
        (status = 200, description = "The page", body = String, content_type = "text/html"),
        BadQuery,
        (status = 404, description = "No such run, or it has no such metric (yet)", body = problem::Body<'_>, content_type = "application/problem+json"),
    )
)]
#[get("/ui/analyses/{id}/metrics/{name}")]
pub(crate) async fn metric_page(
    state: Data<State>,
    grant: Grant,
    path: Path<(String, String)>,
    query: QueryString<LookQuery>,
) -> Result<HttpResponse, Problem> {
    let (id, name) = path.into_inner();
    let run = state.run(&grant, run_id(&id)?, None).await?;
    let look = query.of(&run)?;
    let scorecard = match look {
        Some(look) => state.runs.scorecard(&run, look.number).await?,
        None => state.last_scorecard(&run).await?,
    };
    let Some(scorecard) = scorecard else {
        return Err(Problem::not_found("the analysis has no scorecard (yet)"));
    };
    let place = place_of(&scorecard, name_of_segment(&name))?;
    let decision = &scorecard.decision;
    let (result, evidence) = (&decision.metrics[place], &scorecard.evidence[place]);
    let site = state.site();
    let links = state.links(&run, look.map(|look| look.number)).await;
    let beside = |place: usize| {
        let metric = decision.metrics.get(place)?;
        Some((links.metric(place, &metric.name), &metric.name))
    };
    let main = html! {
        main #main tabindex="-1" {
            nav.crumbs aria-label="Where this belongs" {
                a href={ (site.run(run.id)) @if let Some(look) = look { "?look=" (look.number) } } { bdi { (run.application()) } }
                " " @if let Some(look) = look { "Look " (look.number) " " }
                (badge(Tone::from(decision.verdict), decision.verdict.as_str()))
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
            (over_looks(&state, &run, &result.name).await?)
            (ways_out(&site, &links, &run, evidence))
        }
    };
    let title = format!("{} of {}", result.name, run.application());
    Ok(respond(
        StatusCode::OK,
        page(&site, &title, Place::Runs, Refresh::Never, &main),
    ))
}

/// Where to go on from a metric: as an image, its samples, the config that says how strictly it is judged.
fn ways_out(site: &Site, links: &Links, run: &Run, evidence: &MetricEvidence) -> Markup {
    let image = format!("/metrics/{}.svg", path_segment(&evidence.metric));
    let drawn = !(evidence.baseline.values.is_empty() && evidence.canary.values.is_empty());
    let ended = matches!(run.state, RunState::Succeeded(_));
    html! {
        p.actions {
            @if matches!(links, Links::Service { look: None, .. }) {
                @if drawn { a href=(site.in_api(run.id, &image)) { "As an image" } }
                @if ended { a href=(site.in_api(run.id, "/record")) { "All samples, as JSON" } }
            }
            @if let Links::Service { config: KnownConfig::Same, .. } = links {
                a href=(site.config(&run.config.name)) { "The config " bdi { (run.config.name) } }
            }
            a href=(site.help("#change")) { "What the words mean" }
        }
    }
}
