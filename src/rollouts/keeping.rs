//! Which rollouts are kept, and callers' own names for them.

use serde::{Deserialize, Serialize};

use super::{Book, RolloutError, RolloutId, Told};
use crate::{access::Grant, store::DocumentKind};

/// A caller's own name for a rollout.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Keyed {
    pub(super) id: RolloutId,
    pub(super) digest: String,
}

impl Book {
    pub(super) async fn find(
        &self,
        grant: &Grant,
        key: &str,
        digest: &str,
    ) -> Result<Option<Told>, RolloutError> {
        let Some(document) = self.store.document(DocumentKind::RolloutKey, key).await? else {
            return Ok(None);
        };
        let keyed: Keyed = document.read()?;
        if keyed.digest != digest {
            let taken = format!(
                "the key {key:?} stands for rollout {}, which was asked for otherwise",
                keyed.id
            );
            return Err(RolloutError::OutOfTurn(taken));
        }
        self.get(grant, keyed.id).await.map(Some)
    }

    /// Forgets the oldest rollouts beyond what is kept, with their keys.
    pub(super) async fn make_room(&self) -> Result<(), RolloutError> {
        for kind in [DocumentKind::Rollout, DocumentKind::RolloutKey] {
            let mut all = self.store.documents(kind).await?;
            if all.len() < self.keep {
                continue;
            }
            if kind == DocumentKind::RolloutKey {
                let mut by_age = Vec::new();
                for (name, document) in all {
                    by_age.push((document.read::<Keyed>()?.id, name, document));
                }
                by_age.sort_by_key(|(id, ..)| *id);
                all = by_age
                    .into_iter()
                    .map(|(_, name, document)| (name, document))
                    .collect();
            }
            let too_many = all.len() + 1 - self.keep;
            for (name, document) in all.into_iter().take(too_many) {
                let _gone = self
                    .store
                    .remove_document(kind, &name, document.version)
                    .await?;
            }
        }
        Ok(())
    }
}
