//! Two runs side by side.
#![expect(unused_qualifications, reason = "written by utoipa's `params`")]

use std::collections::BTreeMap;

use actix_web::{HttpResponse, get, http::StatusCode, web::Data};
use maud::{Markup, html};
use serde::Deserialize;
use serinus_judge::MetricResult;
use utoipa::IntoParams;

use super::{
    list::{in_words, verdict_badge},
    respond,
};
use crate::{
    access::Grant,
    analysis::{MetricEvidence, Run, Scorecard},
    api::{
        State,
        extract::{QueryString, run_id},
        problem::Problem,
        refusals::{BadQuery, NoSuchRun},
    },
    report::{
        change,
        html::{
            KnownConfig, Links, Place, Refresh, capital, compared, moment, outcome_badge, page,
            said, short,
        },
        number,
        plot::{Change, ChangeScale},
    },
    store::RunFilter,
};

/// Which runs to compare.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct CompareQuery {
    /// A run.
    a: String,
    /// Another one; without it, which to choose from.
    b: String,
}

/// Two analyses side by side
#[utoipa::path(
    tag = "pages",
    params(CompareQuery),
    responses(
        (status = 200, description = "The page", body = String, content_type = "text/html"),
        BadQuery,
        NoSuchRun,
    )
)]
#[get("/ui/compare")]
pub(crate) async fn compare_page(
    state: Data<State>,
    grant: Grant,
    query: QueryString<CompareQuery>,
) -> Result<HttpResponse, Problem> {
    let a = state.run(&grant, run_id(&query.a)?, None).await?;
    let filter = RunFilter {
        application: Some(a.application().to_owned()),
        limit: 50,
        ..RunFilter::default()
    };
    let mut others = state.runs.list(&grant, filter).await?;
    others.retain(|run| run.id != a.id);
    let b = if query.b.is_empty() {
        None
    } else {
        Some(state.run(&grant, run_id(&query.b)?, None).await?)
    };
    let cards = [
        state.last_scorecard(&a).await?,
        match &b {
            Some(b) => state.last_scorecard(b).await?,
            None => None,
        },
    ];
    let site = state.site();
    let main = html! {
        main #main tabindex="-1" {
            h1 { (title(&a, b.as_deref())) }
            @if !others.is_empty() { form.filter method="get" action=(site.compare()) aria-label="Choose a run to compare with" {
                input type="hidden" name="a" value=(a.id);
                label.grow { "Compare with" select name="b" {
                    @for run in &others {
                        option value=(run.id) selected[b.as_ref().is_some_and(|b| b.id == run.id)] { (in_words(&state, run)) }
                    }
                } }
                button type="submit" { "Compare" }
            } }
            @if others.is_empty() && b.is_none() { p.quiet { "There is no other run of this application." } }
            @if let Some(b) = &b {
                div.columns { (head(&state, &a, cards[0].as_deref(), "A")) (head(&state, b, cards[1].as_deref(), "B")) }
                (table(&state, [(&a, cards[0].as_deref()), (b, cards[1].as_deref())]))
            } @else {
                div.columns { (head(&state, &a, cards[0].as_deref(), "A")) }
            }
        }
    };
    let heading = match b.filter(|b| b.application() != a.application()) {
        Some(b) => format!(
            "A run of {} and one of {}",
            a.application(),
            b.application()
        ),
        None => format!("Two runs of {}", a.application()),
    };
    Ok(respond(
        StatusCode::OK,
        page(&site, &heading, Place::Runs, Refresh::Never, &main),
    ))
}

/// Whose runs these are.
fn title(a: &Run, b: Option<&Run>) -> Markup {
    let b = b.filter(|b| b.application() != a.application());
    html! {
        @match b {
            Some(b) => { "A run of " bdi { (a.application()) } " and one of " bdi { (b.application()) } },
            None => { "Two runs of " bdi { (a.application()) } },
        }
    }
}

