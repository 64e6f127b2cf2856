//! Queries in SQL.

use super::statement::{Span, Statement, invalid, squashed};
use crate::collect::Stamp;
use crate::{QueryError, RangeQuery};

/// Puts the time into a query.
///
/// # Errors
/// When the query does not use it, or makes buckets of another length than the step.
pub(super) fn statement(query: &RangeQuery) -> Result<Statement, QueryError> {
    if !query.text.contains("$timeFilter") {
        return Err(invalid(
            "the query has no `$timeFilter`: write `WHERE $timeFilter AND ..`",
        ));
    }
    let words = squashed(&query.text);
    let stamp = if words.contains("date_bin") {
        Stamp::Start(query.step)
    } else {
        Stamp::End
    };
    if stamp != Stamp::End
        && words.matches("date_bin").count() != words.matches("($interval,").count()
    {
        return Err(invalid(
            "the query's buckets need not be as long as the step: write `date_bin($interval, time, $start)`",
        ));
    }
    let span = match stamp {
        Stamp::Start(_) => Span::of_buckets(query),
        Stamp::End => Span::of_samples(query),
    };
    // The very type of the column, so that nothing has to be converted.
    let instant = |millis: i64| format!("to_timestamp_nanos({})", millis.saturating_mul(1_000_000));
    let filter = format!(
        "time >= {} AND time < {}",
        instant(span.from),
        instant(span.before)
    );
    let interval = format!("INTERVAL '{} milliseconds'", query.step.as_millis());
    let text = query
        .text
        .replace("$timeFilter", &filter)
        .replace("$interval", &interval)
        .replace("$start", &instant(span.from));
    Ok(Statement { text, stamp })
}
