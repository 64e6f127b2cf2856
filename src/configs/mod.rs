//! The configs that have a name: those in files, and those that callers store here.
//!
//! This is the one place that finds a config by its name. In this order it is
//! 1. a file of the directory: whoever runs the service put it there;
//! 2. one that was stored under this name or, in Kayenta's form, under this id;
//! 3. a ready-made one;
//! 4. one in Kayenta's form that calls itself so, if it is the only one: Kayenta has ids, and names that repeat.
//!
//! Nothing is stored under the name of a file or of a ready-made config, so that none is ever shadowed. A later version of
//! the program may bring a ready-made config whose name is taken: the stored one then stays what its users know.

mod change;
mod record;
mod stored;
mod unmistakable;

pub use change::{Changed, Precondition, Refused};
pub use record::{ConfigBody, Version};

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::Mutex;

use crate::{
    analysis::{ConfigIdentity, ConfigRef},
    canary_config::{CanaryConfig, ConfigEntry, ConfigLibrary, ConfigOrigin, Mistake},
    kayenta::Given,
    store::{DocumentKind, Store, StoreError, patiently},
};
use record::Record;
use stored::{LastRead, Stored};

/// All configs that a request can name.
#[derive(Debug, Clone)]
pub struct Configs {
    library: Arc<ConfigLibrary>,
    store: Arc<dyn Store>,
    read: Arc<LastRead>,
    /// Whose turn it is to store a config whose name has to be unique.
    turn: Arc<Mutex<()>>,
}

/// A config as it was found.
#[derive(Debug, Clone)]
pub struct KnownConfig {
    /// What it is addressed by: a native config's name, and the id of one in Kayenta's form.
    pub key: String,
    /// Where it came from.
    pub origin: ConfigOrigin,
    /// Identifies this version of it.
    pub digest: String,
    /// When it was stored; files do not say.
    pub changed_at: Option<Timestamp>,
    /// What it says.
    pub body: ConfigBody,
    /// What of a file does nothing as it stands, or is not as it was where it came from.
    warnings: Vec<Mistake>,
}

/// A config in native form.
#[derive(Debug, Clone)]
pub struct Usable {
    /// The config.
    pub config: Arc<CanaryConfig>,
    /// What does nothing as it stands, or is not as it was in Kayenta.
    pub warnings: Vec<Mistake>,
}

impl KnownConfig {
    /// What it calls itself.
    pub fn name(&self) -> &str {
        match &self.body {
            ConfigBody::Native(config) => config.name.as_str(),
            ConfigBody::Kayenta(config) => config.name(),
        }
    }

    /// The config in native form, for a request of which so much is known. Kayenta stores what it cannot run, and so it is
    /// with configs in its form here.
    ///
    /// # Errors
    /// Why no run is possible under it.
    pub fn usable(&self, given: &Given) -> Result<Usable, Vec<Mistake>> {
        match &self.body {
            ConfigBody::Native(config) => Ok(Usable {
                config: config.clone(),
                warnings: match self.origin {
                    ConfigOrigin::Stored => config.warnings(),
                    ConfigOrigin::ReadyMade | ConfigOrigin::Directory => self.warnings.clone(),
                },
            }),
            ConfigBody::Kayenta(config) => config.lower(given).map(|lowered| Usable {
                config: Arc::new(lowered.config),
                warnings: lowered.warnings.into_iter().map(Mistake::from).collect(),
            }),
        }
    }

    fn of_library(entry: &ConfigEntry) -> Self {
        Self {
            key: entry.config.name.to_string(),
            origin: entry.origin,
            digest: entry.digest.clone(),
            changed_at: None,
            body: ConfigBody::Native(entry.config.clone()),
            warnings: entry.warnings.clone(),
        }
    }

    fn of_record(key: String, record: Record) -> Self {
        let Version { digest, at, body } = record.newest;
        Self {
            key,
            origin: ConfigOrigin::Stored,
            digest,
            changed_at: Some(at),
            body,
            warnings: Vec::new(),
        }
    }
}

/// Why no config was found, by what the caller does next.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// Name another one.
    #[error("no config is named {name:?}; known: {}", .known.join(", "))]
    Unknown {
        /// The name.
        name: String,
        /// Names there are, not all of them where there are many.
        known: Vec<String>,
    },
    /// Name one by its id.
    #[error("several configs are named {name:?}; say which by its id: {}", .ids.join(", "))]
    Ambiguous {
        /// The name.
        name: String,
        /// The ids of those that have it.
        ids: Vec<String>,
    },
    /// Try again.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a request has no config to run under, by what the caller does next.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// Mend the request, or the config.
    #[error("the request names no usable config")]
    Invalid(Vec<Mistake>),
    /// Try again.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How many of the known names are told to whoever named none of them.
