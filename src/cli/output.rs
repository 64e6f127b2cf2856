//! What commands print: results on standard output, everything else on standard error.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this is where the command line prints"
)]

use std::{
    fs,
    io::{IsTerminal, stdout},
    path::Path,
};

use clap::ValueEnum;

use super::outcome::Failure;
use crate::{
    analysis::Scorecard,
    canary_config::{CanaryConfig, ConfigLibrary, ParseError},
    config_files::ConfigFile,
    report::{self, Colour},
};

/// The form of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// A table for people
    Text,
    /// The whole scorecard
    Json,
    /// For pull requests and chats
    Markdown,
    /// For CI systems
    Junit,
}

impl Format {
    pub(super) fn render(self, scorecard: &Scorecard) -> Result<String, Failure> {
        match self {
            Self::Text => Ok(report::text(scorecard, colour())),
            Self::Json => serde_json::to_string_pretty(scorecard)
                .map(|json| json + "\n")
                .map_err(Failure::infrastructure),
            Self::Markdown => Ok(report::markdown(scorecard)),
            Self::Junit => report::junit(scorecard).map_err(Failure::infrastructure),
        }
    }
}

/// The report as one HTML file, beside what is printed.
pub(super) fn write_html(file: Option<&Path>, scorecard: &Scorecard) -> Result<(), Failure> {
    let Some(file) = file else {
        return Ok(());
    };
    fs::write(file, report::html(scorecard))
        .map_err(|error| Failure::infrastructure(format!("{}: {error}", file.display())))
}

/// Colours only for a terminal whose user has not asked for none (`NO_COLOR`).
pub(super) fn colour() -> Colour {
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    if stdout().is_terminal() && !unwanted {
        Colour::Always
    } else {
        Colour::Never
    }
}

/// A result.
pub(super) fn print(text: &str) {
    print!("{text}");
}

/// Progress.
pub(super) fn tell(text: &str) {
    eprintln!("{text}");
}

/// An error.
pub(super) fn complain(text: &str) {
    eprintln!("error: {text}");
}

/// A config by file path or, if there is no such file, by ready-made name.
pub(super) fn read_config(file_or_name: &str) -> Result<CanaryConfig, Failure> {
    let path = Path::new(file_or_name);
    if !path.exists() {
        let library = ConfigLibrary::load(None).map_err(Failure::usage)?;
        let entry = library.get(file_or_name).ok_or_else(|| {
            let names: Vec<_> = library
                .iter()
                .map(|entry| entry.config.name.as_str())
                .collect();
            let names = names.join(", ");
            Failure::usage(format!(
                "{file_or_name}: neither a file nor a ready-made config ({names})"
            ))
        })?;
        return Ok(CanaryConfig::clone(&entry.config));
    }
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("{file_or_name}: {error}")))?;
    let file = ConfigFile::parse(&text).map_err(|error| match error {
        ParseError::Syntax(detail) => Failure::usage(format!("{file_or_name}: {detail}")),
        ParseError::Mistakes(mistakes) => {
            let lines: Vec<_> = mistakes
                .iter()
                .map(|mistake| format!("{file_or_name}: {mistake}"))
                .collect();
            Failure::usage(lines.join("\n       "))
        }
    })?;
    for warning in &file.warnings {
        tell(&format!("warning: {file_or_name}: {warning}"));
    }
    Ok(file.config)
}
