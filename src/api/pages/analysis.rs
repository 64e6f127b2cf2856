//! The page of one run.
#![expect(unused_qualifications, reason = "written by utoipa's `params`")]

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::StatusCode,
    web::{Data, Path},
};
use maud::{Markup, html};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    accept::{Form, preferred},
    head::Head,
    looks::looks,
    respond,
    stages::stage_of,
};
use crate::{
    access::Grant,
    analysis::{Look, Run, RunState, Scorecard},
    api::{
        State,
        extract::{QueryString, run_id},
        problem::Problem,
        refusals::{BadQuery, NoSuchLook},
    },
    canary_config::CanaryConfig,
    report::{
        self,
        html::{
            Depth, Links, Place, Refresh, Site, facts, guardrails, metric, metrics, moment, page,
            population, score, undecided,
        },
    },
};

/// Which look of the run to show.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct LookQuery {
    /// What this look found, from 1; if not given, the last one.
    pub(super) look: Option<u32>,
}

impl LookQuery {
    /// The look, if it is another one than the run's last.
    pub(super) fn of<'a>(&self, run: &'a Run) -> Result<Option<&'a Look>, Problem> {
        let Some(number) = self.look else {
            return Ok(None);
        };
        let place = run.looks.iter().position(|look| look.number == number);
        let place = place
            .ok_or_else(|| Problem::not_found("the analysis has had no look of this number"))?;
        Ok((place + 1 < run.looks.len()).then(|| &run.looks[place]))
    }
}

/// The page of an analysis
///
/// The scorecard; while the run goes on, where it stands. As text for those who accept `text/plain` rather than HTML.
#[utoipa::path(
    tag = "pages",
    params(LookQuery, ("id" = String, Path, description = "The run")),
    responses(
        (status = 200, description = "The page", content((String = "text/html"), (String = "text/plain"))),
        BadQuery,
        NoSuchLook,
    )
)]
#[get("/ui/analyses/{id}")]
pub(crate) async fn analysis_page(
    request: HttpRequest,
    state: Data<State>,
    grant: Grant,
    id: Path<String>,
    query: QueryString<LookQuery>,
) -> Result<HttpResponse, Problem> {
    // Under its id and `.txt` a run is text whatever is accepted.
    let (id, form) = match id.strip_suffix(".txt") {
        Some(id) => (id, Form::Text),
        None => (id.as_str(), preferred(&request)),
    };
    let run = state.run(&grant, run_id(id)?, None).await?;
    let look = query.of(&run)?;
    let scorecard = match look {
        Some(look) => state.runs.scorecard(&run, look.number).await?,
        None => state.last_scorecard(&run).await?,
    };
    if form == Form::Text {
        // Its first line is a verdict: that of the run, or of the look that was asked for.
        let decided = look.is_some() || matches!(run.state, RunState::Succeeded(_));
        let scorecard = scorecard.as_deref().filter(|_| decided);
        return Ok(text(&state, &run, scorecard));
    }
    let shown = Shown {
        site: state.site(),
        links: state.links(&run, look.map(|look| look.number)).await,
        stage: stage_of(&state, &run).await?,
        config: state.config_of(&run).await,
        run: &run,
        look,
        scorecard: scorecard.as_deref(),
    };
    Ok(respond(StatusCode::OK, shown.page()))
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

/// What a run's page shows.
struct Shown<'a> {
    site: Site,
    links: Links,
    /// The rollout whose stage the run judges.
    stage: Markup,
    /// Its config, if that is still known.
    config: Option<Arc<CanaryConfig>>,
    run: &'a Run,
    /// The look it is about, if that is not the last one.
    look: Option<&'a Look>,
    /// What that look found.
    scorecard: Option<&'a Scorecard>,
}

impl Shown<'_> {
    fn page(&self) -> Markup {
        let run = self.run;
        let head = match self.look {
            Some(look) => Head::of_look(&self.site, run, look, self.scorecard),
            None => Head::of(Some(&self.site), run, self.scorecard),
        };
        let live = head.live();
        let main = html! {
            main #main tabindex="-1" data-live=[live] data-said={ "The analysis: " (head.word) } {
                (self.stage)
                (head.section)
                (looks(&self.site, run, self.look.map(|look| look.number)))
                @match self.scorecard {
                    Some(scorecard) => (self.parts(scorecard)),
                    None => (self.about()),
                }
            }
        };
        let refresh = live.map_or(Refresh::Never, Refresh::Every);
        let title = format!("{}: {}", run.application(), head.word);
        page(&self.site, &title, Place::Runs, refresh, &main)
    }

    fn parts(&self, scorecard: &Scorecard) -> Markup {
        html! {
            (metrics(scorecard, &self.links))
            (undecided(scorecard, self.config.as_deref(), &self.links))
            @if let Some(config) = &self.config { (guardrails(config, scorecard)) }
            div.columns { (score(&scorecard.decision)) (facts(scorecard, &self.links, Some(self.run))) }
            @if let ([only], [evidence]) = (scorecard.decision.metrics.as_slice(), scorecard.evidence.as_slice()) {
                (metric(only, evidence, Depth::Part(0)))
            }
        }
    }

    /// What is known of a run without a scorecard.
    fn about(&self) -> Markup {
        let run = self.run;
        html! {
            dl.facts {
                @for (side, scope) in [("Baseline", &run.request.baseline), ("Canary", &run.request.canary)] {
                    @if let Some(scope) = scope { dt { (side) } dd { (population(scope)) } }
                }
                @if let Some((start, end)) = run.request.window.start.zip(run.request.window.end) {
                    dt { "Window" } dd { (moment(start)) " to " (moment(end)) }
                }
                dt { "Config" } dd { bdi { (run.config.name) } }
                dt { "Asked for" } dd { (moment(run.created_at)) }
                @for (key, value) in run.labels() { dt { bdi { (key) } } dd { bdi { (value) } } }
                dt { "Run" } dd { a href=(self.site.in_api(run.id, "")) { (run.id) } }
            }
        }
    }
}
