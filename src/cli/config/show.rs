//! `serinus config show`: the configs that come with the program.

use clap::Args;

use super::super::{Outcome, outcome::Failure, output};
use crate::canary_config::ConfigLibrary;

/// Print a ready-made canary config
#[derive(Debug, Args)]
pub(super) struct Show {
    /// The config's name
    name: String,
}

impl Show {
    pub(super) fn run(self) -> Result<Outcome, Failure> {
        let name = self.name;
        let text = ConfigLibrary::ready_made(&name).ok_or_else(|| {
            let known = ConfigLibrary::load(None).map(|library| {
                let names = library.iter().map(|entry| entry.config.name.to_string());
                names.collect::<Vec<_>>().join(", ")
            });
            match known {
                Ok(known) => {
                    Failure::usage(format!("no ready-made config is named {name:?} ({known})"))
                }
                Err(error) => Failure::infrastructure(error),
            }
        })?;
        output::print(text);
        Ok(Outcome::Pass)
    }
}
