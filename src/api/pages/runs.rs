//! The page of all runs.
#![expect(unused_qualifications, reason = "written by utoipa's `params`")]

use actix_web::{HttpResponse, get, http::StatusCode, web::Data};
use maud::{Markup, html};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    list::{Found, Since, VerdictFilter, find, table},
    respond,
};
use crate::{
    api::{
        State,
        extract::{QueryString, run_id},
        problem::{self, Problem},
    },
    configs::KnownConfig,
    report::html::{Place, Refresh, page},
    store::RunFilter,
};

const ON_ONE_PAGE: usize = 25;
/// How often the newest runs are asked for, in seconds.
const FOLLOW: u64 = 5;

/// Which runs to show; fields left empty leave nothing out.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RunsQuery {
    /// Only runs of this application.
    application: String,
    /// Only runs under the config of this name.
    config: String,
    /// Only runs with this verdict.
    #[param(value_type = String)]
    verdict: VerdictFilter,
    /// Only runs asked for in this time: `1h`, `24h` or `7d`.
    #[param(value_type = String)]
    since: Since,
    /// Only runs older than this one.
    before: String,
}

/// The page of all analyses
#[utoipa::path(
    tag = "pages",
    params(RunsQuery),
    responses(
        (status = 200, description = "The page", body = String, content_type = "text/html"),
        (status = 400, description = "Bad query string", body = problem::Body<'_>, content_type = "application/problem+json"),
        (status = 404, description = "No run has the id `before`", body = problem::Body<'_>, content_type = "application/problem+json"),
    )
)]
#[get("/ui")]
pub(crate) async fn runs_page(
    state: Data<State>,
    query: QueryString<RunsQuery>,
) -> Result<HttpResponse, Problem> {
    let query = query.into_inner();
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let filter = RunFilter {
        application: given(&query.application),
        config: given(&query.config),
        before: given(&query.before).map(|id| run_id(&id)).transpose()?,
        ..RunFilter::default()
    };
    let found = find(&state, filter, query.verdict, query.since, ON_ONE_PAGE).await?;
    let configs = state.configs.list().await?;
    let main = html! {
        main #main tabindex="-1" {
            h1 { "Runs" }
            (form(&query, &configs))
            (list(&query, &found))
        }
    };
    let page = page("Runs", Place::Runs, Refresh::Never, &main);
    Ok(respond(StatusCode::OK, page))
}

fn form(query: &RunsQuery, configs: &[KnownConfig]) -> Markup {
    html! {
        form.filter method="get" action="/ui" role="search" aria-label="Filter runs" {
            label { "Application" input name="application" value=(query.application) maxlength="200"; }
            label { "Config" input name="config" value=(query.config) maxlength="200" list="configs"; }
            datalist #configs { @for config in configs { option value=(config.name()) {} } }
            label { "Verdict" select name="verdict" {
                @for (choice, value, word) in VerdictFilter::ALL {
                    option value=(value) selected[choice == query.verdict] { (word) }
                }
            } }
            label { "Time" select name="since" {
                @for (choice, value, word) in Since::ALL {
                    option value=(value) selected[choice == query.since] { (word) }
                }
            } }
            button type="submit" { "Filter" }
            @if query.is_narrow() { a href="/ui" { "Show all" } }
        }
    }
}

fn list(query: &RunsQuery, found: &Found) -> Markup {
    let live = query.before.is_empty().then_some(FOLLOW);
    html! {
        section #runs data-live=[live] aria-label="Runs" {
            @if found.rows.is_empty() {
                (empty(query))
            } @else {
                (table(&found.rows))
            }
            nav.paging aria-label="Pages" {
                @if !query.before.is_empty() { a href=(query.page("")) { "Newest" } }
                @if let Some(next) = &found.next { a rel="next" href=(query.page(next)) { "Older" } }
            }
        }
    }
}

fn empty(query: &RunsQuery) -> Markup {
    html! {
        div.empty {
            @if query.is_narrow() || !query.before.is_empty() {
                p { strong { "No run matches." } }
                p { a href="/ui" { "Show all runs" } }
            } @else {
                p { strong { "No canary has been analysed yet." } }
                p { "A delivery pipeline starts one with " code { "POST /api/v1/analyses" } " or with the command line:" }
                pre tabindex="0" { code { "serinus analyze --application shop --config web-service \\\n  --baseline shop-v1 --canary shop-v2 --lookback 30m" } }
                p { "Runs show up here by themselves. " a href="/docs/" { "All about the API" } " · " a href="/ui/configs" { "The configs" } }
            }
        }
    }
}

impl RunsQuery {
    fn is_narrow(&self) -> bool {
        !self.application.is_empty()
            || !self.config.is_empty()
            || self.verdict != VerdictFilter::Any
            || self.since != Since::Ever
    }

    /// The address of the page that begins after a run, with the same filters.
    fn page(&self, before: &str) -> String {
        let word = |value: &str| value.to_owned();
        let verdict = VerdictFilter::ALL
            .iter()
            .find(|(choice, ..)| *choice == self.verdict);
        let since = Since::ALL.iter().find(|(choice, ..)| *choice == self.since);
        let fields = [
            ("application", self.application.clone()),
            ("config", self.config.clone()),
            (
                "verdict",
                verdict.map_or_else(String::new, |(_, value, _)| word(value)),
            ),
            (
                "since",
                since.map_or_else(String::new, |(_, value, _)| word(value)),
            ),
            ("before", before.to_owned()),
        ];
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields.into_iter().filter(|(_, value)| !value.is_empty()))
            .finish();
        format!("/ui?{query}")
    }
}
