//! Tables in CSV (RFC 4180; a byte order mark is ignored).

use std::collections::BTreeSet;

use ::csv::{ErrorKind, Position, ReaderBuilder, StringRecord, Trim};

use super::table::{Flaw, Table, sort};
use super::time;
use crate::Sample;

/// Reads a whole file.
pub(super) fn parse(bytes: &[u8]) -> Result<Table, Flaw> {
    let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(bytes);
    let header = reader.headers().map_err(unreadable)?.clone();
    let names = columns(&header)?;
    let mut columns: Vec<Vec<Sample>> = vec![Vec::new(); names.len()];
    for row in reader.records() {
        let row = row.map_err(unreadable)?;
        let line = row.position().map_or(0, Position::line);
        let mut cells = row.iter();
        let text = cells.next().unwrap_or_default();
        let at = time::from_text(text).ok_or_else(|| {
            let problem =
                format!("{text:?} is no time (RFC 3339, or seconds or milliseconds since 1970)");
            flaw(line, "time", problem)
        })?;
        for ((name, column), text) in names.iter().zip(&mut columns).zip(cells) {
            if text.is_empty() {
                continue;
            }
            let value: f64 = text
                .parse()
                .map_err(|_| flaw(line, name, format!("{text:?} is no number")))?;
            if !value.is_nan() {
                column.push(Sample { at, value });
            }
        }
    }
    let mut table = Table::default();
    for (name, mut samples) in names.into_iter().zip(columns) {
        sort(&mut samples).map_err(|at| Flaw {
            place: format!("column `{name}`"),
            problem: format!("two samples at {at}"),
        })?;
        table.columns.insert(name, samples);
    }
    Ok(table)
}

/// The names after `time`.
fn columns(header: &StringRecord) -> Result<Vec<String>, Flaw> {
    let problem = |problem: String| Flaw {
        place: "line 1".to_owned(),
        problem,
    };
    let mut cells = header.iter();
    let first = cells.next().unwrap_or_default();
    if first != "time" {
        return Err(problem(format!(
            "the first column is `time`, not {first:?}"
        )));
    }
    let mut names: Vec<String> = Vec::new();
    let mut known = BTreeSet::new();
    for name in cells {
        if name.is_empty() {
            return Err(problem(format!("column {} has no name", names.len() + 2)));
        }
        if !known.insert(name) {
            return Err(problem(format!("two columns `{name}`")));
        }
        names.push(name.to_owned());
    }
    if names.is_empty() {
        return Err(problem("no column besides `time`".to_owned()));
    }
    Ok(names)
}

fn flaw(line: u64, column: &str, problem: String) -> Flaw {
    Flaw {
        place: format!("line {line}, column `{column}`"),
        problem,
    }
}

fn unreadable(error: ::csv::Error) -> Flaw {
    let line = error.position().map_or(1, Position::line);
    let problem = match error.kind() {
        ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => format!("{len} cells where the header has {expected_len}"),
        ErrorKind::Utf8 { err, .. } => format!("not UTF-8, in cell {}", err.field() + 1),
        ErrorKind::Io(_)
        | ErrorKind::Seek
        | ErrorKind::Serialize(_)
        | ErrorKind::Deserialize { .. }
        | _ => error.to_string(),
    };
    Flaw {
        place: format!("line {line}"),
        problem,
    }
}
