//! What a `SignalFlow` computation sends: the series, their values by time, the step it really has, and its end.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::Value;

use super::events::{Event, parse};
use crate::bounded::{MAX_SERIES, too_long};
use crate::collect::{Collected, Stamp};
use crate::http::Reply;
use crate::{Labels, QueryError, Sample, Step, instant};

/// The code of the message that a query matched more series than one may, and the rest was left out.
const LIMITED: &str = "FIND_LIMITED_RESULT_SET";

#[derive(Deserialize)]
struct Control {
    event: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    ts_id: String,
    properties: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data<'a> {
    logical_timestamp_ms: f64,
    #[serde(borrow)]
    data: Vec<Point<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Point<'a> {
    #[serde(borrow)]
    ts_id: Cow<'a, str>,
    value: Option<f64>,
}

#[derive(Deserialize)]
struct Message {
    message: Inner,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Inner {
    #[serde(default)]
    message_code: String,
    contents: Option<Contents>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Contents {
    resolution_ms: Option<i64>,
}

/// Reads a computation to its end and gives back its step, where it differs from the one asked for.
pub(super) fn read(reply: &Reply, collected: &mut Collected) -> Result<Option<Step>, QueryError> {
    let mut series: HashMap<String, (Labels, Vec<Sample>)> = HashMap::new();
    let mut step = None;
    for event in events(reply)? {
        match event.name.as_str() {
            "metadata" => {
                let Metadata { ts_id, properties } = body(reply, &event)?;
                if series.len() >= MAX_SERIES {
                    return Err(QueryError::TooMuchData {
                        detail: reply.detail(&too_long(MAX_SERIES)),
                    });
                }
                series.insert(ts_id, (labels(properties), Vec::new()));
            }
            "data" => {
                let data: Data<'_> = body(reply, &event)?;
                let at = instant::from_millis(data.logical_timestamp_ms)
                    .ok_or_else(|| reply.malformed("a time that is none"))?;
                for Point { ts_id, value } in data.data {
                    let (_, samples) = series
                        .get_mut(&*ts_id)
                        .ok_or_else(|| reply.malformed("a value of a series without metadata"))?;
                    samples.extend(value.map(|value| Sample { at, value }));
                }
            }
            "message" => {
                let Message { message } = body(reply, &event)?;
                if message.message_code == LIMITED {
                    return Err(QueryError::TooMuchData {
                        detail: reply.detail(&event.data),
                    });
                }
                let resolution = message.contents.and_then(|it| it.resolution_ms);
                let resolution = resolution.map(SignedDuration::from_millis);
                step = step.max(resolution.and_then(|it| Step::try_from(it).ok()));
            }
            _ => {}
        }
    }
    for (labels, samples) in series.into_values() {
        // The time of a value is the end of the time it sums up: a job that starts at 0 s sends its first one at a step.
        collected.add(labels, samples, Stamp::End)?;
    }
    Ok(step)
}

/// The events of a computation that ended as it should.
pub(super) fn events(reply: &Reply) -> Result<Vec<Event>, QueryError> {
    if !reply.status.is_success() {
        return Err(reply.failure(&reply.said()));
    }
    let stream = String::from_utf8_lossy(&reply.body);
    let events = parse(&stream);
    if !events.iter().any(|event| event.name == "control-message") {
        return Err(reply.malformed("not a stream of SignalFlow"));
    }
    for event in &events {
        match event.name.as_str() {
            "error" => {
                return Err(QueryError::InvalidQuery {
                    detail: reply.detail(&event.data),
                });
            }
            "control-message" => {
                let control: Control = body(reply, event)?;
                match control.event.as_str() {
                    "END_OF_CHANNEL" => return Ok(events),
                    "CHANNEL_ABORT" => {
                        return Err(QueryError::Unavailable {
                            detail: reply.detail(&event.data),
                        });
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
    Err(QueryError::Unavailable {
        detail: reply.detail("the stream broke off before its end"),
    })
}

fn body<'a, T: Deserialize<'a>>(reply: &Reply, event: &'a Event) -> Result<T, QueryError> {
    serde_json::from_str(&event.data)
        .map_err(|error| reply.malformed(&format!("a {} event that is none ({error})", event.name)))
}

/// The dimensions, without what the system adds for itself.
fn labels(properties: BTreeMap<String, Value>) -> Labels {
    let label = |(name, value): (String, Value)| match value {
        Value::String(text) if !name.starts_with("sf_") && name != "computationId" => {
            Some((name, text))
        }
        Value::String(text) if name == "sf_streamLabel" => Some(("stream".to_owned(), text)),
        Value::String(_)
        | Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::Array(_)
        | Value::Object(_) => None,
    };
    Labels(properties.into_iter().filter_map(label).collect())
}
