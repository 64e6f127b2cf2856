//! One question to one store: tried again while that may help, until the run's deadline.

use std::time::{Duration, Instant};

use backon::{ExponentialBuilder, Retryable};
use serinus_adapters::{QueryError, RangeQuery};
use tracing::{Instrument, Span, field::Empty};

use super::questions::Question;
use super::{FetchError, FetchLimits, FetchedQuery};
use crate::analysis::{Account, Accounts};

/// How a question ended.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) answer: Result<FetchedQuery, FetchError>,
    /// From the question to its end, waiting and repetitions included.
    pub(super) elapsed: Duration,
}

impl Reply {
    /// A stable word for how it ended: `ok`, or the kind of error.
    pub(super) fn outcome(&self) -> &'static str {
        self.answer.as_ref().err().map_or("ok", |error| error.code)
    }
}

/// Asks, in a span of its own. The query's text stays out of it: logs go further than scorecards.
pub(super) async fn ask(
    question: &Question<'_>,
    accounts: &Accounts,
    limits: FetchLimits,
    deadline: tokio::time::Instant,
) -> Reply {
    let account = accounts.get(question.account);
    let span = tracing::info_span!(
        "fetch",
        account = question.account,
        store = account.map_or("", Account::kind),
        metric = question.metric,
        side = %question.side,
        wanted_by = question.wanted_by.len(),
        attempts = Empty,
        outcome = Empty,
        elapsed_ms = Empty,
    );
    asked(question, account, limits, deadline)
        .instrument(span)
        .await
}

async fn asked(
    question: &Question<'_>,
    account: Option<&Account>,
    limits: FetchLimits,
    deadline: tokio::time::Instant,
) -> Reply {
    let started = Instant::now();
    let mut attempts = 0_u64;
    let answer = match account {
        Some(account) => {
            let trying = try_again(question, account, limits.attempts, &mut attempts);
            let in_time = tokio::time::timeout_at(deadline, trying).await;
            in_time.unwrap_or_else(|_| {
                account.gave_no_answer();
                Err(out_of_time(limits.deadline))
            })
        }
        None => Err(FetchError {
            code: "unknown-account",
            message: format!("the account {:?} is gone", question.account),
        }),
    };
    let elapsed = started.elapsed();
    let reply = Reply {
        answer: answer.map(|answer| FetchedQuery { elapsed, ..answer }),
        elapsed,
    };
    let millis = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    Span::current()
        .record("attempts", attempts)
        .record("outcome", reply.outcome())
        .record("elapsed_ms", millis);
    match &reply.answer {
        Ok(answer) => tracing::debug!(series = answer.series.len(), "fetched"),
        Err(error) => tracing::warn!(%error, "not fetched"),
    }
    reply
}

async fn try_again(
    question: &Question<'_>,
    account: &Account,
    attempts: usize,
    tried: &mut u64,
) -> Result<FetchedQuery, FetchError> {
    let started = Instant::now();
    let step = question.grid.step();
    let range = RangeQuery {
        text: question.text.to_owned(),
        window: question.grid.window().map_err(|error| FetchError {
            code: "invalid-window",
            message: error.to_string(),
        })?,
        step,
    };
    let try_once = || {
        *tried += 1;
        account.query(&range)
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
    if answer.step != step {
        notes.push(format!(
            "the store answered with a step of {} in place of {step}",
            answer.step
        ));
    }
    Ok(FetchedQuery {
        series: answer.series.into(),
        notes,
        elapsed: started.elapsed(),
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
