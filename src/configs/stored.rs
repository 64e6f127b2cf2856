//! The stored configs as they were last read.
//!
//! A record holds all versions of its config and is large; which one has changed is told by its version alone. So a record is
//! read once, and only its newest version is remembered.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use super::{KnownConfig, record::Record};
use crate::store::{DocumentKind, Store, StoreError};

/// The stored configs at one moment, by key.
#[derive(Debug, Default)]
pub(super) struct Stored(BTreeMap<String, (u64, KnownConfig)>);

impl Stored {
    /// The config under this key.
    pub(super) fn get(&self, key: &str) -> Option<&KnownConfig> {
        self.0.get(key).map(|(_, config)| config)
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &KnownConfig> {
        self.0.values().map(|(_, config)| config)
    }

    fn is_at(&self, versions: &[(String, u64)]) -> bool {
        let own = self.0.iter().map(|(key, (version, _))| (key, *version));
        own.eq(versions.iter().map(|(key, version)| (key, *version)))
    }
}

/// Remembers what was read.
#[derive(Debug, Default)]
pub(super) struct LastRead(Mutex<Arc<Stored>>);

impl LastRead {
    /// The stored configs as they are now.
    ///
    /// # Errors
    /// The store does not answer.
    pub(super) async fn brought_up_to_date(
        &self,
        store: &dyn Store,
    ) -> Result<Arc<Stored>, StoreError> {
        let versions = store.document_versions(DocumentKind::Config).await?;
        let last = self.last();
        if last.is_at(&versions) {
            return Ok(last);
        }
        let mut now = BTreeMap::new();
        for (key, version) in versions {
            if let Some((at, config)) = last.0.get(&key).filter(|(at, _)| *at == version) {
                now.insert(key, (*at, config.clone()));
                continue;
            }
            // One that has been removed meanwhile is no longer there.
            if let Some(document) = store.document(DocumentKind::Config, &key).await? {
                let record: Record = document.read()?;
                let config = KnownConfig::of_record(key.clone(), record);
                now.insert(key, (document.version, config));
            }
        }
        let now = Arc::new(Stored(now));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = now.clone();
        Ok(now)
    }

    fn last(&self) -> Arc<Stored> {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        last.clone()
    }
}
