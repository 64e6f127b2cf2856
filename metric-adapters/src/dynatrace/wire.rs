//! The answers of `/api/v2/metrics`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::resolution;
use crate::bounded::Bounded;
use crate::collect::{Collected, Stamp};
use crate::http::Reply;
use crate::{Labels, QueryError, Sample, Step, instant};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MetricData {
    resolution: String,
    #[serde(default)]
    next_page_key: Option<String>,
    #[serde(default)]
    warnings: Option<Vec<String>>,
    result: Bounded<Collection, 100>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Collection {
    metric_id: String,
    /// How much of what one query may read was read: of combinations of dimensions, and of points.
    #[serde(default)]
    dimension_count_ratio: f64,
    #[serde(default)]
    data_point_count_ratio: f64,
    #[serde(default)]
    warnings: Option<Vec<String>>,
    data: Bounded<WireSeries>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireSeries {
    #[serde(default)]
    dimension_map: BTreeMap<String, Option<String>>,
    timestamps: Vec<f64>,
    values: Vec<Option<f64>>,
}

/// Reads an answer and gives back its step.
///
/// # Errors
/// When a limit was reached: Dynatrace leaves out what is beyond it.
pub(super) fn read(reply: &Reply, collected: &mut Collected) -> Result<Step, QueryError> {
    let data: MetricData = parse(reply)?;
    let step = resolution::read(&data.resolution)
        .ok_or_else(|| reply.malformed("a resolution that is none"))?;
    if data.next_page_key.is_some() {
        return Err(too_much(reply, "the answer has further pages"));
    }
    for warning in data.warnings.iter().flatten() {
        collected.note(reply.words(warning));
    }
    for metric in data.result.0 {
        if metric.dimension_count_ratio >= 1.0 || metric.data_point_count_ratio >= 1.0 {
            return Err(too_much(reply, "a limit of Dynatrace is reached"));
        }
        for warning in metric.warnings.iter().flatten() {
            collected.note(reply.words(warning));
        }
        for series in metric.data.0 {
            if series.timestamps.len() != series.values.len() {
                return Err(reply.malformed("lists of different lengths that belong together"));
            }
            let samples = samples(reply, &series, step)?;
            let named = series.dimension_map.into_iter();
            let mut labels: BTreeMap<_, _> = named
                .map(|(name, value)| (name, value.unwrap_or_default()))
                .collect();
            labels.insert("metric".to_owned(), metric.metric_id.clone());
            collected.add(Labels(labels), samples, Stamp::Start(step))?;
        }
    }
    Ok(step)
}

/// The values with the beginnings of their slots, by which those that reach out of the window are known.
fn samples(reply: &Reply, series: &WireSeries, step: Step) -> Result<Vec<Sample>, QueryError> {
    let points = series.timestamps.iter().zip(&series.values);
    let points = points.filter_map(|(&end, value)| value.map(|value| (end, value)));
    points
        .map(|(end, value)| {
            let at = instant::from_millis(end)
                .and_then(|end| end.checked_sub(step.as_duration()).ok())
                .ok_or_else(|| reply.malformed(&format!("{end:?} is no time")))?;
            Ok(Sample { at, value })
        })
        .collect()
}

/// Looks for errors in a list of metrics.
pub(super) fn verify(reply: &Reply) -> Result<(), QueryError> {
    #[derive(Deserialize)]
    struct List {
        #[serde(rename = "metrics")]
        _metrics: Vec<IgnoredAny>,
    }
    parse::<List>(reply).map(|_| ())
}

fn parse<T: DeserializeOwned>(reply: &Reply) -> Result<T, QueryError> {
    if !reply.status.is_success() {
        return Err(reply.failure(&reply.said()));
    }
    reply.json("an answer of Dynatrace's API")
}

fn too_much(reply: &Reply, said: &str) -> QueryError {
    QueryError::TooMuchData {
        detail: reply.detail(said),
    }
}
