//! Judges cases: those of looks, and those that come with a request and are judged at once.

use std::sync::Arc;

use super::{Inner, Runner, SubmitError, errors::JudgeError};
use crate::{
    analysis::{Case, JudgementRequest, Looked, Otherwise, Record, Scorecard, case_of_samples},
    canary_config::Mistake,
};

impl Runner {
    /// Judges samples that came with a request.
    ///
    /// # Errors
    /// Everything wrong with the request.
    pub async fn judge(&self, request: JudgementRequest) -> Result<Scorecard, SubmitError> {
        let (config, identity) = self.resolve(&request.config).await?;
        self.decide(move || case_of_samples(&request, config, identity))
            .await
    }

    /// Judges again what a record holds.
    ///
    /// # Errors
    /// Everything that does not fit together.
    pub async fn rejudge(
        &self,
        record: Record,
        otherwise: Otherwise,
    ) -> Result<Scorecard, SubmitError> {
        self.decide(move || record.case(otherwise)).await
    }

    async fn decide(
        &self,
        case: impl FnOnce() -> Result<Case, Vec<Mistake>> + Send + 'static,
    ) -> Result<Scorecard, SubmitError> {
        let _place = self.0.waiting.place()?;
        let case = self.0.clone().compute(case).await;
        let case = case.ok_or(SubmitError::Panicked)?;
        self.decided(case.map_err(SubmitError::Invalid)?).await
    }

    /// Judges a case at once, for somebody who waits.
    ///
    /// # Errors
    /// It cannot be judged in this way, too many wait already, or a judge elsewhere gave no decision.
    pub async fn judge_case(&self, case: Case) -> Result<Scorecard, SubmitError> {
        let _place = self.0.waiting.place()?;
        self.decided(case).await
    }

    async fn decided(&self, case: Case) -> Result<Scorecard, SubmitError> {
        let inner = self.0.clone();
        if let Err(mistake) = inner.judges.check(case.config()) {
            return Err(SubmitError::Invalid(vec![mistake.under("/config")]));
        }
        match inner.judged(case).await {
            Ok(looked) => Ok(looked.scorecard),
            Err(JudgeError::Unfit(unfit)) => {
                let mistake = Mistake::new("/config/judge", unfit.to_string());
                Err(SubmitError::Invalid(vec![mistake]))
            }
            Err(JudgeError::NoDecision(none)) => Err(none.into()),
            Err(JudgeError::Panicked) => Err(SubmitError::Panicked),
        }
    }
}

impl Inner {
    /// Judges a case, here or elsewhere.
    pub(super) async fn judged(self: Arc<Self>, case: Case) -> Result<Looked, JudgeError> {
        let judged = if case.config().judge.remote().is_some() {
            let limits = self.limits.fetch;
            let (heard, took) = self.judges.ask(&case, &self.accounts, limits).await?;
            self.compute(move || case.heard(&heard, took)).await
        } else {
            self.compute(move || case.judged()).await
        };
        Ok(judged.ok_or(JudgeError::Panicked)??)
    }

    /// Computes something off the runtime's own threads; `None` if the computation panicked.
    pub(super) async fn compute<T: Send + 'static>(
        self: Arc<Self>,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let slot = self.judge_slots.clone().acquire_owned().await.ok()?;
        let work = move || {
            // Held until the work is done, also if nobody waits for it any more.
            let _slot = slot;
            work()
        };
        self.handle.spawn_blocking(work).await.ok()
    }
}
