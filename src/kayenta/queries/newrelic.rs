//! New Relic: NRQL, which holds the time itself, in words that the account puts numbers for.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::keys::{Dimension, Dimensions, Names};
use super::template::Bound;
use super::{Custom, Problem, Source, literal, text};
use crate::kayenta::warnings::Warnings;

#[derive(Debug, Deserialize)]
struct Query {
    select: Option<String>,
    q: Option<String>,
    #[serde(flatten)]
    custom: Custom,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// What is bound for New Relic's templates. Step and times are no variables here.
const BOUND: Bound = &[
    ("scope", "scope"),
    ("location", "location"),
    ("step", "step"),
    ("startEpochSeconds", "startEpochSeconds"),
    ("endEpochSeconds", "endEpochSeconds"),
];

/// The words that stand for step and times, which Kayenta has as variables.
const TIMES: [(&str, &str); 3] = [
    ("${step}", "$stepSeconds"),
    ("${startEpochSeconds}", "$startSeconds"),
    ("${endEpochSeconds}", "$endSeconds"),
];

pub(super) fn build(source: &Source<'_>, warnings: &mut Warnings) -> Result<String, Problem> {
    let query: Query = source.read()?;
    source.unread(&query.rest, &["metricName"], warnings);
    if let Some(whole) = source.custom(&query.custom, BOUND, &[], warnings)? {
        let timed = |text: String, (variable, word): &(&str, &str)| text.replace(variable, word);
        return Ok(TIMES.iter().fold(whole, timed));
    }
    let select = source.required(&query.select, "select")?;
    let select = if select.starts_with("SELECT") {
        literal(select)
    } else {
        format!("SELECT {}", literal(select.trim()))
    };
    let sides = Dimensions::of(source, Names::Bare, warnings)?;
    let is_like = |Dimension { key, value }: &Dimension| format!("{key} LIKE '{value}'");
    let conditions: Vec<String> = (text(&query.q).map(literal).into_iter())
        .chain(sides.params.iter().map(is_like))
        .chain([is_like(&sides.scope)])
        .chain(sides.location.as_ref().map(is_like))
        .collect();
    Ok(format!(
        "{select} TIMESERIES $stepSeconds seconds SINCE $startSeconds UNTIL $endSeconds WHERE {}",
        conditions.join(" AND ")
    ))
}
