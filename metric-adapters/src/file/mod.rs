//! Tables in files: for trying things out, for tests, and for judging what was exported elsewhere.
//!
//! A query is `name.csv#column` or `name.json#column`; the name may lead into subfolders and holds no `#`.
//!
//! **CSV**: a header `time,<column>,..`, then one row per instant. An empty cell or `NaN` is no sample.
//!
//! **JSON**: either `{"start": <time>, "step": "60s", "series": {"<column>": [1, null, 3]}}` with one entry per
//! step, or `{"series": {"<column>": [[<time>, 1], [<time>, null]]}}`. `null` is no sample.
//!
//! **Times** are RFC 3339 texts with an offset (`2026-03-01T10:00:00Z`), or numbers since 1970: below 100 000 000 000 in
//! magnitude they are seconds (until the year 5138), otherwise milliseconds (from March 1973). Numbers may
//! have decimals, down to the microsecond. Rows need not be in order, but no column has two samples at
//! one instant.

mod csv;
mod json;
mod source;
mod table;
pub(crate) mod time;

use std::path::PathBuf;

use serde::Deserialize;

use crate::Limits;

pub(crate) use source::Files;
pub use table::{Table, TableError, read_table};

/// An account whose store is a folder of tables.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Config {
    /// The folder. Queries reach nothing outside of it, not even through symbolic links.
    pub directory: PathBuf,
    /// What the account may cost. `maxResponseBytes` limits the size of a table; `timeout` and
    /// `requestsPerSecond` do not apply.
    #[serde(default)]
    pub limits: Limits,
}
