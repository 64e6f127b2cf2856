//! Outcomes of metrics over time, a row for each metric of each run that was judged.

use std::{fmt, mem::size_of, sync::Arc};

use actix_web::{HttpResponse, get, web::Data};
use jiff::Timestamp;
use quick_cache::{
    DefaultHashBuilder, Weighter,
    sync::{Cache, DefaultLifecycle},
};
use serde::Serialize;
use serinus_judge::{Counted, MetricResult, Outcome};
use utoipa::ToSchema;

use super::{Panel, PanelQuery};
use crate::{
    access::Grant,
    analysis::{Run, RunId, Scorecard},
    api::{State, extract::QueryString, problem::Problem, refusals::BadQuery},
};

/// How many runs are looked into at most: each of their scorecards has to be read once.
const MOST_RUNS: usize = 200;
/// How many rows are answered at most.
const MOST_ROWS: usize = 20_000;
/// How much of outcomes is kept, in bytes.
const KEPT: u64 = 32 << 20;
/// The longest reason, in characters.
const LONGEST_REASON: usize = 300;

/// A metric of a run as a row.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MetricRow {
    /// When the run was asked for.
    #[schema(value_type = String, format = DateTime)]
    time: Timestamp,
    /// The run.
    run: String,
    /// The application that is released.
    application: String,
    /// The config's name.
    config: String,
    /// The metric.
    metric: String,
    /// What was found.
    outcome: Outcome,
    /// Whether it counts alone.
    critical: bool,
    /// The change that was judged, in percent, as on the pages: the estimated one, or under `netflix-aca` and remote judges that of the
    /// mean; null if there is none.
    #[schema(required)]
    change_percent: Option<f64>,
    /// Why, in one sentence.
    reason: String,
    /// 1 if it counted for the canary.
    passed: u8,
    /// 1 if it counted against the canary.
    failed: u8,
    /// 1 if it was left out: no data, too little, or an error.
    undecided: u8,
    /// The metric's page.
    report_url: String,
}

/// The outcomes of runs that have ended, which never change.
pub struct Outcomes(Cache<RunId, Arc<[MetricRow]>, InBytes>);

impl fmt::Debug for Outcomes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Outcomes").field(&self.0.len()).finish()
    }
}

impl Default for Outcomes {
    fn default() -> Self {
        let hasher = DefaultHashBuilder::default();
        let lifecycle = DefaultLifecycle::default();
        Self(Cache::with(1_000, KEPT, InBytes, hasher, lifecycle))
    }
}

#[derive(Debug, Clone)]
struct InBytes;

impl Weighter<RunId, Arc<[MetricRow]>> for InBytes {
    fn weight(&self, _: &RunId, rows: &Arc<[MetricRow]>) -> u64 {
        let text = |row: &MetricRow| {
            let texts = [
                &row.run,
                &row.application,
                &row.config,
                &row.metric,
                &row.reason,
                &row.report_url,
            ];
            texts.iter().map(|text| text.len()).sum::<usize>()
        };
        let rows = rows.iter().map(|row| size_of::<MetricRow>() + text(row));
        (64 + rows.sum::<usize>()) as u64
    }
}

impl MetricRow {
    fn of(run: &Run, metric: &MetricResult, page: &str) -> Self {
        let counted = |as_what: Counted| u8::from(!metric.muted && metric.counted == as_what);
        Self {
            time: run.created_at,
            run: run.id.to_string(),
            application: run.application().to_owned(),
            config: run.config.name.clone(),
            metric: metric.name.clone(),
            outcome: metric.outcome,
            critical: metric.critical,
            change_percent: metric.judged_percent(),
            reason: metric.reason.chars().take(LONGEST_REASON).collect(),
            passed: counted(Counted::Passed),
            failed: counted(Counted::Failed),
            undecided: counted(Counted::Ignored),
            report_url: format!(
                "{page}/metrics/{}",
                crate::report::html::path_segment(&metric.name)
            ),
        }
    }
}

impl State {
    /// The outcomes of a run's metrics; none before its first scorecard.
    async fn outcomes(&self, run: &Run) -> Result<Arc<[MetricRow]>, Problem> {
        if let Some(kept) = self.outcomes.0.get(&run.id) {
            return Ok(kept);
        }
        let scorecard = match run.looks.last() {
            Some(look) => self.runs.scorecard(run, look.number).await?,
            None => None,
        };
        let page = self.summary(run).report_url;
        let rows = |scorecard: &Scorecard| {
            let metrics = scorecard.decision.metrics.iter();
            metrics
                .map(|metric| MetricRow::of(run, metric, &page))
                .collect()
        };
        let rows: Arc<[MetricRow]> = scorecard.as_deref().map(rows).unwrap_or_default();
        if run.state.is_final() {
            self.outcomes.0.insert(run.id, rows.clone());
        }
        Ok(rows)
    }
}

/// Outcomes of metrics for a dashboard
///
/// Flat objects, oldest run first, of the latest 200 runs at most, for Grafana's Infinity data source.
#[utoipa::path(
    tag = "grafana",
    params(PanelQuery),
    responses(
        (status = 200, description = "The outcomes", body = [MetricRow]),
        BadQuery,
    )
)]
#[get("/api/v1/grafana/metrics")]
pub(crate) async fn metric_rows(
    state: Data<State>,
    grant: Grant,
    query: QueryString<PanelQuery>,
) -> Result<HttpResponse, Problem> {
    let mut panel = Panel::new(query.into_inner(), MOST_RUNS)?;
    let mut found = Vec::new();
    let mut count = 0;
    loop {
        let runs = panel.next(&state, &grant).await?;
        for run in &runs {
            let rows = state.outcomes(run).await?;
            count += rows.len();
            found.push(rows);
        }
        // The latest come first, and are what is kept when there are too many.
        if runs.is_empty() || count >= MOST_ROWS {
            break;
        }
    }
    let rows = found.iter().rev().flat_map(|rows| rows.iter());
    let rows: Vec<&MetricRow> = rows.skip(count.saturating_sub(MOST_ROWS)).collect();
    Ok(HttpResponse::Ok().json(rows))
}
