//! `serinus config lint`: everything wrong with config files.

use clap::Args;

use super::super::{Outcome, outcome::Failure, output};
use super::{read, tell_all};
use crate::{
    canary_config::ParseError,
    config_files::{ConfigFile, Language},
};

/// Check canary configs, native or Kayenta's
///
/// Exits with 2 if there is a mistake in any of them; warnings are no mistakes.
#[derive(Debug, Args)]
pub(super) struct Lint {
    /// The config files: YAML or JSON
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
}

impl Lint {
    pub(super) fn run(self) -> Result<Outcome, Failure> {
        let mut wrong = 0;
        for file in &self.files {
            match lint(file) {
                Ok(kind) => output::print(&format!("{file}: {kind}, no mistakes\n")),
                Err(mistakes) => {
                    wrong += 1;
                    for mistake in mistakes {
                        output::complain(&mistake);
                    }
                }
            }
        }
        match wrong {
            0 => Ok(Outcome::Pass),
            _ => Ok(Outcome::Usage),
        }
    }
}

/// What kind of config a file holds, or every mistake in it, as lines.
fn lint(file: &str) -> Result<&'static str, Vec<String>> {
    let text = read(file).map_err(|failure| vec![failure.to_string()])?;
    match ConfigFile::parse(&text) {
        Ok(ConfigFile {
            language, warnings, ..
        }) => {
            tell_all(file, &warnings);
            Ok(match language {
                Language::Native => "a native config",
                Language::Kayenta(_) => "a Kayenta config",
            })
        }
        Err(ParseError::Syntax(detail)) => Err(vec![format!("{file}: {detail}")]),
        Err(ParseError::Mistakes(mistakes)) => {
            let lines = mistakes.iter().map(|mistake| format!("{file}: {mistake}"));
            Err(lines.collect())
        }
    }
}
