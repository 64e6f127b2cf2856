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
    match body {
        Some(body) => {
            let mut changes = database.open_table(CHANGES)?;
            // Files of earlier versions counted for each document.
            let last = changes.get(())?.map_or(0, |last| last.value());
            let now = last.max(version) + 1;
            changes.insert((), now)?;
            documents.insert(key, (now, body))?;
            Ok(Written::Done(now))
        }
        None => {
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
