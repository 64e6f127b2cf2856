//! A query text made ready for the store: the time put in, and what the times in its answer will mean.

use crate::collect::Stamp;
use crate::{QueryError, RangeQuery, Step};

/// A query as it is sent.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) text: String,
    pub(super) stamp: Stamp,
}

/// The instants a query may cover, in milliseconds since 1970.
pub(super) struct Span {
    /// The first instant.
    pub(super) from: i64,
    /// The first instant that no longer counts.
    pub(super) before: i64,
}

impl Span {
    /// What buckets must cover: from one step before the window to its end.
    pub(super) fn of_buckets(query: &RangeQuery) -> Self {
        Self {
            from: query.window.covered_from_ms(query.step),
            before: query.window.end_ms(),
        }
    }

    /// Where single samples must lie: in the window, both of its ends included.
    pub(super) fn of_samples(query: &RangeQuery) -> Self {
        Self {
            from: query.window.start_ms(),
            before: query.window.end_ms().saturating_add(1),
        }
    }

    /// How far bucket borders are from multiples of the step, in milliseconds.
    pub(super) fn offset_ms(&self, step: Step) -> i64 {
        self.from.rem_euclid(step.as_millis())
    }
}

/// The text without white space and in small letters, to look for words in it.
pub(super) fn squashed(text: &str) -> String {
    let letters = text.chars().filter(|character| !character.is_whitespace());
    letters.flat_map(char::to_lowercase).collect()
}

pub(super) fn invalid(detail: impl Into<String>) -> QueryError {
    QueryError::InvalidQuery {
        detail: detail.into(),
    }
}
