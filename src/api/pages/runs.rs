//! The page of all runs.
#![expect(unused_qualifications, reason = "written by utoipa's `params`")]

use std::collections::BTreeSet;

use actix_web::{HttpResponse, get, http::StatusCode, web::Data};
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use maud::{Markup, html};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    list::{Found, Since, VerdictFilter, find, table},
    respond,
};
use crate::{
    access::Grant,
    api::{
        State,
        extract::{QueryString, run_id},
        problem::{self, Code, Problem},
        refusals::BadQuery,
    },
    configs::KnownConfig,
    report::html::{Place, Refresh, Site, page},
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
    /// Only runs asked for at this time or later, in UTC.
    #[param(example = "2026-01-14T09:00")]
    from: String,
    /// Only runs asked for before this time, in UTC.
    #[param(example = "2026-01-14T10:00")]
    until: String,
    /// Only runs older than this one.
    before: String,
}

/// The page of all analyses
#[utoipa::path(
    tag = "pages",
    params(RunsQuery),
    responses(
        (status = 200, description = "The page", body = String, content_type = "text/html"),
        BadQuery,
        (status = 404, description = "No run has the id `before`", body = problem::Body<'_>, content_type = "application/problem+json"),
    )
)]
#[get("/ui")]
pub(crate) async fn runs_page(
    state: Data<State>,
    grant: Grant,
    query: QueryString<RunsQuery>,
) -> Result<HttpResponse, Problem> {
    let query = query.into_inner();
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let filter = RunFilter {
        application: given(&query.application),
        config: given(&query.config),
        since: moment_of(&query.from)?,
        until: moment_of(&query.until)?,
        before: given(&query.before).map(|id| run_id(&id)).transpose()?,
        ..RunFilter::default()
    };
    let found = find(
        &state,
        &grant,
        filter,
        query.verdict,
        query.since,
        ON_ONE_PAGE,
    )
    .await?;
    let configs = state.configs.list().await?;
    let site = state.site();
    let main = html! {
        main #main tabindex="-1" {
            h1 { "Runs" }
            (form(&site, &query, &configs, &found))
            (list(&site, &query, &found, &configs))
        }
    };
    let page = page(&site, "Runs", Place::Runs, Refresh::Never, &main);
    Ok(respond(StatusCode::OK, page))
}

/// The time that a field for one says; none if it says nothing.
fn moment_of(text: &str) -> Result<Option<Timestamp>, Problem> {
    if text.is_empty() {
        return Ok(None);
    }
    let civil: Result<DateTime, _> = text.parse();
    let zoned = civil.and_then(|civil| civil.to_zoned(TimeZone::UTC));
    let at = zoned.map_err(|_unreadable| {
        let shown: String = text.chars().take(60).collect();
        let detail = format!("{shown:?} is no time: write it in UTC, such as 2026-01-14T09:00");
        Problem::new(Code::BadRequest, detail)
    })?;
    Ok(Some(at.timestamp()))
}

fn form(site: &Site, query: &RunsQuery, configs: &[KnownConfig], found: &Found) -> Markup {
    let applications: BTreeSet<&str> = (found.rows.iter())
        .map(|row| row.summary.application.as_str())
        .collect();
    let exact = !query.from.is_empty() || !query.until.is_empty();
    html! {
        form.filter method="get" action=(site.runs()) role="search" aria-label="Filter runs" {
            label { "Application" input name="application" value=(query.application) maxlength="200" list="applications"; }
            datalist #applications { @for name in applications { option value=(name) {} } }
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
            details open[exact] {
                summary { "Exact times" }
                div.filter {
                    label { "From (UTC)" input type="datetime-local" name="from" value=(query.from); }
                    label { "Until (UTC)" input type="datetime-local" name="until" value=(query.until); }
                }
            }
            button type="submit" { "Filter" }
            @if query.is_narrow() { a href=(site.runs()) { "Show all" } }
        }
    }
}

fn list(site: &Site, query: &RunsQuery, found: &Found, configs: &[KnownConfig]) -> Markup {
    let live = query.before.is_empty().then_some(FOLLOW);
    html! {
        section #runs data-live=[live] aria-label="Runs" {
            @if found.rows.is_empty() {
                (empty(site, query))
            } @else {
                (table(site, &found.rows, configs))
            }
            nav.paging aria-label="Pages" {
                @if !query.before.is_empty() { a href=(query.page(site, "")) { "Newest" } }
                @if let Some(next) = &found.next { a rel="next" href=(query.page(site, next)) { "Older" } }
                noscript { a href="" { "Look again" } }
            }
        }
    }
}

fn empty(site: &Site, query: &RunsQuery) -> Markup {
    html! {
        div.empty {
            @if query.is_narrow() || !query.before.is_empty() {
                p { strong { "No run matches." } }
                p { a href=(site.runs()) { "Show all runs" } }
            } @else {
                p { strong { "No canary has been analysed yet." } }
                p { "A delivery pipeline starts one with " code { "POST /api/v1/analyses" } " or with the command line:" }
                pre tabindex="0" { code { "serinus analyze --application shop --config web-service \\\n  --baseline shop-v1 --canary shop-v2 --lookback 30m" } }
                p { "Runs show up here by themselves. " a href=(site.docs()) { "All about the API" } " · " a href=(site.configs()) { "The configs" } }
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
            || !self.from.is_empty()
            || !self.until.is_empty()
    }

    /// The address of the page that begins after a run, with the same filters.
    fn page(&self, site: &Site, before: &str) -> String {
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
            ("from", self.from.clone()),
            ("until", self.until.clone()),
            ("before", before.to_owned()),
        ];
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields.into_iter().filter(|(_, value)| !value.is_empty()))
            .finish();
        format!("{}?{query}", site.runs())
    }
}
