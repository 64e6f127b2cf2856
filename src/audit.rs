//! The record of who changed or overrode what: only ever added to, and bounded.
//!
//! Entries are kept as pages in the store, and each is a log line as well, so that who needs more than the last ten thousand keeps
//! the log.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    access::{Grant, Role},
    analysis::RunId,
    rollouts::{Decision, RolloutId},
    store::{Body, DocumentKind, Store, StoreError, Written},
};

/// How many entries a page has.
const PAGE: u64 = 100;
/// How many pages are kept.
const PAGES: u64 = 100;
/// How often an entry is written against others at the same time.
const TRIES: usize = 50;
/// The number of the page is not known yet.
const UNKNOWN: u64 = u64::MAX;
/// What entries are logged under: stable, for who collects them.
const TARGET: &str = "serinus::audit";

/// Something that was changed or overridden.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(
    tag = "act",
    rename_all = "kebab-case",
    rename_all_fields = "camelCase"
)]
pub enum Act {
    /// A config was written, or written anew.
    ConfigWritten {
        /// The config's name.
        config: String,
        /// What it is now, by its digest.
        digest: String,
    },
    /// A config was removed.
    ConfigRemoved {
        /// The config's name.
        config: String,
    },
    /// A run was cancelled.
    AnalysisCancelled {
        /// The run.
        analysis: RunId,
        /// The application that is released.
        application: String,
    },
    /// A run was started in place of an earlier one under the same key.
    AnalysisRepeated {
        /// The new run.
        analysis: RunId,
        /// The application that is released.
        application: String,
        /// The key.
        key: String,
        /// Which run under the key it is.
        attempt: u32,
    },
    /// A link was made that shows a run to whoever has it.
    AnalysisShared {
        /// The run.
        analysis: RunId,
        /// The application that is released.
        application: String,
        /// The link's id; it opens nothing.
        share: String,
    },
    /// Such a link was revoked.
    ShareRevoked {
        /// The run.
        analysis: RunId,
        /// The application that is released.
        application: String,
        /// The link's id.
        share: String,
    },
    /// A person approved or overrode a stage of a rollout.
    RolloutDecided {
        /// The rollout.
        rollout: RolloutId,
        /// The application that is released.
        application: String,
        /// What was decided.
        action: Decision,
        /// Who decided, as the caller says.
        by: String,
        /// Why, as the caller says.
        reason: String,
    },
}

impl Act {
    /// The application it is about; `None` if about none.
    fn application(&self) -> Option<&str> {
        match self {
            Self::ConfigWritten { .. } | Self::ConfigRemoved { .. } => None,
            Self::AnalysisCancelled { application, .. }
            | Self::AnalysisRepeated { application, .. }
            | Self::AnalysisShared { application, .. }
            | Self::ShareRevoked { application, .. }
            | Self::RolloutDecided { application, .. } => Some(application),
        }
    }
}

/// An entry of the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    /// Its number; later ones have higher ones.
    pub number: u64,
    /// When it was done.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The name of the token with which it was done; `anyone` where none is asked for.
    pub who: String,
    /// The address of the connection over which it was asked for; empty if from within.
    pub from: String,
    /// What was done.
    #[serde(flatten)]
    pub act: Act,
}

/// The record.
#[derive(Debug, Clone)]
pub struct Audit {
    store: Arc<dyn Store>,
    /// The page that was written last, as far as is known here.
    newest: Arc<AtomicU64>,
}

impl Audit {
    /// The record in this store.
    pub fn new(store: Arc<dyn Store>) -> Self {
        let newest = Arc::new(AtomicU64::new(UNKNOWN));
        Self { store, newest }
    }

    /// Keeps what somebody has done. It is done already, so that the store does not answer is no error of whoever did it: then the log
    /// line is all there is.
    pub async fn record(&self, grant: &Grant, act: Act) {
        let from = grant.from().map(|from| from.to_string());
        let entry = AuditEntry {
            number: 0,
            at: Timestamp::now(),
            who: grant.name().to_owned(),
            from: from.unwrap_or_default(),
            act,
        };
        // What was done as a document: the line has the same words as the record.
        let act = serde_json::to_string(&entry.act).unwrap_or_default();
        tracing::info!(target: TARGET, who = entry.who, from = entry.from, act, "changed");
        if let Err(error) = self.append(entry).await {
            tracing::error!(target: TARGET, %error, "the record of this change could not be kept");
        }
    }

