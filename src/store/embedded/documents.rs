//! Documents in the database.

use async_trait::async_trait;
use redb::{ReadableTable, TableDefinition, WriteTransaction};

use super::{EmbeddedStore, file::Failed};
use crate::store::{Body, Document, DocumentKind, DocumentStore, StoreError, Written};

/// Documents, by kind and name, with their versions.
const DOCUMENTS: TableDefinition<'_, (&str, &str), (u64, &[u8])> =
    TableDefinition::new("documents");

/// The version that was given last, of all documents together: none comes twice, so that what is removed and written again is
/// not what somebody has read.
const CHANGES: TableDefinition<'_, (), u64> = TableDefinition::new("document-changes");

/// Makes the tables, so that reading finds them.
pub(super) fn make(database: &WriteTransaction) -> Result<(), Failed> {
    database.open_table(DOCUMENTS)?;
    database.open_table(CHANGES)?;
    Ok(())
}

/// Changes a document that is at this version.
fn change(
    database: &WriteTransaction,
    key: (&str, &str),
    version: u64,
    body: Option<&[u8]>,
) -> Result<Written, Failed> {
    let mut documents = database.open_table(DOCUMENTS)?;
    let current = documents.get(key)?.map_or(0, |entry| entry.value().0);
    if current != version {
        return Ok(Written::Conflict(current));
    }
    let mut changes = database.open_table(CHANGES)?;
    // In files of earlier versions each document had a count of its own.
    let last = changes.get(())?.map_or(0, |last| last.value()).max(version);
    match body {
        Some(body) => {
            let now = last + 1;
            changes.insert((), now)?;
            documents.insert(key, (now, body))?;
            Ok(Written::Done(now))
        }
        None => {
            changes.insert((), last)?;
            documents.remove(key)?;
            Ok(Written::Done(0))
        }
    }
}

#[async_trait]
impl DocumentStore for EmbeddedStore {
    async fn document(
        &self,
        kind: DocumentKind,
        name: &str,
    ) -> Result<Option<Document>, StoreError> {
        self.shared.file.read(|database| {
            let documents = database.open_table(DOCUMENTS)?;
            let entry = documents.get((kind.as_str(), name))?;
            Ok(entry.map(|entry| {
                let (version, body) = entry.value();
                Document {
                    version,
                    body: body.to_vec(),
                }
            }))
        })
    }

    async fn write_document(
        &self,
        kind: DocumentKind,
        name: &str,
        version: u64,
        body: Body,
    ) -> Result<Written, StoreError> {
        let name = name.to_owned();
        self.write(
            move |database| change(database, (kind.as_str(), &name), version, Some(&body.0)),
            |_, _| {},
        )
        .await
    }

    async fn remove_document(
        &self,
        kind: DocumentKind,
        name: &str,
        version: u64,
    ) -> Result<Written, StoreError> {
        let name = name.to_owned();
        self.write(
            move |database| change(database, (kind.as_str(), &name), version, None),
            |_, _| {},
        )
        .await
    }

    async fn documents(&self, kind: DocumentKind) -> Result<Vec<(String, Document)>, StoreError> {
        self.each(kind, |version, body| Document {
            version,
            body: body.to_vec(),
        })
        .await
    }

    async fn document_versions(
        &self,
        kind: DocumentKind,
    ) -> Result<Vec<(String, u64)>, StoreError> {
        self.each(kind, |version, _| version).await
    }
}

impl EmbeddedStore {
    /// What is wanted of each document of a kind, by name.
    async fn each<T: Send + 'static>(
        &self,
        kind: DocumentKind,
        wanted: impl Fn(u64, &[u8]) -> T + Send + 'static,
    ) -> Result<Vec<(String, T)>, StoreError> {
        self.read(move |database| {
            let documents = database.open_table(DOCUMENTS)?;
            let kind = kind.as_str();
            let mut found = Vec::new();
            for entry in documents.range((kind, "")..)? {
                let (key, value) = entry?;
                let (of, name) = key.value();
                if of != kind {
                    break;
                }
                let (version, body) = value.value();
                found.push((name.to_owned(), wanted(version, body)));
            }
            Ok(found)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::store::{embedded::Place, suite::limits};

    /// Files of earlier versions counted for each document.
    #[tokio::test]
    async fn versions_go_on_where_documents_had_a_count_of_their_own() {
        let store = Arc::new(EmbeddedStore::open(Place::Memory, limits()).unwrap());
        let forget_count = async || {
            let forget = |database: &WriteTransaction| {
                database.open_table(CHANGES)?.remove(())?;
                Ok(())
            };
            store.write(forget, |_, _| {}).await.unwrap();
        };
        let (kind, name) = (DocumentKind::Config, "a");
        let body = || Body::new(&"x".to_owned()).unwrap();
        for at in 0..3 {
            let written = store.write_document(kind, name, at, body()).await.unwrap();
            assert_eq!(written, Written::Done(at + 1));
            forget_count().await;
        }
        let removed = store.remove_document(kind, name, 3).await.unwrap();
        assert!(matches!(removed, Written::Done(_)));
        let written = store.write_document(kind, name, 0, body()).await.unwrap();
        assert_eq!(written, Written::Done(4));
    }
}
