//! Runs of a Kayenta's that callers keep here, so that what links to them still finds them.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    access::{Denied, Grant},
    store::{Body, DocumentKind, Store, StoreError, Written},
};

/// The most runs that are kept; the oldest make room for new ones.
const MOST: usize = 100;
const KIND: DocumentKind = DocumentKind::ArchivedExecution;

/// Keeps runs of a Kayenta's, by their ids there.
#[derive(Debug, Clone)]
pub struct Archive(Arc<dyn Store>);

/// A run that is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Archived {
    /// When it was put here, or changed last.
    pub at: Timestamp,
    /// What Kayenta said of it.
    pub execution: Value,
}

/// What has to be under an id already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before {
    /// Nothing.
    Nothing,
    /// An earlier version.
    Something,
}

impl Archive {
    /// The runs in this store.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self(store)
    }

    /// For a caller who may know of everything: nobody says whose these runs are.
    ///
    /// # Errors
    /// The caller is limited to some applications or accounts.
    pub fn open(&self, grant: &Grant) -> Result<OpenArchive<'_>, Denied> {
        grant.require_everything()?;
        Ok(OpenArchive(&*self.0))
    }
}

/// The runs that are kept.
#[derive(Debug, Clone, Copy)]
pub struct OpenArchive<'a>(&'a dyn Store);

impl OpenArchive<'_> {
    /// The run of this id.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn get(&self, id: &str) -> Result<Option<Archived>, StoreError> {
        let found = self.0.document(KIND, id).await?;
        found.map(|document| document.read()).transpose()
    }

    /// The ids of all of them and when each was put here or changed last, the oldest first.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn all(&self) -> Result<Vec<(String, Timestamp)>, StoreError> {
        /// What a list says of a run: what Kayenta said of it is passed over.
        #[derive(Deserialize)]
        struct Dated {
            at: Timestamp,
        }
        let documents = self.0.documents(KIND).await?.into_iter();
        let all: Result<Vec<_>, StoreError> = documents
            .map(|(id, document)| Ok((id, document.read::<Dated>()?.at)))
            .collect();
        let mut all = all?;
        all.sort_by(|(one, first), (other, second)| (first, one).cmp(&(second, other)));
        Ok(all)
    }

    /// Keeps a run; whether it was as expected before.
    ///
    /// # Errors
    /// The store does not answer, or has no room.
    pub async fn put(
        &self,
        id: &str,
        execution: Value,
        before: Before,
    ) -> Result<bool, StoreError> {
        let found = self.0.document(KIND, id).await?;
        let version = match (&found, before) {
            (None, Before::Nothing) => 0,
            (Some(found), Before::Something) => found.version,
            (None, Before::Something) | (Some(_), Before::Nothing) => return Ok(false),
        };
        if before == Before::Nothing {
            self.make_room().await?;
        }
        let archived = Archived {
            at: Timestamp::now(),
            execution,
        };
        let body = Body::new(&archived)?;
        match self.0.write_document(KIND, id, version, body).await? {
            Written::Done(_) => Ok(true),
            // Somebody else was faster.
            Written::Conflict(_) => Ok(false),
        }
    }

    async fn make_room(&self) -> Result<(), StoreError> {
        let kept = self.0.document_versions(KIND).await?.len();
        if kept < MOST {
            return Ok(());
        }
        let all = self.all().await?;
        let too_many = (all.len() + 1).saturating_sub(MOST);
        for (id, _) in all.iter().take(too_many) {
            self.remove(id).await?;
        }
        Ok(())
    }

    /// Removes a run; whether it was there.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn remove(&self, id: &str) -> Result<bool, StoreError> {
        let Some(found) = self.0.document(KIND, id).await? else {
            return Ok(false);
        };
        let removed = self.0.remove_document(KIND, id, found.version).await?;
        Ok(matches!(removed, Written::Done(_)))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::store::{EmbeddedStore, Place, StoreLimits};

    #[tokio::test]
    async fn the_oldest_make_room_for_new_ones() {
        let limits = StoreLimits {
            keep: 10,
            keep_for: Duration::from_secs(60),
            open: 10,
            lease: Duration::from_secs(1),
            per_application: 1,
            per_account: 1,
        };
        let store = EmbeddedStore::open(Place::Memory, limits).unwrap();
        let archive = Archive::new(Arc::new(store));
        let archive = archive.open(&Grant::everything(None)).unwrap();
        let ids: Vec<String> = (0..MOST + 2).map(|at| format!("run {at:03}")).collect();
        for id in &ids[..MOST] {
            assert!(archive.put(id, json!({}), Before::Nothing).await.unwrap());
        }
        // One that is changed is new again.
        let changed = json!({"changed": true});
        let put = archive.put(&ids[0], changed.clone(), Before::Something);
        assert!(put.await.unwrap());
        for id in &ids[MOST..] {
            assert!(archive.put(id, json!({}), Before::Nothing).await.unwrap());
        }
        let all = archive.all().await.unwrap();
        let kept: Vec<_> = all.into_iter().map(|(id, _)| id).collect();
        let expected = [&ids[3..MOST], &ids[..1], &ids[MOST..]].concat();
        assert_eq!(kept, expected);
        let found = archive.get(&ids[0]).await.unwrap().unwrap();
        assert_eq!(found.execution, changed);
        assert!(archive.get(&ids[1]).await.unwrap().is_none());
    }
}