const TOLD: usize = 50;

impl Configs {
    /// The configs of this library, and those in this store.
    pub fn new(library: Arc<ConfigLibrary>, store: Arc<dyn Store>) -> Self {
        Self {
            library,
            store,
            read: Arc::default(),
            turn: Arc::default(),
        }
    }

    /// The config of that name.
    ///
    /// # Errors
    /// There is none, or there are several, or the store does not answer.
    pub async fn find(&self, name: &str) -> Result<KnownConfig, FindError> {
        if let Some(file) = self.in_library(name, ConfigOrigin::Directory) {
            return Ok(file);
        }
        let stored = self.stored().await?;
        if let Some(stored) = stored.get(name) {
            return Ok(stored.clone());
        }
        if let Some(ready_made) = self.in_library(name, ConfigOrigin::ReadyMade) {
            return Ok(ready_made);
        }
        let called: Vec<_> = stored.all().filter(|it| it.name() == name).collect();
        match called.as_slice() {
            [only] => Ok(KnownConfig::clone(only)),
            [] => Err(FindError::Unknown {
                name: shown(name),
                known: (self.with_library(&stored).into_iter())
                    .map(|config| config.key)
                    .take(TOLD)
                    .collect(),
            }),
            several => Err(FindError::Ambiguous {
                name: shown(name),
                ids: several.iter().map(|it| it.key.clone()).collect(),
            }),
        }
    }

    /// All configs, by name.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn list(&self) -> Result<Vec<KnownConfig>, StoreError> {
        Ok(self.with_library(&*self.stored().await?))
    }

    /// The config a request means, checked, with its identity.
    ///
    /// # Errors
    /// It is not known, or not consistent; pointers are into the request that holds it under `config`.
    pub async fn resolve(
        &self,
        config: &ConfigRef,
    ) -> Result<(Arc<CanaryConfig>, ConfigIdentity), ResolveError> {
        let ConfigRef::Name(name) = config else {
            return config.resolve(&self.library).map_err(ResolveError::Invalid);
        };
        let found = self
            .find(name.as_str())
            .await
            .map_err(|error| match error {
                FindError::Store(error) => ResolveError::Store(error),
                FindError::Unknown { .. } | FindError::Ambiguous { .. } => {
                    ResolveError::Invalid(vec![Mistake::new("/config/name", error.to_string())])
                }
            })?;
        let usable = found.usable(&Given::default()).map_err(|mistakes| {
            let named = |mistake: Mistake| {
                Mistake::new("/config/name", format!("in the config, {mistake}"))
            };
            ResolveError::Invalid(mistakes.into_iter().map(named).collect())
        })?;
        let identity = ConfigIdentity::of(&usable.config);
        Ok((usable.config, identity))
    }

    /// The versions of a stored config that are kept, newest first; none if nothing is stored under this key.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn versions(&self, key: &str) -> Result<Vec<Version>, StoreError> {
        let record = self.record(key).await?;
        Ok(record.map_or_else(Vec::new, |(record, _)| record.into_versions()))
    }

    /// What is stored and what comes in files, by name.
    fn with_library(&self, stored: &Stored) -> Vec<KnownConfig> {
        let in_file = |key: &str| self.in_library(key, ConfigOrigin::Directory).is_some();
        let stored_ones = stored.all().filter(|config| !in_file(&config.key)).cloned();
        let files = (self.library.iter())
            .filter(|entry| {
                entry.origin == ConfigOrigin::Directory
                    || stored.get(entry.config.name.as_str()).is_none()
            })
            .map(KnownConfig::of_library);
        let mut all: Vec<_> = stored_ones.chain(files).collect();
        all.sort_by(|a, b| (a.name(), &a.key).cmp(&(b.name(), &b.key)));
        all
    }

    /// The stored configs, whether or not files stand before them. Only those that have changed are read.
    ///
    /// # Errors
    /// The store does not answer.
    async fn stored(&self) -> Result<Arc<Stored>, StoreError> {
        patiently(|| self.read.brought_up_to_date(self.store.as_ref())).await
    }

    async fn record(&self, key: &str) -> Result<Option<(Record, u64)>, StoreError> {
        let document = patiently(|| self.store.document(DocumentKind::Config, key)).await?;
        document
            .map(|document| Ok((document.read()?, document.version)))
            .transpose()
    }

    fn in_library(&self, name: &str, origin: ConfigOrigin) -> Option<KnownConfig> {
        let entry = self
            .library
            .get(name)
            .filter(|entry| entry.origin == origin);
        entry.map(KnownConfig::of_library)
    }
}

/// As much of a name as a message needs.
fn shown(name: &str) -> String {
    name.chars().take(200).collect()
}
