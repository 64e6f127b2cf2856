//! The JSON of `/render`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

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
///
/// The points of a series are equidistant, with null where nothing was stored, so their distance is the length of a
/// bucket; of a single point it is what was asked for.
pub(super) fn read(
    reply: &Reply,
    asked: Step,
    collected: &mut Collected,
) -> Result<Option<Step>, QueryError> {
    let mut longest = None;
    for WireSeries {
        target,
        tags,
        datapoints,
    } in parse(reply)?
    {
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
        longest = longest.max(Some(step));
        let samples = instants
            .iter()
            .zip(datapoints)
            .filter_map(|(&at, (value, _))| value.map(|value| Sample { at, value }));
        let mut labels = tags;
        labels.insert("target".to_owned(), target);
        collected.add(Labels(labels), samples, Stamp::Start(step));
    }
    Ok(longest)
}

/// Looks for errors in an answer whose points do not matter.
pub(super) fn verify(reply: &Reply) -> Result<(), QueryError> {
    parse(reply).map(|_| ())
}

fn parse(reply: &Reply) -> Result<Vec<WireSeries>, QueryError> {
    if !reply.status.is_success() {
        return Err(reply.failure(&reply.said()));
    }
    serde_json::from_slice(&reply.body).map_err(|error| {
        reply.malformed(&format!("not an answer of Graphite's render API ({error})"))
    })
}
