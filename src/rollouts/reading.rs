//! Reading rollouts, with the runs of their stages.

use std::sync::Arc;

use futures_util::future::try_join_all;

use super::{Book, Membership, Rollout, RolloutError, RolloutId, Told};
use crate::{
    access::Grant,
    analysis::Run,
    store::{Body, DocumentKind, Written},
};

/// How often a rollout is read that others change at the same time.
const TRIES: usize = 20;

impl Book {
    /// A rollout and where it stands.
    ///
    /// # Errors
    /// It is not known, or not to this caller.
    pub async fn get(&self, grant: &Grant, id: RolloutId) -> Result<Told, RolloutError> {
        self.read(grant, id).await.map(|(told, _)| told)
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
        // They are named by their ids, which are in the order of creation.
        let names = self.store.document_versions(DocumentKind::Rollout).await?;
        let older = |name: &String| before.as_ref().is_none_or(|before| name < before);
        let mut found = Vec::new();
        for (name, _) in names.into_iter().rev().filter(|(name, _)| older(name)) {
            if found.len() == count {
                break;
            }
            let document = self.store.document(DocumentKind::Rollout, &name).await?;
            // Forgotten meanwhile.
            let Some(document) = document else { continue };
            let rollout: Rollout = document.read()?;
            let of = rollout.request.application.as_str();
            if grant.sees(of) && application.is_none_or(|wanted| wanted == of) {
                found.push((rollout, document.version));
            }
        }
        let told = found.into_iter().map(|(rollout, version)| async move {
            let id = rollout.id;
            match self.settled(rollout, version).await? {
                Some((told, _)) => Ok(told),
                None => self.get(grant, id).await,
            }
        });
        try_join_all(told).await
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
        for _ in 0..TRIES {
            let document = self
                .store
                .document(DocumentKind::Rollout, &id.to_string())
                .await?;
            let document = document.ok_or(RolloutError::Unknown(id))?;
            let rollout: Rollout = document.read()?;
            if !grant.sees(rollout.request.application.as_str()) {
                return Err(RolloutError::Unknown(id));
            }
            if let Some(settled) = self.settled(rollout, document.version).await? {
                return Ok(settled);
            }
        }
        Err(RolloutError::OutOfTurn(
            "others change the rollout all the time".to_owned(),
        ))
    }

    /// A rollout as it stands, and its version. How the run of its stage ended is written down when it is first seen: the run may be
    /// forgotten before the rollout is. `None` if somebody else has changed the rollout meanwhile.
    async fn settled(
        &self,
        rollout: Rollout,
        version: u64,
    ) -> Result<Option<(Told, u64)>, RolloutError> {
        let entries = rollout.record.len();
        let told = self.with_run(rollout).await?;
        if told.rollout.record.len() == entries {
            return Ok(Some((told, version)));
        }
        let name = told.rollout.id.to_string();
        let body = Body::new(&told.rollout)?;
        let written = self
            .store
            .write_document(DocumentKind::Rollout, &name, version, body);
        match written.await {
            Ok(Written::Done(version)) => Ok(Some((told, version))),
            Ok(Written::Conflict(_)) => Ok(None),
            Err(error) => {
                // It is known all the same, and the next reader writes it down.
                tracing::warn!(rollout = %name, %error, "cannot note how a stage ended");
                Ok(Some((told, version)))
            }
        }
    }

    /// A rollout with the run of its stage, and in its record how that ended.
    pub(super) async fn with_run(&self, mut rollout: Rollout) -> Result<Told, RolloutError> {
        let run = match rollout.last_run() {
            Some(id) => self.store.get(id).await?,
            None => None,
        };
        let ending = run.as_ref().and_then(|run| rollout.ending(run));
        rollout.record.extend(ending);
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
