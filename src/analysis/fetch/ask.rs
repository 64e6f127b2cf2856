//! One question to one store: tried again while that may help, until the run's deadline.

use std::time::{Duration, Instant};

use backon::{ExponentialBuilder, Retryable};
use jiff::Timestamp;
use serinus_adapters::{Answer, QueryError, QueryErrorKind, RangeQuery};
use tracing::{Instrument, Span, field::Empty};

use super::questions::Question;
use super::{FetchError, FetchErrorKind, FetchLimits, FetchedQuery};
use crate::analysis::{Account, Accounts};

/// How a question ended.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    /// A stable word for it: `ok`, `kept` if the store was not asked again, or the kind of error.
    pub(super) outcome: &'static str,
    pub(super) answer: Result<FetchedQuery, FetchError>,
    /// From the question to its end, waiting and repetitions included.
    pub(super) elapsed: Duration,
}

impl Reply {
    pub(super) fn of(found: Result<(FetchedQuery, Origin), FetchError>, elapsed: Duration) -> Self {
        Self {
            outcome: match &found {
                Ok((_, Origin::Store)) => "ok",
                Ok((_, Origin::Kept)) => "kept",
                Err(error) => error.kind.as_str(),
            },
            answer: found.map(|(answer, _)| FetchedQuery { elapsed, ..answer }),
            elapsed,
        }
    }
}

/// Where an answer came from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Origin {
    Store,
    Kept,
}

/// What asking goes by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms<'a> {
    pub(super) accounts: &'a Accounts,
    pub(super) limits: FetchLimits,
    pub(super) deadline: tokio::time::Instant,
}

/// Asks, in a span of its own. The query's text stays out of it: logs go further than scorecards.
pub(super) async fn ask(question: &Question<'_>, since: Instant, terms: Terms<'_>) -> Reply {
    let store = terms
        .accounts
        .get(question.account)
        .map_or("", Account::kind);
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
        otel.kind = "client",
        otel.status_code = Empty,
    );
    asked(question, since, terms).instrument(span).await
}

async fn asked(question: &Question<'_>, since: Instant, terms: Terms<'_>) -> Reply {
    let mut attempts = 0;
    let found = look_up(question, terms, &mut attempts).await;
    let reply = Reply::of(found, since.elapsed());
    record(attempts, reply.outcome, reply.elapsed);
    match &reply.answer {
        Ok(answer) => tracing::debug!(series = answer.series.len(), "fetched"),
        Err(error) => tracing::warn!(%error, "not fetched"),
    }
    reply
}

/// Completes the span of a request.
pub(super) fn record(attempts: u64, outcome: &str, elapsed: Duration) {
    let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    let span = Span::current();
    span.record("attempts", attempts)
        .record("outcome", outcome)
        .record("elapsed_ms", millis);
    if !matches!(outcome, "ok" | "kept") {
        span.record("otel.status_code", "ERROR");
    }
}

/// The answer that was kept, or else the store's.
async fn look_up(
    question: &Question<'_>,
    terms: Terms<'_>,
    attempts: &mut u64,
) -> Result<(FetchedQuery, Origin), FetchError> {
    let name = question.account;
    let account = terms.accounts.get(name).ok_or_else(|| FetchError {
        kind: FetchErrorKind::UnknownAccount,
        message: format!("the account {name:?} is gone"),
    })?;
    let range = question.range()?;
    let kept = terms.accounts.kept();
    if let Some(series) = kept.and_then(|kept| kept.get(name, &range, Timestamp::now())) {
        return Ok((FetchedQuery::of(series), Origin::Kept));
    }
    let trying = try_again(
        || account.query(&range),
        QueryError::is_retryable,
        terms.limits.attempts,
        attempts,
    );
    let Ok(answer) = tokio::time::timeout_at(terms.deadline, trying).await else {
        account.gave_no_answer();
        return Err(out_of_time(terms.limits.deadline));
    };
    let answer = settle(question, &range, account, terms.accounts, answer?);
    Ok((answer, Origin::Store))
}

/// Takes an answer in: what its step means is noted, and it is kept if it will stay.
pub(super) fn settle(
    question: &Question<'_>,
    range: &RangeQuery,
    account: &Account,
    accounts: &Accounts,
    answer: Answer,
) -> FetchedQuery {
    let mut notes = answer.notes;
    if answer.step != range.step {
        notes.push(format!(
            "the store answered with a step of {} in place of {}",
            answer.step, range.step
        ));
    }
    let answer = FetchedQuery {
        notes,
        ..FetchedQuery::of(answer.series.into())
    };
    let now = Timestamp::now();
    // Notes are signs of an answer that could be better.
    if let Some(kept) = accounts.kept()
        && answer.notes.is_empty()
        && account.has_settled(range.window.end(), now)
    {
        kept.keep(question.account, range, &answer.series, now);
    }
    answer
}

/// Repeats a request while it `may_pass`, as often as is allowed.
pub(crate) async fn try_again<T, F: Future<Output = Result<T, QueryError>>>(
    mut request: impl FnMut() -> F,
    may_pass: fn(&QueryError) -> bool,
    attempts: usize,
    tried: &mut u64,
) -> Result<T, QueryError> {
    let try_once = || {
        *tried += 1;
        request()
    };
    try_once
        .retry(
            ExponentialBuilder::default()
                .with_jitter()
                .with_min_delay(Duration::from_millis(200))
                .with_max_delay(Duration::from_secs(10))
                .with_max_times(attempts.saturating_sub(1)),
        )
        .when(may_pass)
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
        .await
}

pub(super) fn out_of_time(deadline: Duration) -> FetchError {
    FetchError {
        kind: FetchErrorKind::Store(QueryErrorKind::Timeout),
        message: format!(
            "no answer within the run's deadline of {} s",
            deadline.as_secs()
        ),
    }
}
