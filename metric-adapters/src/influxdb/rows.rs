//! The JSON of version 3: one object per row.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use serde::Deserializer as _;
use serde::de::{self, SeqAccess, Visitor};

use super::cell::{Cell, Row};
use super::statement::invalid;
use crate::collect::{Collected, Stamp};
use crate::http::Reply;
use crate::places::{Places, Texts};
use crate::{Labels, QueryError, Sample};

/// The name of the column with the time.
const TIME: &str = "time";

/// Reads rows: `time` is the time, texts are labels, and each number is a sample of the series its column names.
pub(super) fn read(
    reply: &Reply,
    stamp: Stamp,
    collected: &mut Collected,
) -> Result<(), QueryError> {
    let (mut places, mut texts) = (Places::default(), Texts::default());
    each_row(reply, |Row(row)| {
        let at = time(reply, &row)?;
        texts.clear();
        for (column, text) in labels(&row) {
            texts.push(column);
            texts.push(text);
        }
        let of_row = texts.len();
        for (field, cell) in &row {
            match cell {
                Cell::Text(_) | Cell::Gap => {}
                Cell::Number(value) => {
                    texts.truncate(of_row);
                    texts.push(field);
                    let place = places.find(&texts, || labels_of(field, &row), collected)?;
                    let sample = Sample { at, value: *value };
                    collected.put(place, [sample], stamp);
                }
                Cell::Other => {
                    return Err(invalid(reply.detail(&format!(
                        "the column `{field}` holds neither numbers nor texts"
                    ))));
                }
            }
        }
        Ok(())
    })
}

/// Looks for errors in an answer whose rows do not matter.
pub(super) fn verify(reply: &Reply) -> Result<(), QueryError> {
    each_row(reply, |_| Ok(()))
}

fn time(reply: &Reply, row: &[(Cow<'_, str>, Cell<'_>)]) -> Result<Timestamp, QueryError> {
    match row.iter().find(|(column, _)| column == TIME) {
        Some((_, Cell::Text(text))) => {
            instant(text).ok_or_else(|| reply.malformed(&format!("`{text}` is no time")))
        }
        Some(_) | None => Err(invalid(reply.detail(
            "a row has no column `time`; name it so, as in `date_bin(..) AS time`",
        ))),
    }
}

/// The columns of texts but for the time.
fn labels<'r>(row: &'r [(Cow<'_, str>, Cell<'_>)]) -> impl Iterator<Item = (&'r str, &'r str)> {
    row.iter().filter_map(|(column, cell)| match cell {
        Cell::Text(text) if column != TIME => Some((&**column, &**text)),
        Cell::Text(_) | Cell::Number(_) | Cell::Gap | Cell::Other => None,
    })
}

/// The labels of a field's series.
fn labels_of(field: &str, row: &[(Cow<'_, str>, Cell<'_>)]) -> Labels {
    let own = labels(row).map(|(column, text)| match column {
        "iox::measurement" => ("measurement", text),
        _ => (column, text),
    });
    let all = own.chain([("field", field)]);
    Labels(
        all.map(|(name, text)| (name.to_owned(), text.to_owned()))
            .collect(),
    )
}

/// Hands over one row after the other: all of them at once would take many times the memory of the answer.
fn each_row<'r>(
    reply: &'r Reply,
    row: impl FnMut(Row<'r>) -> Result<(), QueryError>,
) -> Result<(), QueryError> {
    if !reply.status.is_success() {
        return Err(reply.failure(&reply.said()));
    }
    let mut rows = Rows { row, refused: None };
    let mut json = serde_json::Deserializer::from_slice(&reply.body);
    let read = json.deserialize_seq(&mut rows).and_then(|()| json.end());
    match (rows.refused, read) {
        (Some(error), _) => Err(error),
        (None, Ok(())) => Ok(()),
        (None, Err(error)) => Err(reply.malformed(&format!(
            "not an answer of InfluxDB's v3 query API ({error})"
        ))),
    }
}

struct Rows<F> {
    row: F,
    refused: Option<QueryError>,
}

impl<'de, F: FnMut(Row<'de>) -> Result<(), QueryError>> Visitor<'de> for &mut Rows<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(row) = list.next_element()? {
            if let Err(error) = (self.row)(row) {
                self.refused = Some(error);
                return Err(de::Error::custom("a row was refused"));
            }
        }
        Ok(())
    }
}

/// RFC 3339; without an offset, as version 3 writes it, in UTC.
fn instant(text: &str) -> Option<Timestamp> {
    // A time without an offset would also be read out of one that has it.
    let clock = text.get("2024-03-01T".len()..)?;
    if clock.contains(['Z', 'z', '+', '-']) {
        return text.parse().ok();
    }
    let civil: DateTime = text.parse().ok()?;
    Offset::UTC.to_timestamp(civil).ok()
}
