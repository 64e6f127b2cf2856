//! `serinus config`: canary configs in files; one file per command.

mod import;
mod lint;
mod schema;
mod show;

use clap::{Args, Subcommand};

use super::{Outcome, outcome::Failure, output};
use crate::canary_config::Mistake;

/// Import, check and show canary configs
#[derive(Debug, Args)]
pub(super) struct Config {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Turn a canary config of Kayenta's into a native one
    Import(import::Import),
    /// Check canary configs, native or Kayenta's
    Lint(lint::Lint),
    /// Print the JSON Schema of canary configs, for editors
    Schema(schema::Schema),
    /// Print a canary config as the service has it
    Show(show::Show),
}

impl Config {
    pub(super) fn run(self) -> Result<Outcome, Failure> {
        match self.command {
            Command::Import(command) => command.run(),
            Command::Lint(command) => command.run(),
            Command::Schema(command) => command.run(),
            Command::Show(command) => command.run(),
        }
    }
}

/// A file's text.
fn read(file: &str) -> Result<String, Failure> {
    std::fs::read_to_string(file).map_err(|error| Failure::usage(format!("{file}: {error}")))
}

/// Tells what is worth knowing about a config, and no mistake.
fn tell_all(of: &str, warnings: &[Mistake]) {
    for warning in warnings {
        output::tell(&format!("warning: {of}: {warning}"));
    }
}
