//! The answers of `/api/v2/query/timeseries`: one list of times for all series.

use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::Value;

use super::client::labels;
use crate::collect::{Collected, Stamp};
use crate::http::Reply;
use crate::{QueryError, Sample, Step, instant};

/// How many times must show a longer step before it is believed: with fewer, a few gaps look the same.
const ENOUGH_TIMES: usize = 5;

#[derive(Deserialize)]
struct Body {
    data: Data,
    /// What went wrong with a part of the query while the rest was answered.
    #[serde(default)]
    errors: Option<Value>,
}

#[derive(Deserialize)]
struct Data {
    attributes: Attributes,
}

#[derive(Deserialize)]
struct Attributes {
    series: Vec<WireSeries>,
    times: Vec<i64>,
    values: Vec<Vec<Option<f64>>>,
}

#[derive(Deserialize)]
struct WireSeries {
    #[serde(default)]
    group_tags: Vec<String>,
    #[serde(default)]
    query_index: u32,
}

/// Reads an answer and gives back the step its times are on.
pub(super) fn read(
    reply: &Reply,
    asked: Step,
    collected: &mut Collected,
) -> Result<Step, QueryError> {
    let body: Body = serde_json::from_slice(&reply.body)
        .map_err(|error| reply.malformed(&format!("not an answer of Datadog's API ({error})")))?;
    if let Some(errors) = body.errors {
        return Err(QueryError::Unavailable {
            detail: reply.detail(&format!("the answer is incomplete: {errors}")),
        });
    }
    let Attributes {
        series,
        times,
        values,
    } = body.data.attributes;
    let widths = values.iter().map(Vec::len);
    if series.len() != values.len() || widths.clone().any(|width| width != times.len()) {
        return Err(reply.malformed("lists of different lengths that belong together"));
    }
    let step = own_step(&times).filter(|own| *own > asked).unwrap_or(asked);
    #[expect(
        clippy::cast_precision_loss,
        reason = "what does not fit is no time, and refused as such"
    )]
    let instants = times
        .iter()
        .map(|&at| {
            instant::from_millis(at as f64)
                .ok_or_else(|| reply.malformed(&format!("{at} is no time")))
        })
        .collect::<Result<Vec<_>, QueryError>>()?;
    for (series, values) in series.iter().zip(values) {
        let samples = instants
            .iter()
            .zip(values)
            .filter_map(|(&at, value)| value.map(|value| Sample { at, value }));
        let labels = labels(series.query_index, &series.group_tags);
        collected.add(labels, samples, Stamp::Start(step));
    }
    Ok(step)
}

/// The step the times show. Datadog's buckets begin at multiples of it, so it divides all of them.
fn own_step(times: &[i64]) -> Option<Step> {
    if times.len() < ENOUGH_TIMES {
        return None;
    }
    let common = times.iter().fold(0, |common, &time| divisor(common, time));
    Step::try_from(SignedDuration::from_millis(common)).ok()
}

/// The greatest common divisor.
fn divisor(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { divisor(b, a % b) }
}
