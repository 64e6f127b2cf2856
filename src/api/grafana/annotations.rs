//! Runs as annotations: regions over the time that each compared.

use actix_web::{HttpResponse, get, web::Data};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{PanelQuery, rows};
use crate::{
    access::Grant,
    analysis::{Run, Summary},
    api::{State, extract::QueryString, problem::Problem, refusals::BadQuery},
};

/// A run as an annotation.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AnnotationRow {
    /// When the window of the comparison starts.
    #[schema(value_type = String, format = DateTime)]
    time: Timestamp,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    time_end: Timestamp,
    /// The application and what was found.
    title: String,
    /// Why, and the run's page.
    text: String,
    /// The application, the config and the verdict, separated by commas.
    tags: String,
    /// The run.
    id: String,
}

impl AnnotationRow {
    fn of(run: &Run, summary: &Summary) -> Self {
        let (time, time_end) = run.request.span(run.created_at);
        let verdict = summary.verdict.as_str();
        // A comma would make two tags of one.
        let tag = |text: &str| text.replace(',', ";");
        Self {
            time,
            time_end,
            title: format!("{}: {verdict}", summary.application),
            text: format!("{} {}", summary.reason, summary.report_url),
            tags: format!(
                "{},{},{verdict}",
                tag(&summary.application),
                tag(&summary.config)
            ),
            id: summary.id.clone(),
        }
    }
}

/// Runs as annotations of a dashboard
///
/// Regions over the time that each run compared, oldest run first, for Grafana's Infinity data source.
#[utoipa::path(
    tag = "grafana",
    params(PanelQuery),
    responses(
        (status = 200, description = "The annotations", body = [AnnotationRow]),
        BadQuery,
    )
)]
#[get("/api/v1/grafana/annotations")]
pub(crate) async fn annotation_rows(
    state: Data<State>,
    grant: Grant,
    query: QueryString<PanelQuery>,
) -> Result<HttpResponse, Problem> {
    let row = |run: &Run| AnnotationRow::of(run, &state.summary(run));
    let rows = rows(&state, &grant, query.into_inner(), row).await?;
    Ok(HttpResponse::Ok().json(rows))
}
