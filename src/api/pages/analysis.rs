//! The page of one run.

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::StatusCode,
    web::{Data, Path},
};
use maud::{Markup, html};

use super::{
    accept::{Form, preferred},
    head::Head,
    looks::looks,
    respond,
};
use crate::{
    analysis::{Run, Scorecard},
    api::{
        State,
        extract::run_id,
        problem::{self, Problem},
    },
    report::{
        self,
        html::{Depth, Place, Refresh, facts, metric, metrics, moment, page, score, undecided},
    },
};

/// The page of an analysis
///
/// The scorecard; while the run goes on, where it stands. As text for those who accept `text/plain` rather than HTML.
#[utoipa::path(
    tag = "pages",
    params(("id" = String, Path, description = "The run")),
    responses(
        (status = 200, description = "The page", content((String = "text/html"), (String = "text/plain"))),
        (status = 404, description = "No such run", body = problem::Body<'_>, content_type = "application/problem+json"),
    )
)]
#[get("/ui/analyses/{id}")]
pub(crate) async fn analysis_page(
    request: HttpRequest,
    state: Data<State>,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    // Under its id and `.txt` a run is text whatever is accepted.
    let (id, form) = match id.strip_suffix(".txt") {
        Some(id) => (id, Form::Text),
        None => (id.as_str(), preferred(&request)),
    };
    let run = state.run(run_id(id)?, None).await?;
    let scorecard = state.last_scorecard(&run).await?;
    Ok(match form {
        Form::Text => text(&state, &run, scorecard.as_deref()),
        Form::Html => respond(
            StatusCode::OK,
            of_run(&state, &run, scorecard.as_deref()).await,
        ),
    })
}

fn text(state: &State, run: &Run, scorecard: Option<&Scorecard>) -> HttpResponse {
    let text = match scorecard {
        Some(scorecard) => report::text(scorecard, report::Colour::Never),
        None => format!("{}: {}\n", run.application(), state.summary(run).reason),
    };
    HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .body(text)
}

async fn of_run(state: &State, run: &Run, scorecard: Option<&Scorecard>) -> Markup {
    let head = Head::of(run, scorecard);
    let live = head.live();
    let links = state.links(run).await;
    let main = html! {
        main #main tabindex="-1" data-live=[live] data-said={ "The analysis: " (head.word) } {
            (head.section)
            (looks(run))
            @if let Some(scorecard) = scorecard {
                (metrics(scorecard, &links))
                (undecided(scorecard, &links))
                div.columns { (score(&scorecard.decision)) (facts(scorecard, &links, Some(run))) }
                @if let ([only], [evidence]) = (scorecard.decision.metrics.as_slice(), scorecard.evidence.as_slice()) {
                    (metric(only, evidence, Depth::Part(0)))
                }
            } @else {
                (about(run))
            }
        }
    };
    let refresh = live.map_or(Refresh::Never, Refresh::Every);
    let title = format!("{}: {}", run.application(), head.word);
    page(&title, Place::Runs, refresh, &main)
}

/// What is known of a run without a scorecard.
fn about(run: &Run) -> Markup {
    html! {
        dl.facts {
            dt { "Config" } dd { bdi { (run.config.name) } }
            dt { "Asked for" } dd { (moment(run.created_at)) }
            @for (key, value) in run.labels() { dt { bdi { (key) } } dd { bdi { (value) } } }
            dt { "As JSON" } dd { a href={ "/api/v1/analyses/" (run.id) } { (run.id) } }
        }
    }
}
