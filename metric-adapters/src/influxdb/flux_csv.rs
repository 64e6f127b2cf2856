//! Annotated CSV, the answer to a Flux query: several tables with headers of their own, errors among them.

use csv::{ReaderBuilder, StringRecord, Trim};

use super::statement::invalid;
use crate::collect::{Collected, Place, Stamp};
use crate::http::Reply;
use crate::places::{Places, Texts};
use crate::{Labels, QueryError, Sample};

/// What the cells of a column are.
#[derive(Clone, Copy)]
enum Role {
    Time,
    Value,
    /// The name of the result, a label unless it is the usual one.
    Result,
    Label,
    /// Describes the table, or tells no series apart.
    Nothing,
}

/// What the annotations and the header say of the rows that follow.
#[derive(Default)]
struct Schema {
    kinds: Vec<String>,
    groups: Vec<bool>,
    defaults: Vec<String>,
    names: Vec<String>,
    roles: Vec<Role>,
    places: Places,
    texts: Texts,
}

/// Reads an answer.
pub(super) fn read(
    reply: &Reply,
    stamp: Stamp,
    collected: &mut Collected,
) -> Result<(), QueryError> {
    walk(reply, |schema, row| {
        let Some((place, sample)) = schema.sample(reply, row, collected)? else {
            return Ok(());
        };
        collected.put(place, [sample], stamp);
        Ok(())
    })
}

/// Looks for errors in an answer whose rows do not matter.
pub(super) fn verify(reply: &Reply) -> Result<(), QueryError> {
    walk(reply, |_, _| Ok(()))
}

fn walk(
    reply: &Reply,
    mut row: impl FnMut(&mut Schema, &StringRecord) -> Result<(), QueryError>,
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
    let mut record = StringRecord::new();
    while reader
        .read_record(&mut record)
        .map_err(|error| reply.malformed(&format!("not an answer in CSV ({error})")))?
    {
        let first = record.get(0).unwrap_or_default();
        let without = usize::from(first.is_empty());
        if errors {
            return Err(failure(reply, record.get(without).unwrap_or_default()));
        }
        // Also without annotations and in the middle of a stream: that is how an error after the first rows comes.
        if record.iter().skip(without).eq(["error", "reference"]) {
            errors = true;
        } else if first.starts_with('#') {
            schema.annotate(reply, &record)?;
        } else if schema.names.is_empty() {
            schema.head(reply, &record)?;
        } else if record.len() == schema.names.len() {
            row(&mut schema, &record)?;
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
    fn annotate(&mut self, reply: &Reply, cells: &StringRecord) -> Result<(), QueryError> {
        if !self.names.is_empty() {
            *self = Self::default();
        }
        let mut cells = cells.iter();
        // The cell before the first column holds the annotation's name.
        match cells.next().unwrap_or_default() {
            "#datatype" => self.kinds = cells.map(str::to_owned).collect(),
            "#group" => self.groups = cells.map(|cell| cell == "true").collect(),
            "#default" => self.defaults = cells.map(str::to_owned).collect(),
            _ => return Err(reply.malformed("an unknown annotation")),
        }
        Ok(())
    }

    fn head(&mut self, reply: &Reply, cells: &StringRecord) -> Result<(), QueryError> {
        let columns = cells.len().saturating_sub(1);
        let annotations = [self.kinds.len(), self.groups.len(), self.defaults.len()];
        if columns == 0 || annotations != [columns; 3] {
            return Err(reply.malformed("a table without the annotations asked for"));
        }
        self.names = cells.iter().map(str::to_owned).collect();
        let roles = cells.iter().skip(1).zip(&self.groups);
        self.roles = roles.map(|(name, &grouped)| role(name, grouped)).collect();
        Ok(())
    }

    /// A row's sample, and where it goes; nothing where the value is empty.
    fn sample(
        &mut self,
        reply: &Reply,
        row: &StringRecord,
        collected: &mut Collected,
    ) -> Result<Option<(Place, Sample)>, QueryError> {
        let (mut at, mut value) = (None, None);
        self.texts.clear();
        let cells = cells_of(row, &self.defaults)
            .zip(&self.roles)
            .zip(&self.kinds);
        for ((cell, role), kind) in cells {
            match role {
                Role::Time => at = Some(cell),
                Role::Value => value = Some((kind.as_str(), cell)),
                Role::Result | Role::Label => self.texts.push(cell),
                Role::Nothing => {}
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
            return Ok(None);
        }
        let at = at
            .parse()
            .map_err(|_| reply.malformed(&format!("`{at}` is no time")))?;
        let value = value
            .parse()
            .map_err(|_| reply.malformed(&format!("`{value}` is no number")))?;
        let labels = || labels(&self.names, &self.roles, cells_of(row, &self.defaults));
        let place = self.places.find(&self.texts, labels, collected)?;
        Ok(Some((place, Sample { at, value })))
    }
}

fn role(name: &str, grouped: bool) -> Role {
    match name {
        "_time" => Role::Time,
        "_value" => Role::Value,
        "result" => Role::Result,
        "table" | "_start" | "_stop" => Role::Nothing,
        _ if grouped => Role::Label,
        _ => Role::Nothing,
    }
}

/// The cells of a row behind the first, which is the annotations'; an empty one has the column's default.
fn cells_of<'a>(row: &'a StringRecord, defaults: &'a [String]) -> impl Iterator<Item = &'a str> {
    let cells = row.iter().skip(1).zip(defaults);
    cells.map(|(cell, default)| if cell.is_empty() { default } else { cell })
}

fn labels<'a>(names: &[String], roles: &[Role], cells: impl Iterator<Item = &'a str>) -> Labels {
    let columns = names.iter().skip(1).zip(roles).zip(cells);
    let labels = columns.filter_map(|((name, role), cell)| {
        let is_label = match role {
            Role::Label => true,
            Role::Result => cell != "_result" && !cell.is_empty(),
            Role::Time | Role::Value | Role::Nothing => false,
        };
        is_label.then(|| (name.clone(), cell.to_owned()))
    });
    Labels(labels.collect())
}
