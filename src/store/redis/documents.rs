//! Documents in Redis: a hash for each kind, and one of their versions alone.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::{RedisStore, server::store_error};
use crate::store::{Body, Document, DocumentKind, DocumentStore, StoreError, Written};

/// What a document is to become.
enum Change {
    Write(Body),
    Remove,
}

async fn change(
    store: &RedisStore,
    kind: DocumentKind,
    name: &str,
    version: u64,
    change: Change,
) -> Result<Written, StoreError> {
    let mut call = store.redis.call(&store.redis.scripts.document);
    call.arg(kind.as_str()).arg(name).arg(version);
    match change {
        Change::Write(body) => call.arg("write").arg(body.0),
        Change::Remove => call.arg("remove").arg(""),
    };
    let (done, version): (bool, u64) = call
        .invoke_async(&mut store.redis.connection.clone())
        .await
        .map_err(store_error)?;
    Ok(match done {
        true => Written::Done(version),
        false => Written::Conflict(version),
    })
}

/// A document as it is kept: its version, a blank, and its body.
fn document(kept: &[u8]) -> Result<Document, StoreError> {
    let blank = kept.iter().position(|byte| *byte == b' ');
    let parts = blank.and_then(|blank| {
        let version = std::str::from_utf8(kept.get(..blank)?).ok()?.parse().ok()?;
        Some((version, kept.get(blank + 1..)?))
    });
    let (version, body) =
        parts.ok_or_else(|| StoreError::Unreadable("a document without a version".to_owned()))?;
    Ok(Document {
        version,
        body: body.to_vec(),
    })
}

#[async_trait]
impl DocumentStore for RedisStore {
    async fn document(
        &self,
        kind: DocumentKind,
        name: &str,
    ) -> Result<Option<Document>, StoreError> {
        let key = self.redis.key_of("documents", kind.as_str());
        let kept: Option<Vec<u8>> = self.query("HGET", &[&key, name]).await?;
        kept.as_deref().map(document).transpose()
    }

    async fn write_document(
        &self,
        kind: DocumentKind,
        name: &str,
        version: u64,
        body: Body,
    ) -> Result<Written, StoreError> {
        change(self, kind, name, version, Change::Write(body)).await
    }

    async fn remove_document(
        &self,
        kind: DocumentKind,
        name: &str,
        version: u64,
    ) -> Result<Written, StoreError> {
        change(self, kind, name, version, Change::Remove).await
    }

    async fn documents(&self, kind: DocumentKind) -> Result<Vec<(String, Document)>, StoreError> {
        let key = self.redis.key_of("documents", kind.as_str());
        let kept: BTreeMap<String, Vec<u8>> = self.query("HGETALL", &[&key]).await?;
        let all = kept.into_iter();
        all.map(|(name, kept)| Ok((name, document(&kept)?)))
            .collect()
    }

    async fn document_versions(
        &self,
        kind: DocumentKind,
    ) -> Result<Vec<(String, u64)>, StoreError> {
        let key = self.redis.key_of("document-versions", kind.as_str());
        let versions: BTreeMap<String, u64> = self.query("HGETALL", &[&key]).await?;
        Ok(versions.into_iter().collect())
    }
}
