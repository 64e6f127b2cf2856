//! The page of all rollouts.
#![expect(unused_qualifications, reason = "written by utoipa's `params`")]

use actix_web::{HttpResponse, get, http::StatusCode, web::Data};
use maud::{Markup, html};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{
    respond,
    stages::{share, state_badge},
};
use crate::{
    access::Grant,
    api::{
        State,
        extract::QueryString,
        problem::{self, Problem},
        refusals::BadQuery,
        rollouts::rollout_id,
    },
    report::html::{Place, Refresh, Site, moment, page, short},
    rollouts::Told,
};

const ON_ONE_PAGE: usize = 25;
/// How often the newest rollouts are asked for, in seconds.
const FOLLOW: u64 = 5;

/// Which rollouts to show; fields left empty leave nothing out.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RolloutsQuery {
    /// Only rollouts of this application.
    application: String,
    /// Only rollouts older than this one.
    before: String,
}

/// The page of all rollouts
#[utoipa::path(
    tag = "pages",
    params(RolloutsQuery),
    responses(
        (status = 200, description = "The page", body = String, content_type = "text/html"),
        BadQuery,
        (status = 404, description = "No rollout has the id `before`", body = problem::Body<'_>, content_type = "application/problem+json"),
    )
)]
#[get("/ui/rollouts")]
pub(crate) async fn rollouts_page(
    state: Data<State>,
    grant: Grant,
    query: QueryString<RolloutsQuery>,
) -> Result<HttpResponse, Problem> {
    let application = (!query.application.is_empty()).then_some(query.application.as_str());
    let before = match query.before.as_str() {
        "" => None,
        id => Some(rollout_id(id)?),
    };
    // One more than is shown tells whether there is a next page.
    let mut found = (state.rollouts)
        .newest(&grant, application, before, ON_ONE_PAGE + 1)
        .await?;
    let more = found.len() > ON_ONE_PAGE;
    found.truncate(ON_ONE_PAGE);
    let next = found.last().filter(|_| more).map(|told| told.rollout.id);
    let site = state.site();
    let live = before.is_none().then_some(FOLLOW);
    let main = html! {
        main #main tabindex="-1" {
            h1 { "Rollouts" }
            form.filter method="get" action=(site.rollouts()) role="search" aria-label="Filter rollouts" {
                label { "Application" input name="application" value=(query.application) maxlength="200"; }
                button type="submit" { "Filter" }
                @if application.is_some() { a href=(site.rollouts()) { "Show all" } }
            }
            section #rollouts data-live=[live] aria-label="Rollouts" {
                @if found.is_empty() { (empty(&site, &query)) } @else { (table(&site, &found)) }
                nav.paging aria-label="Pages" {
                    @if before.is_some() { a href=(query.page(&site, "")) { "Newest" } }
                    @if let Some(next) = next { a rel="next" href=(query.page(&site, &next.to_string())) { "Older" } }
                }
            }
        }
    };
    let page = page(&site, "Rollouts", Place::Rollouts, Refresh::Never, &main);
    Ok(respond(StatusCode::OK, page))
}

fn table(site: &Site, found: &[Told]) -> Markup {
    html! {
        table.runs role="table" {
            thead role="rowgroup" { tr role="row" {
                @for (class, head) in [("", "State"), ("n", "Traffic"), ("", "Application"), ("", "Stage"), ("", "Where it stands"), ("", "Planned")] {
                    th.(class) role="columnheader" scope="col" { (head) }
                }
            } }
            tbody role="rowgroup" {
                @for Told { rollout, standing, .. } in found {
                    tr role="row" {
                        td role="cell" { (state_badge(standing.state)) }
                        td.n role="cell" { (share(standing.weight)) }
                        th role="rowheader" scope="row" { a href=(site.rollout(rollout.id)) { bdi { (rollout.request.application) } } }
                        td role="cell" { "stage " (standing.stage) " of " (rollout.request.stages.len()) }
                        td.why role="cell" { bdi { (short(&standing.reason)) } }
                        td.when role="cell" { (moment(rollout.created_at)) }
                    }
                }
            }
        }
    }
}

fn empty(site: &Site, query: &RolloutsQuery) -> Markup {
    html! {
        div.empty {
            @if query.application.is_empty() && query.before.is_empty() {
                p { strong { "No rollout has been planned yet." } }
                p { "A delivery pipeline plans one with " code { "POST /api/v1/rollouts" }
                    ": a config and stages, each with a share of the traffic. It shifts the traffic, reports each stage live, and is told whether to go on." }
                p { "See one: " code { "serinus demo --rollout" } ". " a href=(site.docs()) { "All about the API" } }
            } @else {
                p { strong { "No rollout matches." } }
                p { a href=(site.rollouts()) { "Show all rollouts" } }
            }
        }
    }
}

impl RolloutsQuery {
    /// The address of the page that begins after a rollout, with the same filter.
    fn page(&self, site: &Site, before: &str) -> String {
        let fields = [
            ("application", self.application.as_str()),
            ("before", before),
        ];
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields.into_iter().filter(|(_, value)| !value.is_empty()))
            .finish();
        format!("{}?{query}", site.rollouts())
    }
}
