//! Times and values, found in JSON by their paths.

use serde_json::Value;
use serde_json::error::Category;

use super::ListPath;
use super::pick::pick;
use super::scalar::Scalar;
use crate::collect::{Collected, Stamp};
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
    if let (Some(times), Some(values)) = (times.steps(), values.steps()) {
        let found = pick(&reply.body, [times, values]);
        let lists = found.map_err(|error| match error.classify() {
            // It is JSON, but not as the paths need it.
            Category::Data => reply.malformed(&error.to_string()),
            Category::Io | Category::Syntax | Category::Eof => reply.unreadable("JSON", &error),
        })?;
        return add(reply, lists, stamp, collected);
    }
    let body: Value = reply.json("JSON")?;
    let lists = [times, values].map(|path| path.select(&body));
    add(reply, lists, stamp, collected)
}

fn add(
    reply: &Reply,
    lists: [Option<Vec<Scalar<'_>>>; 2],
    stamp: Stamp,
    collected: &mut Collected,
) -> Result<(), QueryError> {
    let [Some(times), Some(values)] = lists else {
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
        let instant = at.time();
        let at = instant.ok_or_else(|| reply.malformed(&format!("{at} is no time")))?;
        if value == Scalar::Null {
            continue;
        }
        let number = value.number();
        let value = number.ok_or_else(|| reply.malformed(&format!("{value} is no number")))?;
        samples.push(Sample { at, value });
    }
    collected.add(Labels::default(), samples, stamp)?;
    Ok(())
}
