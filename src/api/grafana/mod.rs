//! What dashboards of Grafana read through its Infinity data source: lists of flat objects, oldest first.

mod annotations;
mod metrics;
mod runs;

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, de};
use utoipa::IntoParams;

use super::{
    State,
    problem::{Code, Problem},
};
use crate::{analysis::Run, store::RunFilter};

// Handlers are re-exported with what their macros made beside them.
pub(super) use annotations::*;
pub use metrics::Outcomes;
pub(super) use metrics::*;
pub(super) use runs::*;

/// How many runs are listed unless told otherwise, and at most.
const RUNS: usize = 500;
const MOST_RUNS: usize = 1000;
/// How many are read at once.
const AT_ONCE: usize = 50;

/// Which runs a panel is about. Dashboards send variables that are not set as empty values, which mean the same as none.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct PanelQuery {
    /// Only runs created at this time or later: a time, or milliseconds since 1970.
    #[serde(default)]
    #[param(value_type = Option<String>, example = "2026-01-14T09:00:00Z")]
    from: Moment,
    /// Only runs created before this time, in the same forms.
    #[serde(default)]
    #[param(value_type = Option<String>, example = "1768381200000")]
    to: Moment,
    /// Only runs of this application.
    #[serde(default)]
    application: String,
    /// Only runs under the config of this name.
    #[serde(default)]
    config: String,
    /// At most so many runs, the latest: 1 to 1000.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<usize>,
}

/// A time as Grafana's macros write it; empty for any.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Moment(Option<Timestamp>);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        if text.is_empty() {
            return Ok(Self(None));
        }
        let at = match text.parse::<i64>() {
            Ok(millis) => Timestamp::from_millisecond(millis),
            Err(_) => text.parse(),
        };
        let at = at.map_err(|_| {
            de::Error::custom(
                "expected a time such as 2026-01-14T09:00:00Z, or milliseconds since 1970",
            )
        })?;
        Ok(Self(Some(at)))
    }
}

/// The runs that a panel is about, newest first, a few at a time: requests with configs of their own can be large.
struct Panel {
    filter: RunFilter,
    /// How many are still wanted.
    left: usize,
}

impl Panel {
    /// The panel of a query, with so many runs at most.
    fn new(query: PanelQuery, most: usize) -> Result<Self, Problem> {
        let limit = query.limit.unwrap_or(RUNS);
        if !(1..=MOST_RUNS).contains(&limit) {
            let detail = format!("`limit` is 1 to {MOST_RUNS}, not {limit}");
            return Err(Problem::new(Code::BadRequest, detail));
        }
        let given = |text: String| Some(text).filter(|text| !text.is_empty());
        let filter = RunFilter {
            application: given(query.application),
            config: given(query.config),
            since: query.from.0,
            until: query.to.0,
            ..RunFilter::default()
        };
        Ok(Self {
            filter,
            left: limit.min(most),
        })
    }

    /// The next runs; none at the end.
    async fn next(&mut self, state: &State) -> Result<Vec<Arc<Run>>, Problem> {
        self.filter.limit = self.left.min(AT_ONCE);
        if self.filter.limit == 0 {
            return Ok(Vec::new());
        }
        let runs = state.store.list(&self.filter).await?;
        self.left = match runs.last() {
            Some(last) if runs.len() == self.filter.limit => {
                self.filter.before = Some(last.id);
                self.left - runs.len()
            }
            Some(_) | None => 0,
        };
        Ok(runs)
    }
}

/// A row for each run of a panel, oldest first.
async fn rows<T>(
    state: &State,
    query: PanelQuery,
    row: impl Fn(&Run) -> T,
) -> Result<Vec<T>, Problem> {
    let mut panel = Panel::new(query, MOST_RUNS)?;
    let mut rows = Vec::new();
    loop {
        let runs = panel.next(state).await?;
        if runs.is_empty() {
            rows.reverse();
            return Ok(rows);
        }
        rows.extend(runs.iter().map(|run| row(run)));
    }
}
