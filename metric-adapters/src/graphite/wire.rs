//! The JSON of `/render`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

use super::marks;
use crate::bounded::Bounded;
use crate::collect::{Collected, Stamp};
use crate::http::Reply;
use crate::{Labels, QueryError, Sample, Step, instant};

#[derive(Deserialize)]
struct WireSeries {
    target: String,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    datapoints: Vec<(Option<f64>, f64)>,
}

/// Reads an answer and gives back the longest step of its series, if there are any.
pub(super) fn read(
    reply: &Reply,
    asked: Step,
    collected: &mut Collected,
) -> Result<Option<Step>, QueryError> {
    let mut longest = None;
    for series in parse(reply)? {
        longest = longest.max(Some(add(reply, series, asked, collected)?));
    }
    Ok(longest)
}

/// Reads the answer to several marked targets, and gives back the longest step of each.
pub(super) fn read_together(
    reply: &Reply,
    asked: Step,
    collected: &mut [Collected],
) -> Result<Vec<Option<Step>>, QueryError> {
    let mut longest = vec![None; collected.len()];
    for mut series in parse(reply)? {
        let (number, name) = marks::unmarked(&series.target)
            .filter(|(number, _)| *number < collected.len())
            .ok_or_else(|| reply.malformed("a series of none of the targets"))?;
        series.target = name.to_owned();
        let step = add(reply, series, asked, &mut collected[number])?;
        longest[number] = longest[number].max(Some(step));
    }
    Ok(longest)
}

/// Adds one series and gives back its step.
///
/// The points of a series are equidistant, with null where nothing was stored, so their distance is the length of a
/// bucket; of a single point it is what was asked for.
fn add(
    reply: &Reply,
    series: WireSeries,
    asked: Step,
    collected: &mut Collected,
) -> Result<Step, QueryError> {
    let WireSeries {
        target,
        tags,
        datapoints,
    } = series;
    let mut instants = Vec::with_capacity(datapoints.len());
    for &(_, at) in &datapoints {
        let instant = instant::from_seconds(at)
            .ok_or_else(|| reply.malformed(&format!("{at:?} is no time")))?;
        instants.push(instant);
    }
    let step = match instants.as_slice() {
        [first, second, ..] => Step::try_from(first.duration_until(*second))
            .map_err(|_| reply.malformed("points that are not in order"))?,
        [] | [_] => asked,
    };
    let even = |pair: &[Timestamp]| pair[0].duration_until(pair[1]) == step.as_duration();
    if !instants.windows(2).all(even) {
        return Err(reply.malformed("points that are not equidistant"));
    }
    let samples = instants
        .iter()
        .zip(datapoints)
        .filter_map(|(&at, (value, _))| value.map(|value| Sample { at, value }));
    let mut labels = tags;
    labels.insert("target".to_owned(), target);
    collected.add(Labels(labels), samples, Stamp::Start(step))?;
    Ok(step)
}

/// Looks for errors in an answer whose points do not matter.
pub(super) fn verify(reply: &Reply) -> Result<(), QueryError> {
    parse(reply).map(|_| ())
}

fn parse(reply: &Reply) -> Result<Vec<WireSeries>, QueryError> {
    if !reply.status.is_success() {
        return Err(reply.failure(&reply.said()));
    }
    let series: Bounded<_> = reply.json("an answer of Graphite's render API")?;
    Ok(series.0)
}
