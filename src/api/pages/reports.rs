//! A run's report as a file, and its plots as images.
#![expect(unused_qualifications, reason = "written by utoipa's `params`")]

use actix_web::{
    HttpResponse, get,
    http::header::{
        CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, X_CONTENT_TYPE_OPTIONS,
    },
    web::{Data, Path},
};
use serde::Deserialize;
use serinus_judge::{MetricResult, Outcome};
use utoipa::{IntoParams, ToSchema};

use super::place_of;
use crate::{
    access::Grant,
    analysis::{MetricEvidence, RunState},
    api::{
        State,
        extract::{QueryString, run_id},
        problem::{self, Code, Problem},
        refusals::{BadQuery, NoScorecard},
    },
    report::{self, Plot, Theme, html::name_of_segment, html::single_file_policy},
};

/// The forms of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ReportForm {
    /// A page in one file.
    Html,
    /// Text for a terminal.
    Txt,
    /// Markdown, for pull requests and chats.
    Md,
    /// `JUnit`, for CI systems.
    Xml,
}

/// The report as a file
///
/// The scorecard as `html` (one file, which loads nothing), `txt`, `md` or `xml` (`JUnit`).
#[utoipa::path(
    tag = "analyses",
    params(
        ("id" = String, Path, description = "The run"),
        ("form" = inline(ReportForm), Path, description = "Its form"),
    ),
    responses(
        (status = 200, description = "The report", content(
            (String = "text/html"), (String = "text/plain"), (String = "text/markdown"), (String = "application/xml"),
        )),
        (status = 404, description = "No such run or form", body = problem::Body<'_>, content_type = "application/problem+json"),
        NoScorecard,
    )
)]
#[get("/api/v1/analyses/{id}/report.{form}")]
pub(crate) async fn report_file(
    state: Data<State>,
    grant: Grant,
    path: Path<(String, ReportForm)>,
) -> Result<HttpResponse, Problem> {
    let (id, form) = path.into_inner();
    let run = state.run(&grant, run_id(&id)?, None).await?;
    let scorecard = state.final_scorecard(&run).await?;
    let (content_type, text) = match form {
        ReportForm::Html => (
            "text/html; charset=utf-8",
            report::html_of_run(&scorecard, &run),
        ),
        ReportForm::Txt => (
            "text/plain; charset=utf-8",
            report::text(&scorecard, report::Colour::Never),
        ),
        ReportForm::Md => ("text/markdown; charset=utf-8", report::markdown(&scorecard)),
        ReportForm::Xml => (
            "application/xml",
            report::junit(&scorecard)
                .map_err(|error| Problem::new(Code::Internal, error.to_string()))?,
        ),
    };
    Ok(HttpResponse::Ok()
        .content_type(content_type)
        .insert_header((CONTENT_SECURITY_POLICY, single_file_policy()))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((
            CONTENT_DISPOSITION,
            format!("inline; filename=\"report-{}\"", run.id),
        ))
        .body(text))
}

/// Why an image does not tell what a run found.
const UNJUDGED: &str = "the run has not ended with a verdict";

/// What to draw.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PlotQuery {
    /// What is shown; both sides over time if not given.
    #[param(inline)]
    plot: Plot,
    /// The surroundings it is drawn for; those of the reader's system if not given.
    #[param(inline)]
    theme: Theme,
}

impl Default for PlotQuery {
    fn default() -> Self {
        Self {
            plot: Plot::Time,
            theme: Theme::Auto,
        }
    }
}

impl PlotQuery {
    /// The image of a metric.
    pub(super) fn draw(
        &self,
        metric: &MetricResult,
        evidence: &MetricEvidence,
    ) -> Result<String, Problem> {
        report::plot(metric, evidence, self.plot, self.theme).ok_or_else(|| {
            Problem::not_found("there is nothing to draw: no samples, or no change in percent")
        })
    }
}

/// A metric as an image
///
/// SVG with a title and a description for those who do not see it. Of a run that has not ended with a verdict it shows the samples
/// of the last look, and not what that found.
#[utoipa::path(
    tag = "analyses",
    params(
        PlotQuery,
        ("id" = String, Path, description = "The run"),
        ("name" = String, Path, description = "The metric"),
    ),
    responses(
        (status = 200, description = "The image", body = String, content_type = "image/svg+xml"),
        BadQuery,
        (status = 404, description = "No such run or metric, or nothing to draw", body = problem::Body<'_>, content_type = "application/problem+json"),
        NoScorecard,
    )
)]
#[get("/api/v1/analyses/{id}/metrics/{name}.svg")]
pub(crate) async fn metric_image(
    state: Data<State>,
    grant: Grant,
    path: Path<(String, String)>,
    query: QueryString<PlotQuery>,
) -> Result<HttpResponse, Problem> {
    let (id, name) = path.into_inner();
    let run = state.run(&grant, run_id(&id)?, None).await?;
    // The samples of the last look will do.
    let scorecard = state.last_scorecard(&run).await?;
    let scorecard = scorecard.ok_or_else(|| {
        let detail = "the analysis has no scorecard (yet)";
        Problem::new(Code::NoScorecard, detail)
    })?;
    let place = place_of(&scorecard, name_of_segment(&name))?;
    let (metric, evidence) = (
        &scorecard.decision.metrics[place],
        &scorecard.evidence[place],
    );
    let svg = match (&run.state, query.plot) {
        (RunState::Succeeded(_), _) => query.draw(metric, evidence)?,
        (_, Plot::Change) => {
            return Err(Problem::not_found(format!(
                "there is no change to draw: {UNJUDGED}"
            )));
        }
        // What a look found is told on its page, which says that it is a look's. An image is shown without that.
        (_, Plot::Time | Plot::Distribution) => {
            let unjudged = MetricResult {
                outcome: Outcome::Inconclusive,
                reason: UNJUDGED.to_owned(),
                ..metric.clone()
            };
            query.draw(&unjudged, evidence)?
        }
    };
    Ok(HttpResponse::Ok()
        .content_type("image/svg+xml")
        .insert_header((
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'",
        ))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        // Between two looks a run's scorecard changes.
        .insert_header((CACHE_CONTROL, "no-cache"))
        .body(svg))
}
