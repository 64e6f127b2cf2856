//! A table of samples, and reading one from a file.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::{csv, json};
use crate::Sample;

/// Named columns of samples.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    /// Per column its samples in order of time, at most one per instant. Missing samples are absent.
    pub columns: BTreeMap<String, Vec<Sample>>,
}

/// A table cannot be read. The texts name the file, and the place in it where there is one.
#[derive(Debug, Error)]
pub enum TableError {
    /// The file cannot be read at all.
    #[error("cannot read {}", path.display())]
    Io {
        /// The file's path.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The name ends neither with `.csv` nor with `.json`.
    #[error("{} is neither a .csv nor a .json file", path.display())]
    UnknownFormat {
        /// The file's path.
        path: PathBuf,
    },
    /// The content is not a table.
    #[error("{}, {place}: {problem}", path.display())]
    Content {
        /// The file's path.
        path: PathBuf,
        /// Where: line and column, or the series and its entry.
        place: String,
        /// What is wrong there.
        problem: String,
    },
}

/// Something wrong at a place of a table, before the file's name is added.
#[derive(Debug)]
pub(super) struct Flaw {
    pub(super) place: String,
    pub(super) problem: String,
}

/// Reads a `.csv` or `.json` table; [the module](super) describes both.
///
/// # Errors
/// When the file cannot be read or is not such a table.
///
/// ```no_run
/// let table = serinus_adapters::file::read_table("samples/errors.csv".as_ref())?;
/// for (name, samples) in &table.columns {
///     println!("{name}: {} samples", samples.len());
/// }
/// # Ok::<(), serinus_adapters::file::TableError>(())
/// ```
pub fn read_table(path: &Path) -> Result<Table, TableError> {
    let parse = match path.extension().and_then(|extension| extension.to_str()) {
        Some("csv") => csv::parse,
        Some("json") => json::parse,
        Some(_) | None => return Err(TableError::UnknownFormat { path: path.into() }),
    };
    let bytes = fs::read(path).map_err(|source| TableError::Io {
        path: path.into(),
        source,
    })?;
    parse(&bytes).map_err(|Flaw { place, problem }| TableError::Content {
        path: path.into(),
        place,
        problem,
    })
}

/// Puts a column's samples in order; tells the instant that occurs twice, if one does.
pub(super) fn sort(samples: &mut [Sample]) -> Result<(), jiff::Timestamp> {
    samples.sort_by_key(|sample| sample.at);
    match samples.windows(2).find(|pair| pair[0].at == pair[1].at) {
        Some(pair) => Err(pair[0].at),
        None => Ok(()),
    }
}
