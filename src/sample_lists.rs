//! Lists of samples that callers keep here: a bounded number of documents, for a bounded time.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{
    access::{Denied, Grant},
    store::{Body, DocumentKind, Store, StoreError, Written},
};

/// The most lists of a kind; the oldest make room for new ones.
const MOST: usize = 100;
/// How long a list is kept.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(24 * 30);

/// All lists that callers keep here.
#[derive(Debug, Clone)]
pub struct Shelf(Arc<dyn Store>);

impl Shelf {
    /// The lists in this store.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self(store)
    }

    /// The lists of one kind, for a caller who may know of everything: they belong to no application.
    ///
    /// # Errors
    /// The caller is limited to some applications or accounts.
    pub fn lists(&self, grant: &Grant, kind: DocumentKind) -> Result<SampleLists<'_>, Denied> {
        grant.require_everything()?;
        Ok(SampleLists::new(&*self.0, kind))
    }
}

/// The lists of one kind.
#[derive(Debug, Clone, Copy)]
pub struct SampleLists<'a> {
    store: &'a dyn Store,
    kind: DocumentKind,
}

/// A list, without what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListEntry {
    /// Its id.
    pub id: String,
    /// When it was put here.
    pub at: Timestamp,
}

impl<'a> SampleLists<'a> {
    /// The lists of this kind in a store.
    pub fn new(store: &'a dyn Store, kind: DocumentKind) -> Self {
        Self { store, kind }
    }

    /// Keeps a list: its id.
    ///
    /// # Errors
    /// The store does not answer, or has no room.
    pub async fn put(&self, list: &impl Serialize) -> Result<String, StoreError> {
        let now = Timestamp::now();
        let mut all = self.all().await?;
        let outdated = |entry: &ListEntry| now.duration_since(entry.at) > KEPT_FOR;
        let (old, young): (Vec<_>, Vec<_>) = all.drain(..).partition(outdated);
        let too_many = (young.len() + 1).saturating_sub(MOST);
        // Ids begin with their time, so the oldest come first.
        for entry in old.iter().chain(young.iter().take(too_many)) {
            self.remove(&entry.id).await?;
        }
        let id = Uuid::now_v7().to_string();
        match self
            .store
            .write_document(self.kind, &id, 0, Body::new(list)?)
            .await?
        {
            Written::Done(_) => Ok(id),
            Written::Conflict(_) => {
                Err(StoreError::Unavailable("an id was given twice".to_owned()))
            }
        }
    }

    /// The list of this id.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn get<T: DeserializeOwned>(&self, id: &str) -> Result<Option<T>, StoreError> {
        let found = self.store.document(self.kind, id).await?;
        found.map(|document| document.read()).transpose()
    }

    /// Removes a list; whether it was there.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn remove(&self, id: &str) -> Result<bool, StoreError> {
        let Some(document) = self.store.document(self.kind, id).await? else {
            return Ok(false);
        };
        let removed = self
            .store
            .remove_document(self.kind, id, document.version)
            .await?;
        Ok(matches!(removed, Written::Done(_)))
    }

    /// All lists, the oldest first.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn all(&self) -> Result<Vec<ListEntry>, StoreError> {
        let documents = self.store.document_versions(self.kind).await?;
        let entries = documents.into_iter().filter_map(|(id, _)| {
            let uuid: Uuid = id.parse().ok()?;
            let millis = i64::try_from(uuid.as_u128() >> 80).ok()?;
            let at = Timestamp::from_millisecond(millis).ok()?;
            Some(ListEntry { id, at })
        });
        let mut entries: Vec<_> = entries.collect();
        entries.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(entries)
    }
}
