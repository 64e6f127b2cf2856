//! Asking the stores: every metric and side at once, within the limits of each account and one deadline.

use std::time::{Duration, Instant};

use backon::{ExponentialBuilder, Retryable};
use futures_util::{FutureExt, StreamExt, stream::FuturesUnordered};
use serinus_adapters::{Answer, QueryError, RangeQuery, Series};

use super::align::single_series;
use super::{Accounts, Plan, PlannedMetric, PlannedQuery, Side};

/// How hard fetching tries.
#[derive(Debug, Clone, Copy)]
pub struct FetchLimits {
    /// When everything must have been answered, counted from the start of the fetch.
    pub deadline: Duration,
    /// How often one query is tried at most.
    pub attempts: usize,
}

/// What came back for one metric: an entry per query of its plan, in that order.
#[derive(Debug)]
pub struct Fetched {
    /// The answers.
    pub answers: Vec<Result<FetchedQuery, FetchError>>,
}

impl Fetched {
    /// The first query without an answer, the canary's before the baseline's.
    pub fn failure(&self, planned: &PlannedMetric) -> Option<(Side, &FetchError)> {
        let failures = || {
            let answers = planned.queries.iter().zip(&self.answers);
            answers.filter_map(|(query, answer)| Some((query.role.side(), answer.as_ref().err()?)))
        };
        failures()
            .find(|(side, _)| *side == Side::Canary)
            .or_else(|| failures().next())
    }
}

/// The answer to one query.
#[derive(Debug, Clone)]
pub struct FetchedQuery {
    /// The series, samples at the times the store gave.
    pub series: Vec<Series>,
    /// What was noticed: warnings of the store.
    pub notes: Vec<String>,
    /// How long the store took, retries included.
    pub elapsed: Duration,
}

/// Why one query has no usable answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FetchError {
    /// A stable word for the kind of error.
    pub code: &'static str,
    /// What happened, as a sentence.
    pub message: String,
}

impl From<QueryError> for FetchError {
    fn from(error: QueryError) -> Self {
        Self {
            code: error.code(),
            message: error.to_string(),
        }
    }
}

/// Fetches everything a plan needs. `answered` is called after each query with how many are done.
///
/// Dropping the future abandons all queries in flight.
pub async fn fetch(
    plan: &Plan,
    accounts: &Accounts,
    limits: FetchLimits,
    mut answered: impl FnMut(usize),
) -> Vec<Fetched> {
    let unanswered = |metric: &PlannedMetric| Fetched {
        answers: metric.queries.iter().map(|_| Err(unanswered())).collect(),
    };
    let mut fetched: Vec<Fetched> = plan.metrics.iter().map(unanswered).collect();
    let deadline = tokio::time::Instant::now() + limits.deadline;
    // All at once: the accounts' own limits are what holds queries back.
    let mut answers: FuturesUnordered<_> = plan
        .metrics
        .iter()
        .enumerate()
        .flat_map(|(metric, planned)| {
            let queries = planned.queries.iter().enumerate();
            queries.map(move |(place, query)| (metric, place, planned, query))
        })
        .map(|(metric, place, planned, query)| {
            let one = fetch_one(query, accounts, limits.attempts);
            let in_time = tokio::time::timeout_at(deadline, one);
            in_time.map(move |answer| {
                let answer = answer.unwrap_or_else(|_| Err(out_of_time(limits.deadline)));
                (
                    metric,
                    place,
                    answer.and_then(|answer| countable(planned, query, answer)),
                )
            })
        })
        .collect();
    let mut done = 0;
    while let Some((metric, place, answer)) = answers.next().await {
        done += 1;
        answered(done);
        fetched[metric].answers[place] = answer;
    }
    fetched
}

/// The answer, if it has as many series as are wanted.
fn countable(
    planned: &PlannedMetric,
    query: &PlannedQuery,
    answer: FetchedQuery,
) -> Result<FetchedQuery, FetchError> {
    if !planned.wants_one_series(query.role) {
        return Ok(answer);
    }
    match single_series(&answer.series) {
        Ok(_) => Ok(answer),
        Err(message) => Err(FetchError {
            code: "several-series",
            message,
        }),
    }
}

async fn fetch_one(
    query: &PlannedQuery,
    accounts: &Accounts,
    attempts: usize,
) -> Result<FetchedQuery, FetchError> {
    let started = Instant::now();
    let account = accounts.get(&query.account).ok_or_else(|| FetchError {
        code: "unknown-account",
        message: format!("the account {:?} is gone", query.account),
    })?;
    let window = query.grid.window().map_err(|error| FetchError {
        code: "invalid-window",
        message: error.to_string(),
    })?;
    let range = RangeQuery {
        text: query.text.clone(),
        window,
        step: query.grid.step(),
    };
    let answer: Answer = (|| account.source().query(&range))
        .retry(
            ExponentialBuilder::default()
                .with_jitter()
                .with_min_delay(Duration::from_millis(200))
                .with_max_delay(Duration::from_secs(10))
                .with_max_times(attempts.saturating_sub(1)),
        )
        .when(QueryError::is_retryable)
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
    if answer.step != query.grid.step() {
        notes.push(format!(
            "the store answered with a step of {} in place of {}",
            answer.step,
            query.grid.step()
        ));
    }
    Ok(FetchedQuery {
        series: answer.series,
        notes,
        elapsed: started.elapsed(),
    })
}

fn unanswered() -> FetchError {
    FetchError {
        code: "unanswered",
        message: "the query was not answered".to_owned(),
    }
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
