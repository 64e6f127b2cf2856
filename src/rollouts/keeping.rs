//! The callers' own names for rollouts, and the room that ended ones make for others.

use serde::{Deserialize, Serialize};

use super::{Book, Rollout, RolloutError, RolloutId, Told};
use crate::{
    access::Grant,
    store::{Body, DocumentKind, Written},
};

/// How often a key is tried against others at the same time.
const TRIES: usize = 20;

/// What a key stands for.
#[derive(Debug, Serialize, Deserialize)]
struct Keyed {
    id: RolloutId,
    digest: String,
}

/// What is found under a key.
enum Found {
    /// The rollout that was asked for in the same way.
    Same(Box<Told>),
    /// None that is still kept. The key is at this version.
    Nothing(u64),
}

impl Book {
    /// The rollout that was asked for under a key in the same way; `None` if the key stands for none.
    ///
    /// # Errors
    /// It stands for another one.
    pub(super) async fn find(
        &self,
        grant: &Grant,
        key: &str,
        digest: &str,
    ) -> Result<Option<Told>, RolloutError> {
        match self.under(grant, key, digest).await? {
            Found::Same(told) => Ok(Some(*told)),
            Found::Nothing(_) => Ok(None),
        }
    }

    /// Lets a key stand for a new rollout, unless somebody was faster: that one then.
    ///
    /// # Errors
    /// It stands for another one.
    pub(super) async fn name(
        &self,
        grant: &Grant,
        key: &str,
        digest: &str,
        id: RolloutId,
    ) -> Result<Option<Told>, RolloutError> {
        for _ in 0..TRIES {
            let version = match self.under(grant, key, digest).await? {
                Found::Same(told) => return Ok(Some(*told)),
                Found::Nothing(version) => version,
            };
            let digest = digest.to_owned();
            let body = Body::new(&Keyed { id, digest })?;
            let written = self
                .store
                .write_document(DocumentKind::RolloutKey, key, version, body)
                .await?;
            if let Written::Done(_) = written {
                return Ok(None);
            }
        }
        let busy = format!("others use the key {key:?} all the time");
        Err(RolloutError::OutOfTurn(busy))
    }

    async fn under(&self, grant: &Grant, key: &str, digest: &str) -> Result<Found, RolloutError> {
        let Some(document) = self.store.document(DocumentKind::RolloutKey, key).await? else {
            return Ok(Found::Nothing(0));
        };
        let keyed: Keyed = document.read()?;
        let kept = self
            .store
            .document(DocumentKind::Rollout, &keyed.id.to_string())
            .await?;
        if kept.is_none() {
            return Ok(Found::Nothing(document.version));
        }
        match self.get(grant, keyed.id).await {
            Ok(told) if keyed.digest == digest => Ok(Found::Same(Box::new(told))),
            Ok(told) => Err(RolloutError::KeyTaken(
                key.to_owned(),
                Some(told.rollout.id),
            )),
            Err(RolloutError::Unknown(_)) => Err(RolloutError::KeyTaken(key.to_owned(), None)),
            Err(error) => Err(error),
        }
    }

    /// Forgets the oldest rollouts beyond what is kept, with their keys. Only those that are over: what a pipeline still asks for
    /// stays.
    ///
    /// # Errors
    /// Too many are not over.
    pub(super) async fn make_room(&self) -> Result<(), RolloutError> {
        let all = self.store.document_versions(DocumentKind::Rollout).await?;
        let mut too_many = (all.len() + 1).saturating_sub(self.keep);
        // They are named by their ids, which are in the order of creation.
        for (name, _) in all {
            if too_many == 0 {
                break;
            }
            let document = self.store.document(DocumentKind::Rollout, &name).await?;
            let Some(document) = document else {
                too_many -= 1;
                continue;
            };
            let rollout: Rollout = document.read()?;
            let Told {
                rollout, standing, ..
            } = self.with_run(rollout).await?;
            if !standing.state.is_over() {
                continue;
            }
            let gone = self
                .store
                .remove_document(DocumentKind::Rollout, &name, document.version)
                .await?;
            if let Written::Done(_) = gone {
                too_many -= 1;
                self.forget_key(&rollout).await?;
            }
        }
        if too_many == 0 {
            Ok(())
        } else {
            Err(RolloutError::Full(self.keep))
        }
    }

    async fn forget_key(&self, rollout: &Rollout) -> Result<(), RolloutError> {
        let Some(key) = &rollout.key else {
            return Ok(());
        };
        let Some(document) = self.store.document(DocumentKind::RolloutKey, key).await? else {
            return Ok(());
        };
        if document.read::<Keyed>()?.id == rollout.id {
            // If somebody has just given it a new meaning, it is theirs.
            let _left = self
                .store
                .remove_document(DocumentKind::RolloutKey, key, document.version)
                .await?;
        }
        Ok(())
    }
}
