//! How an account's store has answered lately.

use std::{
    num::NonZeroU32,
    sync::{Mutex, MutexGuard, PoisonError},
};

use serinus_adapters::QueryError;

/// The failures since a store last answered. They are told and change nothing: a query that is refused beforehand is one
/// that a repetition could have saved.
#[derive(Debug, Default)]
pub(super) struct Health(Mutex<Option<Failing>>);

/// A store that did not answer when it was last asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failing {
    /// How many requests failed since the last answer.
    pub consecutive: NonZeroU32,
    /// A stable word for how the latest failed.
    pub code: &'static str,
}

impl Health {
    /// Takes note of how a request ended.
    pub(super) fn note<T>(&self, ended: &Result<T, QueryError>) {
        match ended {
            // Who finds a query wrong has read it.
            Ok(_) | Err(QueryError::InvalidQuery { .. } | QueryError::TooMuchData { .. }) => {
                *self.failing_now() = None;
            }
            Err(
                error @ (QueryError::Unauthorized { .. }
                | QueryError::RateLimited { .. }
                | QueryError::Timeout { .. }
                | QueryError::Unavailable { .. }
                | QueryError::Malformed { .. }),
            ) => self.failed(error.code()),
        }
    }

    /// A request failed.
    pub(super) fn failed(&self, code: &'static str) {
        let mut failing = self.failing_now();
        let consecutive = failing.map_or(NonZeroU32::MIN, |failing| {
            failing.consecutive.saturating_add(1)
        });
        *failing = Some(Failing { consecutive, code });
    }

    /// Its failures, unless the latest request was answered.
    pub(super) fn failing(&self) -> Option<Failing> {
        *self.failing_now()
    }

    fn failing_now(&self) -> MutexGuard<'_, Option<Failing>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_count_until_the_store_answers_again() {
        let health = Health::default();
        let unavailable = Err::<(), _>(QueryError::Unavailable {
            detail: String::new(),
        });
        assert_eq!(health.failing(), None);
        health.note(&unavailable);
        health.failed("timeout");
        let failing = health.failing().unwrap();
        assert_eq!((failing.consecutive.get(), failing.code), (2, "timeout"));
        for answered in [
            Ok(()),
            Err(QueryError::InvalidQuery {
                detail: String::new(),
            }),
        ] {
            health.note(&unavailable);
            health.note(&answered);
            assert_eq!(health.failing(), None, "{answered:?}");
        }
    }
}
