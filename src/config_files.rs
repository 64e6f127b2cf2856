//! Canary configs as they lie in files, native ones and Kayenta's: the one place that reads both languages.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::{
    canary_config::{CanaryConfig, ConfigLibrary, ConfigOrigin, LoadError, Mistake, ParseError},
    kayenta::{Given, KayentaConfig, KayentaError, Lowered},
    vocabularies::Vocabulary,
};

/// A config as read from a text.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfigFile {
    /// The config in native form.
    pub config: CanaryConfig,
    /// What it was written in.
    pub language: Language,
    /// What does nothing as it stands, or is not as it was in Kayenta; pointers are into the text.
    pub warnings: Vec<Mistake>,
}

/// What a config is written in.
#[derive(Debug, Clone, PartialEq)]
pub enum Language {
    /// Serinus' own.
    Native,
    /// Kayenta's, as its API answers it: the config as received.
    Kayenta(Box<KayentaConfig>),
}

impl ConfigFile {
    /// Reads a config of either language.
    ///
    /// # Errors
    /// The text is no config, or an inconsistent one: every mistake found, with its place.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        // Kayenta's are JSON, in which it takes a key that stands twice.
        let document: Option<Value> = serde_json::from_str(text)
            .ok()
            .or_else(|| serde_saphyr::from_str(text).ok());
        if let Some(received) = document.filter(KayentaConfig::recognises) {
            let received = KayentaConfig::from_value(received)
                .map_err(|mistake| ParseError::Mistakes(vec![mistake]))?;
            let lowered = received.lower(&Given::default());
            let Lowered { config, warnings } = lowered.map_err(ParseError::Mistakes)?;
            return Ok(Self {
                config,
                language: Language::Kayenta(Box::new(received)),
                warnings: warnings.into_iter().map(Mistake::from).collect(),
            });
        }
        let config = CanaryConfig::parse(text)?;
        let warnings = config.warnings();
        Ok(Self {
            config,
            language: Language::Native,
            warnings,
        })
    }
}

/// What can be turned into a native config, by what it was written in: the one place that tells them apart.
#[derive(Debug, Clone, PartialEq)]
pub enum Foreign {
    /// A canary config of Kayenta's.
    Kayenta(Box<KayentaConfig>),
    /// Conditions on metrics in another tool's words, in these documents.
    Conditions(Vocabulary, Vec<Value>),
}

impl Foreign {
    /// Reads what another tool's config says.
    ///
    /// # Errors
    /// The text is in no language that is understood, or is not what its language takes.
    pub fn parse(text: &str) -> Result<Self, KayentaError> {
        let documents: Vec<Value> = serde_saphyr::from_multiple(text).unwrap_or_default();
        match Vocabulary::recognise(&documents) {
            Some(vocabulary) => Ok(Self::Conditions(vocabulary, documents)),
            // Kayenta takes nearly anything, and says best what it is not.
            None => KayentaConfig::parse(text).map(|config| Self::Kayenta(Box::new(config))),
        }
    }
}

impl ConfigLibrary {
    /// The ready-made configs, and over them those in `directory` (`*.yaml`, `*.yml`, `*.json`), native ones and Kayenta's.
    ///
    /// # Errors
    /// A file cannot be read or is not a valid config; a broken config is never left out silently.
    pub fn load(directory: Option<&Path>) -> Result<Self, LoadError> {
        let mut library = Self::ready_made()?;
        for path in directory.map_or(Ok(Vec::new()), config_files)? {
            let text = std::fs::read_to_string(&path).map_err(|source| LoadError::Io {
                path: path.clone(),
                source,
            })?;
            let ConfigFile {
                config, warnings, ..
            } = ConfigFile::parse(&text).map_err(|source| LoadError::Parse {
                path: path.clone(),
                source,
            })?;
            let name = config.name.to_string();
            let replaced = library.insert(config, ConfigOrigin::Directory, warnings);
            if replaced.is_some_and(|entry| entry.origin == ConfigOrigin::Directory) {
                return Err(LoadError::Duplicate { path, name });
            }
        }
        Ok(library)
    }
}

/// The config files of a directory, sorted by name so that every start reads them in the same order.
fn config_files(directory: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let failed = |source| LoadError::Io {
        path: directory.to_owned(),
        source,
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        if matches!(extension, Some("yaml" | "yml" | "json")) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
