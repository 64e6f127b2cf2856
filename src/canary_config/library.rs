//! The configs a service knows by name: the ready-made ones and those of a directory.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use serde::Serialize;
use utoipa::ToSchema;

use super::{CanaryConfig, Mistake, ParseError};

/// The configs that come with the program.
const READY_MADE: [(&str, &str); 10] = [
    (
        "judge-configs/web-service.yaml",
        include_str!("../../judge-configs/web-service.yaml"),
    ),
    (
        "judge-configs/simulated.yaml",
        include_str!("../../judge-configs/simulated.yaml"),
    ),
    (
        "judge-configs/monitoring-table.yaml",
        include_str!("../../judge-configs/monitoring-table.yaml"),
    ),
    (
        "judge-configs/grpc-service.yaml",
        include_str!("../../judge-configs/grpc-service.yaml"),
    ),
    (
        "judge-configs/kubernetes-pods.yaml",
        include_str!("../../judge-configs/kubernetes-pods.yaml"),
    ),
    (
        "judge-configs/jvm.yaml",
        include_str!("../../judge-configs/jvm.yaml"),
    ),
    (
        "judge-configs/queue-consumer.yaml",
        include_str!("../../judge-configs/queue-consumer.yaml"),
    ),
    (
        "judge-configs/parallel-run.yaml",
        include_str!("../../judge-configs/parallel-run.yaml"),
    ),
    (
        "judge-configs/feature-flag.yaml",
        include_str!("../../judge-configs/feature-flag.yaml"),
    ),
    (
        "judge-configs/multi-region.yaml",
        include_str!("../../judge-configs/multi-region.yaml"),
    ),
];

/// Where a config came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ConfigOrigin {
    /// It comes with the program.
    ReadyMade,
    /// It was read from the configured directory.
    Directory,
    /// It was stored by a caller.
    Stored,
}

/// A config and where it came from.
#[derive(Debug, Clone)]
pub struct ConfigEntry {
    /// The config.
    pub config: Arc<CanaryConfig>,
    /// The digest of this version of it.
    pub digest: String,
    /// Where it came from.
    pub origin: ConfigOrigin,
    /// What does nothing as it stands, or is not as it was where it came from.
    pub warnings: Vec<Mistake>,
}

/// Why the configs could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The directory or a file in it could not be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The directory or file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is not a valid config.
    #[error("{}: {source}", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: ParseError,
    },
    /// Two files of the directory hold configs of one name.
    #[error("{}: the config name {name:?} is already used by another file", path.display())]
    Duplicate {
        /// The second file.
        path: PathBuf,
        /// The name both have.
        name: String,
    },
}

/// All configs that a request can name.
#[derive(Debug, Clone, Default)]
pub struct ConfigLibrary {
    entries: BTreeMap<String, ConfigEntry>,
}

impl ConfigLibrary {
    /// The configs that come with the program.
    ///
    /// # Errors
    /// Never for the program that was tested.
    pub(crate) fn ready_made() -> Result<Self, LoadError> {
        let mut library = Self::default();
        for (path, text) in READY_MADE {
            let config = CanaryConfig::parse(text).map_err(|source| LoadError::Parse {
                path: path.into(),
                source,
            })?;
            library.insert(config, ConfigOrigin::ReadyMade, Vec::new());
        }
        Ok(library)
    }

    /// Adds a config with what there is to know about it; the one that had its name, if any.
    pub(crate) fn insert(
        &mut self,
        config: CanaryConfig,
        origin: ConfigOrigin,
        warnings: Vec<Mistake>,
    ) -> Option<ConfigEntry> {
        let name = config.name.to_string();
        let entry = ConfigEntry {
            digest: config.digest(),
            config: Arc::new(config),
            origin,
            warnings,
        };
        self.entries.insert(name, entry)
    }

    /// The text of a ready-made config, with its comments.
    pub fn ready_made_text(name: &str) -> Option<&'static str> {
        READY_MADE
            .iter()
            .map(|(_, text)| *text)
            .find(|text| CanaryConfig::parse(text).is_ok_and(|config| config.name.as_str() == name))
    }

    /// The config of that name.
    pub fn get(&self, name: &str) -> Option<&ConfigEntry> {
        self.entries.get(name)
    }

    /// All configs, by name.
    pub fn iter(&self) -> impl Iterator<Item = &ConfigEntry> {
        self.entries.values()
    }
}
