//! What New Relic is asked.

use crate::{QueryError, RangeQuery};

/// How many facets an answer has unless the query says otherwise.
const DEFAULT_FACETS: usize = 10;

/// The NRQL of a query, with its time.
///
/// # Errors
/// When the step is no whole number of seconds, or only a part of the time is in the text.
pub(super) fn nrql(query: &RangeQuery) -> Result<String, QueryError> {
    let (window, step) = (&query.window, query.step);
    let invalid = |detail: String| Err(QueryError::InvalidQuery { detail });
    if step.as_millis() % 1000 != 0 {
        return invalid(format!("New Relic's steps are whole seconds, not {step}"));
    }
    let values = [
        ("$stepSeconds", step.as_millis() / 1000),
        (
            "$startSeconds",
            window.covered_from_ms(step).div_euclid(1000),
        ),
        ("$endSeconds", window.end_ms().div_euclid(1000)),
    ];
    let mut text = query.text.trim().to_owned();
    let used = values.iter().filter(|(name, _)| text.contains(name));
    match used.count() {
        0 => {
            text.push_str(" TIMESERIES $stepSeconds seconds SINCE $startSeconds UNTIL $endSeconds")
        }
        3 => {}
        _ => {
            return invalid(
                "the query has some of $stepSeconds, $startSeconds and $endSeconds and not all: give all of them or none"
                    .to_owned(),
            );
        }
    }
    for (name, value) in values {
        text = text.replace(name, &value.to_string());
    }
    Ok(text)
}

/// How many facets the answer to this NRQL can have; further ones are left out without a word.
pub(super) fn facet_limit(nrql: &str) -> usize {
    // What stands between quotes is no clause; values hold no quotes.
    let clauses = nrql.split('\'').step_by(2);
    let mut words = clauses.flat_map(str::split_ascii_whitespace);
    let limit = words.find(|word| word.eq_ignore_ascii_case("limit"));
    match limit.and_then(|_| words.next()) {
        Some(word) if word.eq_ignore_ascii_case("max") => usize::MAX,
        Some(word) => word.parse().unwrap_or(DEFAULT_FACETS),
        None => DEFAULT_FACETS,
    }
}
