//! The page of one run.

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::StatusCode,
    web::{Data, Path},
};
use maud::{Markup, html};

use super::{
    accept::{Form, preferred},
    created, respond,
};
use crate::{
    analysis::{Run, RunState, Scorecard},
    api::{
        State,
        extract::run_id,
        problem::{self, Problem},
    },
    report::{
        self,
        html::{
            Depth, Place, Refresh, Tone, badge, facts, metric, metrics, moment, page, score,
            undecided, verdict,
        },
    },
};

/// How soon the page of a run that goes on asks anew, in seconds.
const FOLLOW: u64 = 2;

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
    Ok(match form {
        Form::Text => text(&state, &run),
        Form::Html => respond(StatusCode::OK, of_run(&state, &run)),
    })
}

fn text(state: &State, run: &Run) -> HttpResponse {
    let text = match super::scorecard(run) {
        Some(scorecard) => report::text(scorecard, report::Colour::Never),
        None => format!("{}: {}\n", run.application, state.summary(run).reason),
    };
    HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .body(text)
}

fn of_run(state: &State, run: &Run) -> Markup {
    let title = |what: &str| format!("{}: {what}", run.application);
    let shown = |title: &str, refresh, main: Markup| page(title, Place::Runs, refresh, &main);
    match &run.state {
        RunState::Succeeded(scorecard) => {
            let title = title(decided(scorecard));
            shown(&title, Refresh::Never, succeeded(state, run, scorecard))
        }
        RunState::Queued { ready_at } => {
            let more = html! {
                p { "It starts at " (moment(*ready_at)) ", when the window has ended and the store's data has settled." }
            };
            shown(
                &title("queued"),
                Refresh::Every(FOLLOW),
                unfinished(state, run, "queued", &more),
            )
        }
        RunState::Running(progress) => {
            let more = html! {
                p {
                    progress aria-label="Queries answered" max=(progress.queries.max(1)) value=(progress.answered) {}
                    " " (progress)
                }
            };
            shown(
                &title("running"),
                Refresh::Every(FOLLOW),
                unfinished(state, run, "running", &more),
            )
        }
        RunState::Failed { reason } => {
            let main = ended(
                run,
                "failed",
                reason,
                "Nothing was decided about this release. Mend what is named above, then analyse again: the answer to a question that could not be asked is not a pass.",
            );
            shown(&title("failed"), Refresh::Never, main)
        }
        RunState::Cancelled => {
            let main = ended(
                run,
                "cancelled",
                "the run was cancelled before it ended",
                "Nothing was decided about this release.",
            );
            shown(&title("cancelled"), Refresh::Never, main)
        }
    }
}

fn decided(scorecard: &Scorecard) -> &'static str {
    scorecard.decision.verdict.as_str()
}

fn succeeded(state: &State, run: &Run, scorecard: &Scorecard) -> Markup {
    let links = state.links(run);
    html! {
        main #main tabindex="-1" data-said={ "The analysis has ended: " (decided(scorecard)) } {
            (verdict(scorecard))
            (metrics(scorecard, &links))
            (undecided(scorecard, &links))
            div.columns { (score(&scorecard.decision)) (facts(scorecard, &links, created(run.id))) }
            @if let [only] = scorecard.decision.metrics.as_slice() {
                @for evidence in &scorecard.evidence { (metric(only, evidence, Depth::Part(0))) }
            }
        }
    }
}

/// A run that goes on.
fn unfinished(state: &State, run: &Run, word: &str, more: &Markup) -> Markup {
    html! {
        main #main tabindex="-1" data-live=(FOLLOW) data-said={ "The analysis is " (word) } {
            section.verdict.pending aria-label="State" {
                h1 { bdi { (run.application) } " " (badge(Tone::Pending, word)) }
                (more)
                p.action { "What to do: " strong { "wait" } ". " span.quiet { "This page follows the run." } }
            }
            (about(run))
            p.quiet { "As JSON: " a href={ "/api/v1/analyses/" (run.id) } { (state.summary(run).id) } }
        }
    }
}

/// A run that ended without a scorecard.
fn ended(run: &Run, word: &str, reason: &str, advice: &str) -> Markup {
    html! {
        main #main tabindex="-1" data-said={ "The analysis has ended: " (word) } {
            section.verdict.error aria-label="State" {
                h1 { bdi { (run.application) } " " (badge(Tone::Error, word)) }
                p.reason { bdi { (reason) } "." }
                p.action { "What to do: " strong { "hold" } }
                p.quiet { (advice) }
            }
            (about(run))
        }
    }
}

fn about(run: &Run) -> Markup {
    html! {
        dl.facts {
            dt { "Config" } dd { bdi { (run.config.name) } }
            @if let Some(when) = created(run.id) { dt { "Asked for" } dd { (moment(when)) } }
            @for (key, value) in &run.labels { dt { bdi { (key) } } dd { bdi { (value) } } }
        }
    }
}
