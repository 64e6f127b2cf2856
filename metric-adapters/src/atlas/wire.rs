//! The JSON of `/api/v1/graph`: one row of values for each time.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::Deserialize;

use crate::bounded::Bounded;
use crate::collect::{Collected, Stamp};
use crate::http::Reply;
use crate::number::Number;
use crate::{Labels, QueryError, Sample, Step, instant};

#[derive(Deserialize)]
struct Graph {
    start: f64,
    step: i64,
    legend: Bounded<String>,
    metrics: Bounded<BTreeMap<String, String>>,
    values: Vec<Vec<Number>>,
    #[serde(default)]
    notices: Vec<String>,
}

/// How far a line is shifted in time. It is part of the legend where it is not zero.
const OFFSET: &str = "atlas.offset";

/// Reads an answer and gives back its step.
pub(super) fn read(reply: &Reply, collected: &mut Collected) -> Result<Step, QueryError> {
    let graph = parse(reply)?;
    let step = Step::try_from(SignedDuration::from_millis(graph.step))
        .map_err(|_| reply.malformed("a step that is none"))?;
    let width = graph.legend.0.len();
    if graph.metrics.0.len() != width || graph.values.iter().any(|row| row.len() != width) {
        return Err(reply.malformed("lists of different lengths that belong together"));
    }
    for notice in &graph.notices {
        collected.note(reply.words(notice));
    }
    // Each time is the end of a step; by the beginnings those that reach out of the window are known.
    let mut begins = Vec::with_capacity(graph.values.len());
    let mut begin = instant::from_millis(graph.start)
        .and_then(|first| first.checked_sub(step.as_duration()).ok());
    for _ in &graph.values {
        let at = begin.ok_or_else(|| reply.malformed("a time that is none"))?;
        begins.push(at);
        begin = at.checked_add(step.as_duration()).ok();
    }
    let lines = graph.legend.0.into_iter().zip(graph.metrics.0).enumerate();
    for (column, (legend, mut labels)) in lines {
        let values = graph.values.iter().map(|row| row[column].0);
        let samples = (begins.iter().zip(values))
            .filter(|(_, value)| !value.is_nan())
            .map(|(&at, value)| Sample { at, value });
        labels.remove(OFFSET);
        labels.insert("legend".to_owned(), legend);
        collected.add(Labels(labels), samples, Stamp::Start(step))?;
    }
    Ok(step)
}

/// Looks for errors in an answer whose values do not matter.
pub(super) fn verify(reply: &Reply) -> Result<(), QueryError> {
    parse(reply).map(|_| ())
}

fn parse(reply: &Reply) -> Result<Graph, QueryError> {
    if !reply.status.is_success() {
        return Err(reply.failure(&reply.said()));
    }
    reply.json("an answer of Atlas' graph API")
}
