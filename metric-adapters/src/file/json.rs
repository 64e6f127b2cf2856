//! Tables in JSON.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::table::{Flaw, Table, sort};
use super::time;
use crate::{Sample, Step};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    start: Option<Time>,
    step: Option<SignedDuration>,
    series: BTreeMap<String, Vec<Entry>>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a time: a text or a number")]
enum Time {
    Text(String),
    Number(f64),
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "a number, null, or a pair [time, number or null]"
)]
enum Entry {
    Value(Option<f64>),
    Pair(Time, Option<f64>),
}

/// When the entries of a series without own times are.
struct Grid {
    start: Timestamp,
    step: Step,
}

/// Reads a whole file.
pub(super) fn parse(bytes: &[u8]) -> Result<Table, Flaw> {
    let document: Document = serde_json::from_slice(bytes).map_err(|error| Flaw {
        place: format!("line {}, column {}", error.line(), error.column()),
        problem: error.to_string(),
    })?;
    let grid = match (&document.start, document.step) {
        (Some(start), Some(step)) => Some(Grid {
            start: start.read().ok_or_else(|| flaw("start", "no time"))?,
            step: Step::try_from(step).map_err(|error| flaw("step", error))?,
        }),
        (None, None) => None,
        (Some(_), None) => return Err(flaw("start", "without `step`")),
        (None, Some(_)) => return Err(flaw("step", "without `start`")),
    };
    let mut table = Table::default();
    for (name, entries) in document.series {
        let mut samples = Vec::with_capacity(entries.len());
        for (index, entry) in entries.iter().enumerate() {
            let sample = sample(entry, index, grid.as_ref())
                .map_err(|problem| flaw(&format!("series.{name}[{index}]"), problem))?;
            samples.extend(sample);
        }
        sort(&mut samples)
            .map_err(|at| flaw(&format!("series.{name}"), format!("two samples at {at}")))?;
        table.columns.insert(name, samples);
    }
    Ok(table)
}

fn sample(
    entry: &Entry,
    index: usize,
    grid: Option<&Grid>,
) -> Result<Option<Sample>, &'static str> {
    let (at, value) = match (entry, grid) {
        (Entry::Value(value), Some(grid)) => {
            let at = grid.instant(index).ok_or("beyond the end of time")?;
            (at, *value)
        }
        (Entry::Pair(time, value), None) => {
            let at = time
                .read()
                .ok_or("no time (RFC 3339, or seconds or milliseconds since 1970)")?;
            (at, *value)
        }
        (Entry::Value(_), None) => return Err("a value without time, and no `start` and `step`"),
        (Entry::Pair(..), Some(_)) => {
            return Err("a value with its own time besides `start` and `step`");
        }
    };
    Ok(value.map(|value| Sample { at, value }))
}

impl Grid {
    fn instant(&self, index: usize) -> Option<Timestamp> {
        let steps = i64::try_from(index).ok()?;
        let after = self.step.as_millis().checked_mul(steps)?;
        self.start
            .checked_add(SignedDuration::from_millis(after))
            .ok()
    }
}

impl Time {
    fn read(&self) -> Option<Timestamp> {
        match self {
            Self::Text(text) => time::from_text(text),
            Self::Number(number) => time::from_number(*number),
        }
    }
}

fn flaw(place: &str, problem: impl ToString) -> Flaw {
    Flaw {
        place: place.to_owned(),
        problem: problem.to_string(),
    }
}
