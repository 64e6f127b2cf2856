//! One query for somebody who waits, without a run.

use super::Runner;
use crate::{
    access::{Denied, Grant, Role},
    analysis::{FetchError, FetchedQuery, PlannedQuery, fetch_alone},
};

/// Why a query was not answered, by what the caller does next.
#[derive(Debug, thiserror::Error)]
pub enum FetchAloneError {
    /// Use another token.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Mend the query, or try again.
    #[error(transparent)]
    Failed(#[from] FetchError),
}

impl Runner {
    /// Whether the caller may ask queries of its own: they read any series of an account.
    ///
    /// # Errors
    /// It may not.
    pub fn may_query(&self, grant: &Grant, query: &PlannedQuery) -> Result<(), Denied> {
        grant.require(Role::Run)?;
        grant.require(Role::Inline)?;
        grant.require_accounts([query.account.as_str()])
    }

    /// The answer to one query, with the limits and repetitions that a run has.
    ///
    /// # Errors
    /// The caller may not ask it, or there is no answer.
    pub async fn fetch_alone(
        &self,
        grant: &Grant,
        metric: &str,
        query: &PlannedQuery,
    ) -> Result<FetchedQuery, FetchAloneError> {
        self.may_query(grant, query)?;
        let inner = &self.0;
        let limits = inner.limits.fetch;
        let (accounts, metrics) = (&inner.accounts, &inner.metrics);
        Ok(fetch_alone(query, metric, accounts, limits, |answered| {
            metrics.queried(answered)
        })
        .await?)
    }
}
