//! Annotated CSV, the answer to a Flux query: several tables with headers of their own, errors among them.

use std::collections::BTreeMap;

use csv::{ReaderBuilder, StringRecord, Trim};

use super::statement::invalid;
use crate::collect::{Collected, Stamp};
use crate::http::Reply;
use crate::{Labels, QueryError, Sample};

/// Columns that describe a table and do not tell series apart.
const NO_LABELS: [&str; 6] = ["result", "table", "_start", "_stop", "_time", "_value"];

/// What the annotations and the header say of the rows that follow.
#[derive(Default)]
struct Schema {
    kinds: Vec<String>,
    groups: Vec<bool>,
    defaults: Vec<String>,
    names: Vec<String>,
}

/// Reads an answer.
pub(super) fn read(
    reply: &Reply,
    stamp: Stamp,
    collected: &mut Collected,
) -> Result<(), QueryError> {
    walk(reply, |schema, row| {
        let (labels, sample) = schema.sample(reply, row)?;
        if let Some(sample) = sample {
            collected.add(labels, [sample], stamp);
        }
        Ok(())
    })
}

/// Looks for errors in an answer whose rows do not matter.
pub(super) fn verify(reply: &Reply) -> Result<(), QueryError> {
    walk(reply, |_, _| Ok(()))
}

fn walk(
    reply: &Reply,
    mut row: impl FnMut(&Schema, &StringRecord) -> Result<(), QueryError>,
) -> Result<(), QueryError> {
    if !reply.status.is_success() {
        return Err(reply.failure(&reply.said()));
    }
    let blank = reply.body.trim_ascii().is_empty();
    if blank
        && !reply
            .header("content-type")
            .is_some_and(|kind| kind.contains("csv"))
    {
        return Err(reply.malformed("nothing"));
    }
    // The last cell of a row that was cut off would look like a whole one.
    if !blank && !reply.body.ends_with(b"\n") {
        return Err(reply.malformed("a last line without an end"));
    }
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(Trim::None)
        .from_reader(reply.body.as_slice());
    let mut schema = Schema::default();
    let mut errors = false;
    for record in reader.records() {
        let record =
            record.map_err(|error| reply.malformed(&format!("not an answer in CSV ({error})")))?;
        let cells: Vec<&str> = record.iter().collect();
        let trimmed = cells.strip_prefix(&[""]).unwrap_or(&cells);
        if errors {
            return Err(failure(reply, trimmed.first().copied().unwrap_or_default()));
        }
        // Also without annotations and in the middle of a stream: that is how an error after the first rows comes.
        if trimmed == ["error", "reference"] {
            errors = true;
        } else if cells.first().is_some_and(|first| first.starts_with('#')) {
            schema.annotate(reply, &cells)?;
        } else if schema.names.is_empty() {
            schema.head(reply, &cells)?;
        } else if cells.len() == schema.names.len() {
            row(&schema, &record)?;
        } else {
            return Err(reply.malformed("a row with another number of cells than its header"));
        }
    }
    if errors {
        return Err(failure(reply, "an error without a message"));
    }
    if schema.names.is_empty() && !schema.kinds.is_empty() {
        return Err(reply.malformed("annotations without a header"));
    }
    Ok(())
}

/// An error that came as a table. What it says decides no more than this: the query was accepted and then failed.
fn failure(reply: &Reply, message: &str) -> QueryError {
    let detail = reply.detail(message);
    if message.contains("timeout") || message.contains("deadline exceeded") {
        QueryError::Timeout { detail }
    } else if message.contains("limit exceeded") || message.contains("memory allocation") {
        QueryError::TooMuchData { detail }
    } else {
        QueryError::InvalidQuery { detail }
    }
}

impl Schema {
    /// Takes one line of annotations. The first one after rows begins another table.
    fn annotate(&mut self, reply: &Reply, cells: &[&str]) -> Result<(), QueryError> {
        if !self.names.is_empty() {
            *self = Self::default();
        }
        let Some((&name, rest)) = cells.split_first() else {
            return Ok(());
        };
        // The cell before the first column holds the annotation's name.
        match name {
            "#datatype" => self.kinds = owned(rest),
            "#group" => self.groups = rest.iter().map(|cell| *cell == "true").collect(),
            "#default" => self.defaults = owned(rest),
            _ => return Err(reply.malformed("an unknown annotation")),
        }
        Ok(())
    }

    fn head(&mut self, reply: &Reply, cells: &[&str]) -> Result<(), QueryError> {
        let columns = cells.len().saturating_sub(1);
        let annotations = [self.kinds.len(), self.groups.len(), self.defaults.len()];
        if columns == 0 || annotations != [columns; 3] {
            return Err(reply.malformed("a table without the annotations asked for"));
        }
        self.names = owned(cells);
        Ok(())
    }

    /// The labels of a row and its sample; none where the value is empty.
    fn sample(
        &self,
        reply: &Reply,
        row: &StringRecord,
    ) -> Result<(Labels, Option<Sample>), QueryError> {
        let mut labels = BTreeMap::new();
        let (mut at, mut value) = (None, None);
        let annotations = self.kinds.iter().zip(&self.groups).zip(&self.defaults);
        for ((name, cell), ((kind, &grouped), default)) in
            self.names.iter().zip(row).skip(1).zip(annotations)
        {
            let cell = if cell.is_empty() { default } else { cell };
            match name.as_str() {
                "_time" => at = Some(cell),
                "_value" => value = Some((kind.as_str(), cell)),
                "result" if cell != "_result" && !cell.is_empty() => {
                    labels.insert(name.clone(), cell.to_owned());
                }
                _ if grouped && !NO_LABELS.contains(&name.as_str()) => {
                    labels.insert(name.clone(), cell.to_owned());
                }
                _ => {}
            }
        }
        let (Some(at), Some((kind, value))) = (at, value) else {
            return Err(invalid(reply.detail(
                "the query returns a table without `_time` or `_value`; end it with aggregateWindow, or keep both",
            )));
        };
        if !matches!(kind, "double" | "long" | "unsignedLong") {
            return Err(invalid(
                reply.detail(&format!("`_value` is of type {kind}, no number")),
            ));
        }
        if value.is_empty() {
            return Ok((Labels(labels), None));
        }
        let at = at
            .parse()
            .map_err(|_| reply.malformed(&format!("`{at}` is no time")))?;
        let value = value
            .parse()
            .map_err(|_| reply.malformed(&format!("`{value}` is no number")))?;
        Ok((Labels(labels), Some(Sample { at, value })))
    }
}

fn owned(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|&cell| cell.to_owned()).collect()
}
