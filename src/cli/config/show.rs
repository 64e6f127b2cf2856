//! `serinus config show`: a config as the service has it.

use std::path::{Path, PathBuf};

use clap::Args;

use super::super::{Outcome, outcome::Failure, output};
use super::{read, tell_all};
use crate::{
    canary_config::{CanaryConfig, ConfigLibrary, ConfigOrigin},
    config_files::ConfigFile,
};

/// Print a canary config as the service has it
///
/// Ready-made ones are printed as they are written, others in full native form, also those that are in Kayenta's. What does
/// nothing as it stands, or is not as it was in Kayenta, is told on standard error.
#[derive(Debug, Args)]
pub(super) struct Show {
    /// The config's name, or a file
    #[arg(value_name = "NAME|FILE")]
    config: String,
    /// A directory with further configs, as the setting `configs.directory`
    #[arg(long, value_name = "DIRECTORY")]
    directory: Option<PathBuf>,
}

impl Show {
    pub(super) fn run(self) -> Result<Outcome, Failure> {
        let name = self.config.as_str();
        if Path::new(name).is_file() {
            let file = ConfigFile::parse(&read(name)?)
                .map_err(|error| Failure::usage(format!("{name}: {error}")))?;
            tell_all(name, &file.warnings);
            return printed(&file.config);
        }
        let library = ConfigLibrary::load(self.directory.as_deref()).map_err(Failure::usage)?;
        let entry = library.get(name).ok_or_else(|| {
            let names = library.iter().map(|entry| entry.config.name.to_string());
            let known = names.collect::<Vec<_>>().join(", ");
            Failure::usage(format!("no config is named {name:?} ({known})"))
        })?;
        tell_all(name, &entry.warnings);
        let as_written = match entry.origin {
            ConfigOrigin::ReadyMade => ConfigLibrary::ready_made_text(name),
            ConfigOrigin::Directory | ConfigOrigin::Stored => None,
        };
        match as_written {
            Some(text) => {
                output::print(text);
                Ok(Outcome::Pass)
            }
            None => printed(&entry.config),
        }
    }
}

fn printed(config: &CanaryConfig) -> Result<Outcome, Failure> {
    output::print(&config.to_yaml().map_err(Failure::infrastructure)?);
    Ok(Outcome::Pass)
}
