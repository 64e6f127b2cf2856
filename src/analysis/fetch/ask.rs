//! One question to one store: tried again while that may help, until the run's deadline.

use std::time::{Duration, Instant};

use backon::{ExponentialBuilder, Retryable};
use jiff::Timestamp;
use serinus_adapters::{QueryError, RangeQuery};
use tracing::{Instrument, Span, field::Empty};

use super::questions::Question;
use super::{FetchError, FetchLimits, FetchedQuery};
use crate::analysis::{Account, Accounts};

/// How a question ended.
#[derive(Debug)]
pub(super) struct Reply {
    /// A stable word for it: `ok`, `kept` if the store was not asked again, or the kind of error.
    pub(super) outcome: &'static str,
    pub(super) answer: Result<FetchedQuery, FetchError>,
    /// From the question to its end, waiting and repetitions included.
    pub(super) elapsed: Duration,
}

/// Asks, in a span of its own. The query's text stays out of it: logs go further than scorecards.
pub(super) async fn ask(
    question: &Question<'_>,
    accounts: &Accounts,
    limits: FetchLimits,
    deadline: tokio::time::Instant,
) -> Reply {
    let store = accounts.get(question.account).map_or("", Account::kind);
    let span = tracing::info_span!(
        "fetch",
        account = question.account,
        store,
        metric = question.metric,
        side = %question.side,
        wanted_by = question.wanted_by.len(),
        attempts = Empty,
        outcome = Empty,
        elapsed_ms = Empty,
    );
    asked(question, accounts, limits, deadline)
        .instrument(span)
        .await
}

async fn asked(
    question: &Question<'_>,
    accounts: &Accounts,
    limits: FetchLimits,
    deadline: tokio::time::Instant,
) -> Reply {
    let started = Instant::now();
    let mut attempts = 0_u64;
    let found = look_up(question, accounts, limits, deadline, &mut attempts).await;
    let elapsed = started.elapsed();
    let reply = Reply {
        outcome: match &found {
            Ok((_, Origin::Store)) => "ok",
            Ok((_, Origin::Kept)) => "kept",
            Err(error) => error.code,
        },
        answer: found.map(|(answer, _)| FetchedQuery { elapsed, ..answer }),
        elapsed,
    };
    let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    Span::current()
        .record("attempts", attempts)
        .record("outcome", reply.outcome)
        .record("elapsed_ms", millis);
    match &reply.answer {
        Ok(answer) => tracing::debug!(series = answer.series.len(), "fetched"),
        Err(error) => tracing::warn!(%error, "not fetched"),
    }
    reply
}

/// Where an answer came from.
enum Origin {
    Store,
    Kept,
}

/// The answer that was kept, or else the store's.
async fn look_up(
    question: &Question<'_>,
    accounts: &Accounts,
    limits: FetchLimits,
    deadline: tokio::time::Instant,
    attempts: &mut u64,
) -> Result<(FetchedQuery, Origin), FetchError> {
    let name = question.account;
    let account = accounts.get(name).ok_or_else(|| FetchError {
        code: "unknown-account",
        message: format!("the account {name:?} is gone"),
    })?;
    let window = question.grid.window().map_err(|error| FetchError {
        code: "invalid-window",
        message: error.to_string(),
    })?;
    let range = RangeQuery {
        text: question.text.to_owned(),
        window,
        step: question.grid.step(),
    };
    let now = Timestamp::now();
    let kept = accounts.kept();
    if let Some(series) = kept.and_then(|kept| kept.get(name, &range, now)) {
        return Ok((FetchedQuery::of(series), Origin::Kept));
    }
    let trying = try_again(&range, account, limits.attempts, attempts);
    let Ok(answer) = tokio::time::timeout_at(deadline, trying).await else {
        account.gave_no_answer();
        return Err(out_of_time(limits.deadline));
    };
    let answer = answer?;
    // Notes are signs of an answer that could be better.
    if let Some(kept) = kept
        && answer.notes.is_empty()
        && account.has_settled(window.end(), now)
    {
        kept.keep(name, &range, &answer.series, now);
    }
    Ok((answer, Origin::Store))
}

async fn try_again(
    range: &RangeQuery,
    account: &Account,
    attempts: usize,
    tried: &mut u64,
) -> Result<FetchedQuery, QueryError> {
    let try_once = || {
        *tried += 1;
        account.query(range)
    };
    let answer = try_once
        .retry(
            ExponentialBuilder::default()
                .with_jitter()
                .with_min_delay(Duration::from_millis(200))
                .with_max_delay(Duration::from_secs(10))
                .with_max_times(attempts.saturating_sub(1)),
        )
        .when(QueryError::is_retryable)
        .notify(|error, after| tracing::debug!(%error, ?after, "trying again"))
        .adjust(|error, delay| match error {
            // The store knows best; the run's deadline bounds how long it is believed.
            QueryError::RateLimited {
                retry_after: Some(after),
                ..
            } => delay.map(|delay| delay.max(*after)),
            QueryError::RateLimited { .. }
            | QueryError::Unauthorized { .. }
            | QueryError::InvalidQuery { .. }
            | QueryError::Timeout { .. }
            | QueryError::Unavailable { .. }
            | QueryError::Malformed { .. }
            | QueryError::TooMuchData { .. } => delay,
        })
        .await?;
    let mut notes = answer.notes;
    if answer.step != range.step {
        notes.push(format!(
            "the store answered with a step of {} in place of {}",
            answer.step, range.step
        ));
    }
    Ok(FetchedQuery {
        notes,
        ..FetchedQuery::of(answer.series.into())
    })
}

fn out_of_time(deadline: Duration) -> FetchError {
    FetchError {
        code: "timeout",
        message: format!(
            "no answer within the run's deadline of {} s",
            deadline.as_secs()
        ),
    }
}
