//! The JSON of version 3: one object per row.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserializer as _;
use serde::de::{self, SeqAccess, Visitor};
use serde_json::Value;

use super::statement::invalid;
use crate::collect::{Collected, Stamp};
use crate::http::Reply;
use crate::{Labels, QueryError, Sample};

type Row = BTreeMap<String, Value>;

/// Reads rows: `time` is the time, texts are labels, and each number is a sample of the series its column names.
pub(super) fn read(
    reply: &Reply,
    stamp: Stamp,
    collected: &mut Collected,
) -> Result<(), QueryError> {
    each_row(reply, |row| add(reply, row, stamp, collected))
}

/// Looks for errors in an answer whose rows do not matter.
pub(super) fn verify(reply: &Reply) -> Result<(), QueryError> {
    each_row(reply, |_| Ok(()))
}

fn add(reply: &Reply, row: Row, stamp: Stamp, collected: &mut Collected) -> Result<(), QueryError> {
    let at = match row.get("time") {
        Some(Value::String(text)) => {
            instant(text).ok_or_else(|| reply.malformed(&format!("`{text}` is no time")))?
        }
        Some(_) | None => {
            return Err(invalid(reply.detail(
                "a row has no column `time`; name it so, as in `date_bin(..) AS time`",
            )));
        }
    };
    let mut labels = BTreeMap::new();
    let mut values = Vec::new();
    for (column, cell) in row {
        match cell {
            Value::String(_) if column == "time" => {}
            Value::String(text) => {
                let name = match column.as_str() {
                    "iox::measurement" => "measurement".to_owned(),
                    _ => column,
                };
                labels.insert(name, text);
            }
            Value::Number(number) => values.extend(number.as_f64().map(|value| (column, value))),
            Value::Null => {}
            Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
                return Err(invalid(reply.detail(&format!(
                    "the column `{column}` holds neither numbers nor texts"
                ))));
            }
        }
    }
    for (field, value) in values {
        let mut labels = labels.clone();
        labels.insert("field".to_owned(), field);
        collected.add(Labels(labels), [Sample { at, value }], stamp);
    }
    Ok(())
}

/// Hands over one row after the other: all of them at once would take many times the memory of the answer.
fn each_row(
    reply: &Reply,
    row: impl FnMut(Row) -> Result<(), QueryError>,
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

impl<'de, F: FnMut(Row) -> Result<(), QueryError>> Visitor<'de> for &mut Rows<F> {
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
    text.parse().ok().or_else(|| {
        let civil: DateTime = text.parse().ok()?;
        let zoned = civil.to_zoned(TimeZone::UTC).ok()?;
        Some(zoned.timestamp())
    })
}