    /// At most so many entries from before a number, newest first, of those the caller may know of.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn list(
        &self,
        grant: &Grant,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let mut found = Vec::new();
        let Some(newest) = self.newest_page().await? else {
            return Ok(found);
        };
        let first = before.map_or(newest, |before| newest.min(before / PAGE));
        for page in (newest.saturating_sub(PAGES - 1)..=first).rev() {
            let Some((entries, _)) = self.read(page).await? else {
                // Forgotten meanwhile, as are those before it.
                break;
            };
            let wanted = |entry: &AuditEntry| {
                before.is_none_or(|before| entry.number < before) && may_know(grant, entry)
            };
            found.extend(entries.into_iter().rev().filter(wanted));
            if found.len() >= limit {
                break;
            }
        }
        found.truncate(limit);
        Ok(found)
    }

    async fn append(&self, mut entry: AuditEntry) -> Result<(), StoreError> {
        let mut page = match self.newest.load(Ordering::Relaxed) {
            UNKNOWN => self.newest_page().await?.unwrap_or(0),
            page => page,
        };
        for _ in 0..TRIES {
            let (mut entries, version) = match self.read(page).await? {
                Some(read) => read,
                // Another replica may have gone on until this page was forgotten.
                None => match self.newest_page().await? {
                    Some(newest) if newest > page => {
                        page = newest;
                        continue;
                    }
                    Some(_) | None => (Vec::new(), 0),
                },
            };
            let held = u64::try_from(entries.len()).unwrap_or(PAGE);
            if held >= PAGE {
                page += 1;
                continue;
            }
            entry.number = page * PAGE + held;
            entries.push(entry.clone());
            let body = Body::new(&entries)?;
            let written = self
                .store
                .write_document(DocumentKind::Audit, &name(page), version, body)
                .await?;
            if let Written::Done(_) = written {
                self.newest.store(page, Ordering::Relaxed);
                if version == 0 {
                    self.forget(page).await?;
                }
                return Ok(());
            }
        }
        Err(StoreError::Unavailable(
            "others write the audit record all the time".to_owned(),
        ))
    }

    /// The page that takes new entries; `None` if there is none yet.
    async fn newest_page(&self) -> Result<Option<u64>, StoreError> {
        let pages = self.store.document_versions(DocumentKind::Audit).await?;
        Ok(pages.iter().filter_map(|(name, _)| name.parse().ok()).max())
    }

    async fn read(&self, page: u64) -> Result<Option<(Vec<AuditEntry>, u64)>, StoreError> {
        match self
            .store
            .document(DocumentKind::Audit, &name(page))
            .await?
        {
            Some(document) => Ok(Some((document.read()?, document.version))),
            None => Ok(None),
        }
    }

    /// Forgets the pages beyond those that are kept besides this new one.
    async fn forget(&self, newest: u64) -> Result<(), StoreError> {
        for (name, version) in self.store.document_versions(DocumentKind::Audit).await? {
            let page: Option<u64> = name.parse().ok();
            if page.is_some_and(|page| page + PAGES <= newest) {
                let _gone = self
                    .store
                    .remove_document(DocumentKind::Audit, &name, version)
                    .await?;
            }
        }
        Ok(())
    }
}

/// A page's name; names sort as their numbers do.
fn name(page: u64) -> String {
    format!("{page:012}")
}

fn may_know(grant: &Grant, entry: &AuditEntry) -> bool {
    grant.has(Role::Admin)
        && match entry.act.application() {
            Some(application) => grant.sees(application),
            None => grant.is_unlimited(),
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{EmbeddedStore, Place, StoreLimits};

    fn store() -> Arc<dyn Store> {
        let limits = StoreLimits {
            keep: 10,
            keep_for: std::time::Duration::from_secs(60),
            open: 10,
            lease: std::time::Duration::from_secs(1),
            per_application: 1,
            per_account: 1,
        };
        Arc::new(EmbeddedStore::open(Place::Memory, limits).unwrap())
    }

    fn removed(number: u64) -> Act {
        Act::ConfigRemoved {
            config: number.to_string(),
        }
    }

    #[tokio::test]
    async fn the_record_is_bounded_and_keeps_the_latest() {
        let store = store();
        let audit = Audit::new(store.clone());
        let anyone = Grant::everything(None);
        assert_eq!(audit.list(&anyone, None, 10).await.unwrap(), []);
        let all = PAGE * PAGES + 2 * PAGE + 1;
        for number in 0..all {
            audit.record(&anyone, removed(number)).await;
        }
        let latest = audit.list(&anyone, None, 3).await.unwrap();
        let numbers: Vec<_> = latest.iter().map(|entry| entry.number).collect();
        assert_eq!(numbers, [all - 1, all - 2, all - 3]);
        assert_eq!(latest[0].act, removed(all - 1));
        // Read on to the end, page by page: nothing twice, nothing left out, and the oldest are gone.
        let (mut before, mut seen) = (None, Vec::new());
        loop {
            let page = audit.list(&anyone, before, 77).await.unwrap();
            let Some(last) = page.last() else { break };
            before = Some(last.number);
            seen.extend(page.iter().map(|entry| entry.number));
        }
        let expected: Vec<_> = (all - PAGE * (PAGES - 1) - 1..all).rev().collect();
        assert_eq!(seen, expected);
    }

    #[tokio::test]
    async fn two_replicas_write_one_record() {
        let store = store();
        let (one, other) = (Audit::new(store.clone()), Audit::new(store));
        let anyone = Grant::everything(None);
        for number in 0..150 {
            let audit = if number % 2 == 0 { &one } else { &other };
            audit.record(&anyone, removed(number)).await;
        }
        // Each writes on from what it knew last, at once.
        let record = |audit: &Audit, number| {
            let (audit, anyone) = (audit.clone(), anyone.clone());
            async move { audit.record(&anyone, removed(number)).await }
        };
        tokio::join!(record(&one, 150), record(&other, 151));
        let entries = one.list(&anyone, None, 1_000).await.unwrap();
        let numbers: Vec<_> = entries.iter().rev().map(|entry| entry.number).collect();
        assert_eq!(numbers, (0..152).collect::<Vec<_>>());
        let acts = |act: &Act| entries.iter().filter(|entry| entry.act == *act).count();
        assert!((0..152).all(|number| acts(&removed(number)) == 1));
    }
}
