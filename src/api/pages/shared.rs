//! What a shared link shows: the report of one run in one file, with no way to anything else.

use std::sync::Arc;

use actix_web::{
    HttpResponse, HttpResponseBuilder, get,
    http::{
        StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY,
            X_CONTENT_TYPE_OPTIONS,
        },
    },
    web::{Data, Path},
};
use maud::{Markup, html};

use super::{PlotQuery, head::Head, place_of};
use crate::{
    access::Grant,
    analysis::{Run, RunState, Scorecard},
    api::{
        State,
        extract::QueryString,
        problem::{self, Problem},
        refusals::BadQuery,
    },
    report::{
        self,
        html::{name_of_segment, single_file, single_file_policy},
    },
};

const X_ROBOTS_TAG: HeaderName = HeaderName::from_static("x-robots-tag");

/// The same for a link that never was, has expired or was revoked: nobody learns which.
fn closed() -> Problem {
    Problem::not_found("this link shows nothing: it has expired, was revoked, or was never shared")
}

/// The run that a link shows, with the scorecard it ended with: what looks found before is no report. It is taken as it is kept,
/// without links to anywhere.
async fn opened(state: &State, token: &str) -> Result<(Arc<Run>, Option<Arc<Scorecard>>), Problem> {
    let id = state.shares.open(token).await?.ok_or_else(closed)?;
    // The link itself is the right to see it.
    let shown = Grant::everything(None);
    let run = state.runs.get(&shown, id).await?.ok_or_else(closed)?;
    let ended = matches!(run.state, RunState::Succeeded(_));
    let scorecard = match run.looks.last().filter(|_| ended) {
        Some(look) => state.runs.scorecard(&run, look.number).await?,
        None => None,
    };
    Ok((run, scorecard))
}

/// A response that is kept and found by nobody, and whose address is told to nobody.
fn private(response: &mut HttpResponseBuilder) -> &mut HttpResponseBuilder {
    response
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header((X_ROBOTS_TAG, "noindex, nofollow"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
}

/// The page of a link that shows nothing.
pub(super) fn nothing_shared(status: StatusCode, title: &str, problem: &Problem) -> HttpResponse {
    let main = html! {
        main #main tabindex="-1" {
            section.verdict.error { h1 { (title) } p.reason { bdi { (problem) } "." } }
        }
    };
    as_page(status, title, &main)
}

fn as_page(status: StatusCode, title: &str, main: &Markup) -> HttpResponse {
    page_in_one_file(status, single_file(title, main).into_string())
}

fn page_in_one_file(status: StatusCode, page: String) -> HttpResponse {
    private(&mut HttpResponse::build(status))
        .content_type("text/html; charset=utf-8")
        .insert_header((
            CONTENT_SECURITY_POLICY,
            format!("{}; frame-ancestors 'none'", single_file_policy()),
        ))
        .body(page)
}

/// The report of a shared analysis
///
/// A page in one file; while there is no scorecard yet, where the analysis stands.
#[utoipa::path(
    tag = "shares",
    params(("token" = String, Path, description = "What the link ends with")),
    responses(
        (status = 200, description = "The report", body = String, content_type = "text/html"),
        (status = 404, description = "The link shows nothing (any more)", body = problem::Body<'_>, content_type = "application/problem+json"),
    )
)]
#[get("/share/{token}")]
pub(crate) async fn shared_page(
    state: Data<State>,
    token: Path<String>,
) -> Result<HttpResponse, Problem> {
    let (run, scorecard) = opened(&state, &token).await?;
    Ok(match scorecard {
        Some(scorecard) => page_in_one_file(StatusCode::OK, report::html_of_run(&scorecard, &run)),
        None => {
            let head = Head::of(None, &run, None);
            let title = format!("{}: {}", run.application(), head.word);
            let main = html! { main #main tabindex="-1" { (head.section) } };
            as_page(StatusCode::OK, &title, &main)
        }
    })
}

/// A metric of a shared analysis as an image
///
/// SVG, as the service's own.
#[utoipa::path(
    tag = "shares",
    params(
        PlotQuery,
        ("token" = String, Path, description = "What the link ends with"),
        ("name" = String, Path, description = "The metric"),
    ),
    responses(
        (status = 200, description = "The image", body = String, content_type = "image/svg+xml"),
        BadQuery,
        (status = 404, description = "The link shows nothing (any more), or there is nothing to draw", body = problem::Body<'_>, content_type = "application/problem+json"),
    )
)]
#[get("/share/{token}/metrics/{name}.svg")]
pub(crate) async fn shared_image(
    state: Data<State>,
    path: Path<(String, String)>,
    query: QueryString<PlotQuery>,
) -> Result<HttpResponse, Problem> {
    let (token, name) = path.into_inner();
    let (_, scorecard) = opened(&state, &token).await?;
    let scorecard = scorecard.ok_or_else(|| Problem::not_found("there is no scorecard (yet)"))?;
    let place = place_of(&scorecard, name_of_segment(&name))?;
    let svg = query.draw(
        &scorecard.decision.metrics[place],
        &scorecard.evidence[place],
    )?;
    Ok(private(&mut HttpResponse::Ok())
        .content_type("image/svg+xml")
        .insert_header((
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'",
        ))
        .body(svg))
}
