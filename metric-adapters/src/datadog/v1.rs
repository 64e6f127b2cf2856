//! The answers of `/api/v1/query`.

use jiff::SignedDuration;
use serde::Deserialize;

use super::client::labels;
use crate::bounded::Bounded;
use crate::collect::{Collected, Stamp};
use crate::http::Reply;
use crate::{QueryError, Sample, Step, instant};

#[derive(Deserialize)]
struct Body {
    status: String,
    #[serde(default)]
    series: Bounded<WireSeries>,
    error: Option<String>,
    message: Option<String>,
}

#[derive(Deserialize)]
struct WireSeries {
    #[serde(default)]
    tag_set: Vec<String>,
    #[serde(default)]
    query_index: u32,
    /// In seconds, whatever the API's description says.
    interval: i64,
    pointlist: Vec<(f64, Option<f64>)>,
}

/// Reads an answer and gives back the longest step of its series, if there are any.
pub(super) fn read(reply: &Reply, collected: &mut Collected) -> Result<Option<Step>, QueryError> {
    let body: Body = reply.json("an answer of Datadog's API")?;
    let message = body.message.filter(|message| !message.is_empty());
    let error = body.error.filter(|error| !error.is_empty());
    if body.status != "ok" || error.is_some() {
        let said = error.or(message).unwrap_or(body.status);
        return Err(QueryError::InvalidQuery {
            detail: reply.detail(&said),
        });
    }
    if let Some(message) = message {
        collected.note(reply.words(&message));
    }
    let mut longest = None;
    for series in body.series.0 {
        let interval = series
            .interval
            .checked_mul(1000)
            .map(SignedDuration::from_millis)
            .and_then(|interval| Step::try_from(interval).ok())
            .ok_or_else(|| reply.malformed("an interval that is none"))?;
        longest = longest.max(Some(interval));
        let samples = series
            .pointlist
            .into_iter()
            .filter_map(|(at, value)| value.map(|value| (at, value)))
            .map(|(at, value)| {
                let at = instant::from_millis(at)
                    .ok_or_else(|| reply.malformed(&format!("{at:?} is no time")))?;
                Ok(Sample { at, value })
            })
            .collect::<Result<Vec<_>, QueryError>>()?;
        let labels = labels(series.query_index, &series.tag_set);
        collected.add(labels, samples, Stamp::Start(interval))?;
    }
    Ok(longest)
}
