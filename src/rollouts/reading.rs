//! Reading rollouts, with the runs of their stages.

use std::sync::Arc;

use super::{Book, Membership, Rollout, RolloutError, RolloutId, Told};
use crate::{access::Grant, analysis::Run, store::DocumentKind};

impl Book {
    /// A rollout and where it stands.
    ///
    /// # Errors
    /// It is not known, or not to this caller.
    pub async fn get(&self, grant: &Grant, id: RolloutId) -> Result<Told, RolloutError> {
        self.read(grant, id).await.map(|(told, _)| told)
    }

    /// All rollouts the caller may know of, newest first.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn list(&self, grant: &Grant) -> Result<Vec<Told>, RolloutError> {
        let mut all = Vec::new();
        for (_, document) in self
            .store
            .documents(DocumentKind::Rollout)
            .await?
            .into_iter()
            .rev()
        {
            let rollout: Rollout = document.read()?;
            if grant.sees(rollout.request.application.as_str()) {
                all.push(self.with_run(rollout).await?);
            }
        }
        Ok(all)
    }

    /// Up to so many rollouts that the caller may know of, newest first: of one application or all, older than one or from the newest on.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn newest(
        &self,
        grant: &Grant,
        application: Option<&str>,
        before: Option<RolloutId>,
        count: usize,
    ) -> Result<Vec<Told>, RolloutError> {
        let before = before.map(|id| id.to_string());
        let mut found = Vec::new();
        // They are named by their ids, which are in the order of creation.
        for (name, document) in self
            .store
            .documents(DocumentKind::Rollout)
            .await?
            .into_iter()
            .rev()
        {
            if found.len() == count {
                break;
            }
            if before.as_ref().is_some_and(|before| name >= *before) {
                continue;
            }
            let rollout: Rollout = document.read()?;
            let of = rollout.request.application.as_str();
            if grant.sees(of) && application.is_none_or(|wanted| wanted == of) {
                found.push(self.with_run(rollout).await?);
            }
        }
        Ok(found)
    }

    /// The rollout that a run belongs to, and the stage it judges, from 1; `None` for a run that belongs to none.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn of_run(&self, run: &Run) -> Result<Option<(Rollout, usize)>, RolloutError> {
        Ok(match Membership::of(&*self.store, run).await? {
            Membership::Stage(rollout, stage) => Some((*rollout, stage)),
            Membership::Unrecorded | Membership::None => None,
        })
    }

    pub(super) async fn read(
        &self,
        grant: &Grant,
        id: RolloutId,
    ) -> Result<(Told, u64), RolloutError> {
        let document = self
            .store
            .document(DocumentKind::Rollout, &id.to_string())
            .await?;
        let document = document.ok_or(RolloutError::Unknown(id))?;
        let rollout: Rollout = document.read()?;
        if !grant.sees(rollout.request.application.as_str()) {
            return Err(RolloutError::Unknown(id));
        }
        let told = self.with_run(rollout).await?;
        Ok((told, document.version))
    }

    pub(super) async fn with_run(&self, rollout: Rollout) -> Result<Told, RolloutError> {
        let run = match rollout.last_run() {
            Some(id) => self.store.get(id).await?,
            None => None,
        };
        Ok(Self::told(rollout, run))
    }

    pub(super) fn told(rollout: Rollout, run: Option<Arc<Run>>) -> Told {
        let standing = rollout.standing(run.as_deref());
        Told {
            rollout,
            run,
            standing,
        }
    }
}
