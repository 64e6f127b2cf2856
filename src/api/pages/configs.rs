//! The page of all configs.

use actix_web::{HttpResponse, get, http::StatusCode, web::Data};
use maud::{Markup, html};

use super::{
    list::{Since, VerdictFilter, find, verdict_badge},
    respond,
};
use crate::{
    access::Grant,
    analysis::Summary,
    api::{State, problem::Problem},
    canary_config::ConfigOrigin,
    configs::KnownConfig,
    kayenta::Given,
    report::html::{Place, Refresh, Site, page},
    store::RunFilter,
};

/// How many of a config's verdicts are shown in the list.
const RECENT: usize = 5;

/// The page of all configs
#[utoipa::path(tag = "pages", responses((status = 200, description = "The page", body = String, content_type = "text/html")))]
#[get("/ui/configs")]
pub(crate) async fn configs_page(
    state: Data<State>,
    grant: Grant,
) -> Result<HttpResponse, Problem> {
    let mut rows = Vec::new();
    for config in state.configs.list().await? {
        let recent = recent(&state, &grant, config.name(), RECENT).await?;
        rows.push((config, recent));
    }
    let site = state.site();
    let main = html! {
        main #main tabindex="-1" {
            h1 { "Configs" }
            p.quiet { "What is compared, how strictly, and how much each part weighs. A request names one of these, or brings its own." }
            table.configs role="table" {
                thead role="rowgroup" { tr role="row" {
                    th role="columnheader" scope="col" { "Config" }
                    th role="columnheader" scope="col" { "What it is for" }
                    th.n role="columnheader" scope="col" { "Metrics" }
                    th role="columnheader" scope="col" { "From" }
                    th role="columnheader" scope="col" { "Last verdicts" }
                } }
                tbody role="rowgroup" { @for (config, recent) in &rows { (row(&site, config, recent)) } }
            }
        }
    };
    let page = page(&site, "Configs", Place::Configs, Refresh::Never, &main);
    Ok(respond(StatusCode::OK, page))
}

fn row(site: &Site, found: &KnownConfig, recent: &[Summary]) -> Markup {
    let usable = found.usable(&Given::default());
    html! { tr role="row" {
        th role="rowheader" scope="row" { a href=(site.config(&found.key)) { bdi { (found.name()) } } }
        @match &usable {
            Ok(usable) => {
                td.why role="cell" { bdi { (usable.config.description) } }
                td.n role="cell" { (usable.config.metrics.len()) span.letter { " metrics" } }
            }
            Err(mistakes) => {
                td.why role="cell" { "No run is possible under it: " @for mistake in mistakes { bdi { (mistake) } " " } }
                td.n role="cell" { "–" }
            }
        }
        td role="cell" { span.letter { "from: " } (origin(found.origin)) }
        td role="cell" {
            @if recent.is_empty() { span.quiet { span.letter { "verdicts: " } "none yet" } }
            @for run in recent { a href=(site.run(&run.id)) { (verdict_badge(run)) } " " }
        }
    } }
}

pub(super) fn origin(origin: ConfigOrigin) -> &'static str {
    match origin {
        ConfigOrigin::ReadyMade => "ready-made",
        ConfigOrigin::Directory => "directory",
        ConfigOrigin::Stored => "stored",
    }
}

/// The last runs under a config.
pub(super) async fn recent(
    state: &State,
    grant: &Grant,
    config: &str,
    count: usize,
) -> Result<Vec<Summary>, Problem> {
    let filter = RunFilter {
        config: Some(config.to_owned()),
        ..RunFilter::default()
    };
    let found = find(state, grant, filter, VerdictFilter::Any, Since::Ever, count).await?;
    Ok(found.rows.into_iter().map(|row| row.summary).collect())
}
