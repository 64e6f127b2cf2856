//! The one seam between the analysis and every metric store.

use std::fmt::Debug;
use std::num::NonZeroUsize;

use async_trait::async_trait;
use jiff::SignedDuration;

use crate::{Answer, Batch, QueryError, RangeQuery};

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

    /// How many questions one request may carry, by [`query_together`](Self::query_together). One where the store's API has
    /// no such request.
    fn questions_per_request(&self) -> NonZeroUsize {
        NonZeroUsize::MIN
    }

    /// Asks several questions in one request: an entry per question, in their order. `None` stands for a question the
    /// reply does not settle: it has an error of its own, or the reply does not tell whether it has no data or was not
    /// understood. Such a question is to be asked alone, and so is each of a batch that fails as a whole: what is wrong with
    /// one of them says nothing about the others.
    ///
    /// An answer is the same as if its question had been asked alone. The response limit holds for the whole reply.
    ///
    /// # Errors
    /// See [`QueryError`].
    async fn query_together(&self, batch: &Batch) -> Result<Vec<Option<Answer>>, QueryError> {
        Ok(vec![None; batch.texts.len()])
    }

    /// Asks the cheapest question that shows the store answers and accepts the credentials.
    ///
    /// # Errors
    /// See [`QueryError`].
    async fn check(&self) -> Result<(), QueryError>;

    /// The names of the metrics the store has, for people who write queries; none where its API does not tell them.
    ///
    /// # Errors
    /// See [`QueryError`].
    async fn metric_names(&self) -> Result<Vec<String>, QueryError> {
        Ok(Vec::new())
    }

    /// How far the store's clock is ahead of this machine's, by its latest reply, in whole seconds; negative if it is behind.
    /// `None` where that is not known.
    fn clock_offset(&self) -> Option<SignedDuration> {
        None
    }
}
