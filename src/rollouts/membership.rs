//! From a run back to the rollout whose stage it judges.

use super::{Rollout, stage::StageKey};
use crate::{
    analysis::Run,
    store::{DocumentKind, DocumentStore, StoreError},
};

/// What a run is to rollouts.
#[derive(Debug, Clone, PartialEq)]
pub enum Membership {
    /// It judges this stage, from 1, of a rollout.
    Stage(Box<Rollout>, usize),
    /// Its key says that it does, and the rollout has not recorded it: not yet, as the record is written after the run, or never,
    /// as anybody may call a run so.
    Unrecorded,
    /// Nothing.
    None,
}

impl Membership {
    /// What a run is to rollouts.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn of<S: DocumentStore + ?Sized>(store: &S, run: &Run) -> Result<Self, StoreError> {
        let key = run.key.as_ref().and_then(|key| key.name.parse().ok());
        let Some(StageKey { rollout, .. }) = key else {
            return Ok(Self::None);
        };
        let document = store
            .document(DocumentKind::Rollout, &rollout.to_string())
            .await?;
        let Some(document) = document else {
            return Ok(Self::None);
        };
        let rollout: Rollout = document.read()?;
        Ok(match rollout.stage_of(run.id) {
            Some(stage) => Self::Stage(Box::new(rollout), stage),
            None => Self::Unrecorded,
        })
    }
}
