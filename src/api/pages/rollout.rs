//! The page of one rollout: where it stands, its stages with what was found, and its record.

use std::sync::Arc;

use actix_web::{
    HttpResponse, get,
    http::StatusCode,
    web::{Data, Path},
};
use maud::{Markup, html};

use super::{
    decision::decision,
    list::verdict_badge,
    respond,
    stages::{advice, share, state_badge, tone, word},
};
use crate::{
    access::Grant,
    analysis::{Run, SummaryVerdict},
    api::{State, problem::Problem, refusals::NoSuchRollout, rollouts::rollout_id},
    report::{
        html::{Place, Refresh, Site, Tone, moment, page, short},
        number,
        plot::{Step, steps},
    },
    rollouts::{
        Approval, Decision, Entry, Event, Found, Rollout, StageRequest, Standing, Undecided,
    },
};

/// How soon the page of a rollout that goes on asks anew, in seconds.
const FOLLOW: u64 = 3;

/// A stage with the run that judged it last.
struct Stage<'a> {
    /// From 1.
    number: usize,
    asked: &'a StageRequest,
    run: Judged,
}

/// What has become of a stage.
enum Judged {
    /// It has not been live.
    NotYet,
    /// By this run.
    By(Arc<Run>),
    /// It was live, and its run is no longer kept.
    Forgotten,
}

/// The page of a rollout
#[utoipa::path(
    tag = "pages",
    params(("id" = String, Path, description = "The rollout")),
    responses(
        (status = 200, description = "The page", body = String, content_type = "text/html"),
        NoSuchRollout,
    )
)]
#[get("/ui/rollouts/{id}")]
pub(crate) async fn rollout_page(
    state: Data<State>,
    grant: Grant,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let told = state.rollouts.get(&grant, rollout_id(&id)?).await?;
    let (rollout, standing) = (&told.rollout, &told.standing);
    let mut stages = Vec::new();
    for (index, asked) in rollout.request.stages.iter().enumerate() {
        let number = index + 1;
        let run = match rollout.run_of(number) {
            None => Judged::NotYet,
            Some(run) => match state.runs.get(&grant, run).await? {
                Some(run) => Judged::By(run),
                None => Judged::Forgotten,
            },
        };
        stages.push(Stage { number, asked, run });
    }
    let site = state.site();
    let live = (!standing.state.is_final()).then_some(FOLLOW);
    let said = format!("The rollout: {}", word(standing.state));
    let main = html! {
        main #main tabindex="-1" {
            // The form stays outside of what is made anew.
            div #standing data-live=[live] data-said=(said) {
                (head(rollout, standing))
                (staircase(&state, &stages, standing))
                (table(&state, &site, &stages, standing))
                (record(&site, rollout))
            }
            @if !standing.state.is_final() { (decision(&site, rollout, standing)) }
            (facts(&site, rollout))
        }
    };
    let title = format!(
        "Rollout of {}: {}",
        rollout.request.application,
        word(standing.state)
    );
    Ok(respond(
        StatusCode::OK,
        page(&site, &title, Place::Rollouts, Refresh::Never, &main),
    ))
}

fn head(rollout: &Rollout, standing: &Standing) -> Markup {
    let mut reason = short(&standing.reason);
    reason += if reason.ends_with(['.', '…']) {
        ""
    } else {
        "."
    };
    html! {
        section.verdict.(tone(standing.state).class()) aria-label="Where it stands" {
            h1 { bdi { (rollout.request.application) } " " (state_badge(standing.state)) }
            div.score {
                p { strong { (share(standing.weight)) } }
                p { "of the traffic for the canary" }
            }
            p.reason { bdi { (reason) } }
            p.action { "What to do: " strong { (advice(standing.action)) } }
            @if !standing.state.is_final() {
                noscript { p.quiet { a href="" { "Look again" } } }
            }
        }
    }
}

/// How a stage is to be taken, if it has been live.
fn found(state: &State, stage: &Stage<'_>) -> Option<Tone> {
    match &stage.run {
        Judged::NotYet => None,
        Judged::By(run) => Some(Tone::from(state.summary(run).verdict)),
        Judged::Forgotten => Some(Tone::Pending),
    }
}

