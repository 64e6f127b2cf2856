//! The answers of `/api/v2/query/timeseries`: one list of times for all series.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use super::client::labels;
use crate::bounded::Bounded;
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
    series: Bounded<WireSeries>,
    times: Vec<i64>,
    values: Bounded<Vec<Option<f64>>>,
}

#[derive(Deserialize)]
struct WireSeries {
    #[serde(default)]
    group_tags: Vec<String>,
    query_index: Option<u32>,
}

/// Reads an answer and gives back the step its times are on.
pub(super) fn read(
    reply: &Reply,
    asked: Step,
    collected: &mut Collected,
) -> Result<Step, QueryError> {
    let table = Table::parse(reply)?;
    let step = step_of(table.times.iter().copied(), asked);
    for (series, values) in table.series.iter().zip(&table.values) {
        let labels = labels(series.query_index.unwrap_or(0), &series.group_tags);
        collected.add(labels, table.samples(values), Stamp::Start(step))?;
    }
    Ok(step)
}

/// Reads the answer to several questions, each a formula, and gives back the step of each. `None` stands for a question whose
/// own values show another step than the times of all do: the times it would have alone decide.
pub(super) fn read_together(
    reply: &Reply,
    asked: Step,
    collected: &mut [Collected],
) -> Result<Vec<Option<Step>>, QueryError> {
    let table = Table::parse(reply)?;
    let step = step_of(table.times.iter().copied(), asked);
    let mut has_values = vec![vec![false; table.times.len()]; collected.len()];
    for (series, values) in table.series.iter().zip(&table.values) {
        let number = series.query_index.map(|number| number as usize);
        let number = number
            .filter(|number| *number < collected.len())
            .ok_or_else(|| reply.malformed("a series of none of the formulas"))?;
        for (has, value) in has_values[number].iter_mut().zip(values) {
            *has |= value.is_some();
        }
        // As if it had been asked alone.
        let labels = labels(0, &series.group_tags);
        collected[number].add(labels, table.samples(values), Stamp::Start(step))?;
    }
    let agrees = |has_values: Vec<bool>| {
        let times = table.times.iter().zip(has_values);
        let own = times.filter_map(|(time, has)| has.then_some(*time));
        (step_of(own, asked) == step).then_some(step)
    };
    Ok(has_values.into_iter().map(agrees).collect())
}

/// An answer that was checked to be in order.
struct Table {
    series: Vec<WireSeries>,
    times: Vec<i64>,
    instants: Vec<Timestamp>,
    /// A row for each series, in it a cell for each time.
    values: Vec<Vec<Option<f64>>>,
}

impl Table {
    fn parse(reply: &Reply) -> Result<Self, QueryError> {
        let body: Body = reply.json("an answer of Datadog's API")?;
        if let Some(errors) = body.errors {
            return Err(QueryError::Unavailable {
                detail: reply.detail(&format!("the answer is incomplete: {errors}")),
            });
        }
        let Attributes {
            series: Bounded(series),
            times,
            values: Bounded(values),
        } = body.data.attributes;
        let mut widths = values.iter().map(Vec::len);
        if series.len() != values.len() || widths.any(|width| width != times.len()) {
            return Err(reply.malformed("lists of different lengths that belong together"));
        }
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
            .collect::<Result<_, QueryError>>()?;
        Ok(Self {
            series,
            times,
            instants,
            values,
        })
    }

    /// The samples of a row.
    fn samples(&self, values: &[Option<f64>]) -> impl Iterator<Item = Sample> {
        let cells = self.instants.iter().zip(values);
        cells.filter_map(|(&at, value)| value.map(|value| Sample { at, value }))
    }
}

/// The step the times show, if it is longer than what was asked for. Datadog's buckets begin at multiples of it, so it
/// divides all of them.
fn step_of(times: impl Iterator<Item = i64>, asked: Step) -> Step {
    let (count, common) = times.fold((0, 0), |(count, common), time| {
        (count + 1, divisor(common, time))
    });
    let own = Step::try_from(SignedDuration::from_millis(common)).ok();
    own.filter(|own| count >= ENOUGH_TIMES && *own > asked)
        .unwrap_or(asked)
}

/// The greatest common divisor.
fn divisor(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { divisor(b, a % b) }
}
