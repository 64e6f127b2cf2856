//! `serinus migrate`: what would have been decided here.

use clap::{Args, ValueEnum};

use super::{Outcome, outcome::Failure, output, runtime};
use crate::migrate::{Extent, Kayenta, markdown, migration, text};

/// Read a Kayenta's configs and past runs, judge their samples again, and show what would have changed
#[derive(Debug, Args)]
pub(super) struct Migrate {
    /// The Kayenta; nothing is changed there
    #[arg(long, value_name = "URL")]
    from: String,
    /// Only runs of this application; may be repeated. Without it those of all configs' applications
    #[arg(long = "application", value_name = "NAME")]
    applications: Vec<String>,
    /// How many runs of each application, the newest
    #[arg(long, value_name = "NUMBER", default_value_t = 100)]
    runs: usize,
    /// The form of the result
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// The form of the result.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// A table for people
    Text,
    /// Everything that was found
    Json,
    /// For pull requests and chats
    Markdown,
}

impl Migrate {
    pub(super) fn run(self) -> Result<Outcome, Failure> {
        let kayenta = Kayenta::at(&self.from).map_err(Failure::usage)?;
        let extent = Extent {
            applications: self.applications,
            runs: self.runs,
        };
        let found = runtime()?.block_on(migration(&kayenta, &extent, output::tell));
        let found = found.map_err(Failure::infrastructure)?;
        output::print(&match self.format {
            Format::Text => text(&found),
            Format::Json => {
                let json = serde_json::to_string_pretty(&found);
                json.map_err(Failure::infrastructure)? + "\n"
            }
            Format::Markdown => markdown(&found),
        });
        Ok(Outcome::Pass)
    }
}