fn staircase(state: &State, stages: &[Stage<'_>], standing: &Standing) -> Markup {
    let drawn: Vec<Step> = (stages.iter())
        .map(|stage| Step {
            weight: stage.asked.weight.get(),
            found: found(state, stage),
            here: stage.number == standing.stage,
        })
        .collect();
    let said = format!(
        "{} stages up to {} of the traffic; the rollout stands at stage {}",
        stages.len(),
        stages
            .last()
            .map_or_else(String::new, |last| share(last.asked.weight.get())),
        standing.stage
    );
    html! { div.steps { (steps(&drawn, &said)) } }
}

fn table(state: &State, site: &Site, stages: &[Stage<'_>], standing: &Standing) -> Markup {
    html! {
        section aria-labelledby="stages" {
            h2 #stages { "Stages" }
            table.runs.of-stages role="table" {
                thead role="rowgroup" { tr role="row" {
                    @for (class, head) in [("", "Verdict"), ("n", "Score"), ("", "Stage"), ("", "Watched"), ("", "Why"), ("", "Rules")] {
                        th.(class) role="columnheader" scope="col" { (head) }
                    }
                } }
                tbody role="rowgroup" { @for stage in stages { (row(state, site, stage, standing)) } }
            }
        }
    }
}

fn row(state: &State, site: &Site, stage: &Stage<'_>, standing: &Standing) -> Markup {
    let here = stage.number == standing.stage;
    let name = html! { "Stage " (stage.number) ": " (share(stage.asked.weight.get())) };
    html! {
        tr role="row" aria-current=[here.then_some("step")] {
            @match &stage.run {
                Judged::By(run) => {
                    @let summary = state.summary(run);
                    td role="cell" { (verdict_badge(&summary)) }
                    td.n role="cell" { @if summary.scored { (number(summary.score)) } @else { "–" } }
                    th role="rowheader" scope="row" { a href=(site.run(run.id)) { (name) } }
                    td role="cell" { (watched(stage.asked, run, summary.verdict)) }
                    td.why role="cell" { bdi { (short(&summary.reason)) } }
                }
                Judged::NotYet => {
                    td role="cell" { span.quiet { @if here { "next" } @else { "to come" } } }
                    td.n role="cell" { "–" }
                    th role="rowheader" scope="row" { (name) }
                    td role="cell" { (format!("{:#}", stage.asked.duration)) }
                    td.why role="cell" { @if here { "the pipeline has to shift the traffic and report the stage live" } }
                }
                Judged::Forgotten => {
                    td role="cell" { span.quiet { "unknown" } }
                    td.n role="cell" { "–" }
                    th role="rowheader" scope="row" { (name) }
                    td role="cell" { (format!("{:#}", stage.asked.duration)) }
                    td.why role="cell" { "its run is no longer kept" }
                }
            }
            td.rules role="cell" { (rules(stage.asked)) }
        }
    }
}

fn watched(asked: &StageRequest, run: &Run, verdict: SummaryVerdict) -> Markup {
    let planned = run.request.looks_planned();
    html! {
        (format!("{:#}", asked.duration))
        @if planned > 1 {
            small { @if verdict == SummaryVerdict::Pending { "look " (run.looks.len()) " of " (planned) } @else if run.looks.len() == 1 { "ended at the first look" } @else { (run.looks.len()) " looks" } }
        }
    }
}

/// What decides about a stage, in words.
fn rules(stage: &StageRequest) -> Markup {
    html! {
        @if let Some(within) = &stage.within { div { "up to " (number(within.0)) " times the baseline" } }
        @if let Some(warm_up) = stage.warm_up { div { "after " (format!("{warm_up:#}")) " of warm-up" } }
        @match stage.approval {
            Approval::Automatic => {}
            Approval::Manual => div { "a person approves" },
        }
        @match stage.undecided {
            Undecided::Hold => div { "undecided: hold" },
            Undecided::Proceed => div { "undecided: go on if nothing is worse" },
        }
    }
}

fn record(site: &Site, rollout: &Rollout) -> Markup {
    html! {
        section.card aria-labelledby="record" {
            h2 #record { "What happened" }
            ol.record {
                li { (moment(rollout.created_at)) " The rollout was planned." }
                @for Entry { at, what } in &rollout.record {
                    li {
                        (moment(*at)) " "
                        @match what {
                            Event::Live { stage, since, run } => {
                                "Stage " (stage) " was reported live since " (moment(*since)) "; "
                                a href=(site.run(run)) { "the analysis that judges it" } "."
                            }
                            Event::Judged { stage, run, found, reason } => {
                                "Stage " (stage) " was judged, " a href=(site.run(run)) { (ended(*found)) } ": " bdi { (short(reason)) }
                            }
                            Event::Decided { action, by, reason, who, .. } => {
                                strong { bdi { (by) } } " decided to " strong { (decided(*action)) } ": " bdi { (short(reason)) }
                                @if !who.is_empty() { small { " (called as " bdi { (who) } ")" } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn ended(found: Found) -> &'static str {
    match found {
        Found::Pass => "pass",
        Found::Marginal => "marginal",
        Found::Fail => "fail",
        Found::NothingWorse => "undecided, with nothing worse",
        Found::Inconclusive => "inconclusive",
        Found::Error => "without a verdict",
        Found::Cancelled => "cancelled",
    }
}

fn decided(action: Decision) -> &'static str {
    match action {
        Decision::Promote => "promote",
        Decision::Hold => "hold",
        Decision::Rollback => "roll back",
    }
}

fn facts(site: &Site, rollout: &Rollout) -> Markup {
    let request = &rollout.request;
    html! {
        section.card aria-labelledby="facts" {
            h2 #facts { "What is rolled out" }
            dl.facts {
                @for (side, scope) in [("Baseline", &request.baseline), ("Canary", &request.canary)] {
                    @if let Some(scope) = scope { dt { (side) } dd { bdi { (scope.scope) } } }
                }
                dt { "Config" } dd { bdi { (rollout.config.name) } }
                dt { "Planned" } dd { (moment(rollout.created_at)) }
                @if !request.labels.is_empty() {
                    dt { "Labels" }
                    dd { @for (key, value) in &request.labels { span.tag { bdi { (key) } ": " bdi { (value) } } " " } }
                }
                dt { "As JSON" } dd { a href=(site.at(format_args!("/api/v1/rollouts/{}", rollout.id))) { (rollout.id) } }
            }
        }
    }
}
