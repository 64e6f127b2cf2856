//! Small documents that people and pipelines change, each under a version that a writer has to know.

use async_trait::async_trait;
use serde::{Serialize, de::DeserializeOwned};

use super::{
    StoreError,
    packed::{pack, unpack},
};

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DocumentKind {
    /// A stored canary config with its history, by name.
    Config,
    /// A rollout, by id.
    Rollout,
    /// A caller's own name for a rollout.
    RolloutKey,
    /// A page of the audit record, by number.
    Audit,
    /// What Flagger's hooks did in the last release of a `Canary`, by its namespace and name.
    FlaggerRelease,
    /// Series that a caller put here, by id.
    MetricSetList,
    /// Pairs of series that a caller put here, by id.
    MetricSetPairList,
    /// What two judges said, by id.
    JudgeComparison,
    /// A run of a Kayenta's that a caller put here, by its id there.
    ArchivedExecution,
    /// A link that shows one run, by the hash of its token.
    Share,
}

impl DocumentKind {
    /// As stores spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Rollout => "rollout",
            Self::RolloutKey => "rollout-key",
            Self::Audit => "audit",
            Self::FlaggerRelease => "flagger-release",
            Self::MetricSetList => "metric-set-list",
            Self::MetricSetPairList => "metric-set-pair-list",
            Self::JudgeComparison => "judge-comparison",
            Self::ArchivedExecution => "archived-execution",
            Self::Share => "share",
        }
    }
}

/// A document as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Another one after every change, and never one that was there before, also of a document that was removed meanwhile.
    pub version: u64,
    /// What it says, packed.
    pub(super) body: Vec<u8>,
}

impl Document {
    /// What it says.
    ///
    /// # Errors
    /// It says something else.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, StoreError> {
        unpack(&self.body)
    }
}

/// What a document is to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body(pub(super) Vec<u8>);

impl Body {
    /// Packs what the document is to say.
    ///
    /// # Errors
    /// It cannot be written as JSON.
    pub fn new<T: Serialize>(value: &T) -> Result<Self, StoreError> {
        pack(value).map(Self)
    }
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Written {
    /// It is done, and this is the document's version now; 0 once it is removed.
    Done(u64),
    /// Somebody else changed it before: this is its version; 0 if it is not there.
    Conflict(u64),
}

/// Keeps documents. A change names the version it is about, 0 for a document that is not there yet, so that of two
/// changes at once one is refused.
#[async_trait]
pub trait DocumentStore {
    /// A document; `None` if it is not there.
    ///
    /// # Errors
    /// The store does not answer.
    async fn document(
        &self,
        kind: DocumentKind,
        name: &str,
    ) -> Result<Option<Document>, StoreError>;

    /// Writes a document that is at this version.
    ///
    /// # Errors
    /// The store does not answer, or has no room.
    async fn write_document(
        &self,
        kind: DocumentKind,
        name: &str,
        version: u64,
        body: Body,
    ) -> Result<Written, StoreError>;

    /// Removes a document that is at this version.
    ///
    /// # Errors
    /// The store does not answer.
    async fn remove_document(
        &self,
        kind: DocumentKind,
        name: &str,
        version: u64,
    ) -> Result<Written, StoreError>;

    /// The documents of a kind, by name.
    ///
    /// # Errors
    /// The store does not answer.
    async fn documents(&self, kind: DocumentKind) -> Result<Vec<(String, Document)>, StoreError>;

    /// The names and versions of the documents of a kind, by name: what tells cheaply which of them have changed.
    ///
    /// # Errors
    /// The store does not answer.
    async fn document_versions(&self, kind: DocumentKind)
    -> Result<Vec<(String, u64)>, StoreError>;
}