fn head(state: &State, run: &Run, scorecard: Option<&Scorecard>, letter: &str) -> Markup {
    let summary = state.summary(run);
    let names = scorecard.map_or(&[][..], |scorecard| scorecard.decision.metrics.as_slice());
    let reason = capital(
        &short(&summary.reason),
        names.iter().map(|metric| metric.name.as_str()),
    );
    html! {
        div.card {
            h2 {
                (letter) ": " a href=(state.site().run(run.id)) { bdi { (run.application()) } } " "
                (verdict_badge(&summary))
            }
            p { @if summary.scored { strong { (number(summary.score)) } " of 100. " } bdi { (reason) } }
            @if let Some(scorecard) = scorecard { (compared(scorecard, run)) }
            dl.facts {
                dt { "Config" } dd { bdi { (run.config.name) } " " span.quiet { (run.config.digest.get(..12).unwrap_or_default()) } }
                dt { "Started" } dd { (moment(run.created_at)) }
                dt { "Run" } dd { code { (run.id) } }
                @if !run.labels().is_empty() {
                    dt { "Labels" }
                    dd { @for (key, value) in run.labels() { span.tag { bdi { (key) } ": " bdi { (value) } } " " } }
                }
            }
        }
    }
}

/// A metric in one of the runs.
type Side<'a> = (String, &'a MetricResult, &'a MetricEvidence);

fn sides<'a>(state: &State, run: &Run, scorecard: Option<&'a Scorecard>) -> Vec<Side<'a>> {
    // Links to metrics are the same whatever has become of the config.
    let links = Links::Service {
        site: state.site(),
        run: run.id.to_string(),
        look: None,
        config: KnownConfig::Gone,
    };
    let metrics =
        scorecard.map(|scorecard| scorecard.decision.metrics.iter().zip(&scorecard.evidence));
    (metrics.into_iter().flatten().enumerate())
        .map(|(index, (metric, evidence))| (links.metric(index, &metric.name), metric, evidence))
        .collect()
}

fn table(state: &State, runs: [(&Run, Option<&Scorecard>); 2]) -> Markup {
    let mut names: BTreeMap<&str, [Option<Side<'_>>; 2]> = BTreeMap::new();
    for (place, (run, scorecard)) in runs.into_iter().enumerate() {
        for side in sides(state, run, scorecard) {
            let name: &str = &side.1.name;
            names.entry(name).or_default()[place] = Some(side);
        }
    }
    let changes: Vec<Change> = (names.values().flatten().flatten())
        .filter_map(|(_, metric, evidence)| Change::of(metric, evidence))
        .collect();
    let scale = ChangeScale::of(&changes);
    let (same, different): (Vec<_>, Vec<_>) = names.iter().partition(|(_, sides)| is_same(sides));
    html! {
        @if names.is_empty() { p.quiet { "Neither has a scorecard." } } @else {
            p.reason {
                @if different.is_empty() { "Every metric came out the same in both." }
                @else { (different.len()) " of " (names.len()) " metrics came out differently; they stand first." }
            }
            table.metrics.pair role="table" {
                thead role="rowgroup" { tr role="row" {
                    th role="columnheader" scope="col" { "Metric" }
                    @for letter in ["A", "B"] {
                        th role="columnheader" scope="col" { "Outcome " (letter) }
                        th.n role="columnheader" scope="col" { "Change " (letter) }
                        th.scale role="columnheader" scope="col" { span.unseen { "Change " (letter) " against what is allowed" } (scale.head()) }
                    }
                } }
                tbody role="rowgroup" {
                    @for (name, sides) in different.iter().chain(&same) {
                        tr role="row" {
                            th role="rowheader" scope="row" { bdi { (name) } }
                            @for (letter, side) in ["A", "B"].into_iter().zip(*sides) { (cells(letter, side.as_ref(), &scale)) }
                        }
                    }
                }
            }
        }
    }
}

/// Whether a metric came out the same in both runs.
fn is_same(sides: &[Option<Side<'_>>; 2]) -> bool {
    let [a, b] = sides
        .each_ref()
        .map(|side| side.as_ref().map(|(_, metric, _)| metric.outcome));
    a == b
}

fn cells(letter: &str, side: Option<&Side<'_>>, scale: &ChangeScale) -> Markup {
    html! {
        @if let Some((href, metric, evidence)) = side {
            @let drawn = Change::of(metric, evidence);
            td role="cell" { span.letter { (letter) ": " } a href=(href) { (outcome_badge(metric)) } }
            td.n role="cell" { (change(metric)) }
            td.scale role="cell" { @if let Some(drawn) = &drawn { (scale.bar(drawn, metric.outcome, &said(metric, Some(drawn)))) } }
        } @else {
            td role="cell" { span.letter { (letter) ": " } span.quiet { "not there" } }
            td.n role="cell" { "–" }
            td.scale role="cell" {}
        }
    }
}
