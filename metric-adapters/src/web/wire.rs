//! Times and values, found in JSON by their paths.

use serde_json::Value;

use super::ListPath;
use crate::collect::{Collected, Stamp};
use crate::file::time;
use crate::http::Reply;
use crate::{Labels, QueryError, Sample};

/// Reads the one series of an answer.
pub(super) fn read(
    reply: &Reply,
    times: &ListPath,
    values: &ListPath,
    stamp: Stamp,
    collected: &mut Collected,
) -> Result<(), QueryError> {
    if !reply.status.is_success() {
        return Err(reply.failure(&reply.said()));
    }
    let body: Value = reply.json("JSON")?;
    let (Some(times), Some(values)) = (times.select(&body), values.select(&body)) else {
        return Err(reply.malformed("no list at the account's paths"));
    };
    if times.len() != values.len() {
        return Err(reply.malformed(&format!(
            "{} times and {} values, at the account's paths",
            times.len(),
            values.len()
        )));
    }
    let mut samples = Vec::with_capacity(times.len());
    for (at, value) in times.into_iter().zip(values) {
        let instant = match at {
            Value::Number(number) => number.as_f64().and_then(time::from_number),
            Value::String(text) => time::from_text(text),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        };
        let at = instant.ok_or_else(|| reply.malformed(&format!("{at} is no time")))?;
        let value = match value {
            Value::Null => continue,
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.parse().ok(),
            Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        }
        .ok_or_else(|| reply.malformed(&format!("{value} is no number")))?;
        samples.push(Sample { at, value });
    }
    collected.add(Labels::default(), samples, stamp)?;
    Ok(())
}
