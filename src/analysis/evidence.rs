//! What the decision about a metric rests on, for the record: enough to judge it again.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serinus_judge::Design;
use utoipa::ToSchema;

use super::{Grid, Tolerance, WebLink};

/// How a metric's two sides are compared, and why in this way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Comparison {
    /// The form of the observations.
    pub design: Design,
    /// Why this form was chosen.
    pub reason: String,
}

/// What the decision about one metric rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MetricEvidence {
    /// The metric's name.
    pub metric: String,
    /// How the sides were compared.
    pub comparison: Comparison,
    /// Which change is allowed.
    pub tolerance: Tolerance,
    /// The baseline's samples; none where the canary is judged alone.
    pub baseline: SideEvidence,
    /// The canary's samples.
    pub canary: SideEvidence,
    /// Whether the values of both sides at one place are of the same time.
    #[serde(default)]
    pub same_times: bool,
    /// Why samples that were asked for are missing, or cannot be told apart; null where they are all there.
    #[serde(default)]
    #[schema(required)]
    pub failure: Option<String>,
    /// Earlier windows, oldest first, where the sides follow each other.
    pub history: Vec<WindowEvidence>,
    /// What was noticed about both sides together, such as strata that only one of them has.
    pub notes: Vec<String>,
    /// Both queries in Grafana, side by side over the window, where the settings say how. Not kept with the run: links follow
    /// the service's settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explore: Option<WebLink>,
}

/// One side's samples and where they came from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SideEvidence {
    /// The account that was asked; empty for samples that came with the request.
    pub account: String,
    /// The queries as they were sent; none for samples that came with the request.
    pub queries: Vec<String>,
    /// The labels of the series, where there is one.
    pub labels: BTreeMap<String, String>,
    /// The time of the first value.
    #[schema(value_type = String, format = DateTime)]
    pub start: Timestamp,
    /// Milliseconds between two values.
    pub step_millis: i64,
    /// The values, `null` where there was no sample: of several series their mean, of counts the share of errors.
    pub values: Vec<Option<f64>>,
    /// The series of each replica, stratum or location; empty where a side is one series.
    pub series: Vec<SeriesEvidence>,
    /// What was counted, where the metric is a share; null elsewhere.
    #[schema(required)]
    pub counts: Option<CountEvidence>,
    /// The work done, where a minimum was asked for.
    pub work: Option<f64>,
    /// What was noticed: warnings of the store, samples left out.
    pub notes: Vec<String>,
    /// How long the store took for the slowest query, in milliseconds.
    pub fetch_millis: f64,
}

/// One of several series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SeriesEvidence {
    /// The replica, stratum or location.
    pub name: String,
    /// Its values.
    pub values: Vec<Option<f64>>,
}

/// Errors out of requests, at the times of the values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CountEvidence {
    /// Errors; `null` for none known, which with requests means none.
    pub errors: Vec<Option<f64>>,
    /// Requests.
    pub of: Vec<Option<f64>>,
}

/// An earlier window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WindowEvidence {
    /// The time of the first value.
    #[schema(value_type = String, format = DateTime)]
    pub start: Timestamp,
    /// Milliseconds between two values.
    pub step_millis: i64,
    /// The values.
    pub values: Vec<Option<f64>>,
}

impl SideEvidence {
    /// The time that the samples cover, each speaking for the step that ends with it; `None` if there are none.
    pub fn span(&self) -> Option<(Timestamp, Timestamp)> {
        let steps = i64::try_from(self.values.len()).ok()?;
        let millis =
            |steps: i64| SignedDuration::from_millis(self.step_millis.saturating_mul(steps));
        let start = self.start.checked_sub(millis(1)).ok()?;
        let end = start.checked_add(millis(steps)).ok()?;
        (steps > 0).then_some((start, end))
    }

    /// A side without any sample.
    pub(super) fn empty() -> Self {
        Self {
            account: String::new(),
            queries: Vec::new(),
            labels: BTreeMap::new(),
            start: Timestamp::UNIX_EPOCH,
            step_millis: 0,
            values: Vec::new(),
            series: Vec::new(),
            counts: None,
            work: None,
            notes: Vec::new(),
            fetch_millis: 0.0,
        }
    }

    /// A side with samples on a grid.
    pub(super) fn on(grid: &Grid, values: &[f64]) -> Self {
        Self {
            start: grid.first(),
            step_millis: grid.step().as_millis(),
            values: known(values),
            ..Self::empty()
        }
    }
}

/// Values as they were before the wire.
pub(super) fn unknown(values: &[Option<f64>]) -> Vec<f64> {
    values
        .iter()
        .map(|value| value.unwrap_or(f64::NAN))
        .collect()
}

/// Values for the wire, which knows no NaN.
pub(super) fn known(values: &[f64]) -> Vec<Option<f64>> {
    values
        .iter()
        .map(|value| value.is_finite().then_some(*value))
        .collect()
}
