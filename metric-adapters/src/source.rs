//! The one seam between the analysis and every metric store.

use std::fmt::Debug;

use async_trait::async_trait;
use jiff::SignedDuration;

use crate::{Answer, QueryError, RangeQuery};

/// A metric store one can ask.
///
/// Dropping a returned future cancels the request. Implementations never repeat a failed request: the caller knows
/// the deadline of the run and whether an error [is worth repeating](QueryError::is_retryable).
#[async_trait]
pub trait MetricSource: Send + Sync + Debug {
    /// Asks for series over a window.
    ///
    /// # Errors
    /// See [`QueryError`]; no data is not an error.
    async fn query(&self, query: &RangeQuery) -> Result<Answer, QueryError>;

    /// Asks the cheapest question that shows the store answers and accepts the credentials.
    ///
    /// # Errors
    /// See [`QueryError`].
    async fn check(&self) -> Result<(), QueryError>;

    /// How far the store's clock is ahead of this machine's, by its latest reply, in whole seconds; negative if it is behind.
    /// `None` where that is not known.
    fn clock_offset(&self) -> Option<SignedDuration> {
        None
    }
}
