//! Asking the stores: every metric and side at once, within the limits of each account and one deadline.

use std::time::{Duration, Instant};

use backon::{ExponentialBuilder, Retryable};
use futures_util::{FutureExt, StreamExt, stream::FuturesUnordered};
use serinus_adapters::{Answer, QueryError, RangeQuery};

use super::{
    Accounts, Plan, PlannedQuery, Side,
    align::{Aligned, align, single_series},
};

/// How hard fetching tries.
#[derive(Debug, Clone, Copy)]
pub struct FetchLimits {
    /// When everything must have been answered, counted from the start of the fetch.
    pub deadline: Duration,
    /// How often one query is tried at most.
    pub attempts: usize,
}

/// What came back for one metric.
#[derive(Debug)]
pub struct Fetched {
    /// The baseline's samples.
    pub baseline: Result<FetchedSide, FetchError>,
    /// The canary's samples.
    pub canary: Result<FetchedSide, FetchError>,
    /// The work of baseline and canary, where it was asked for; NaN if the store knew of none.
    pub work: Option<(Result<f64, FetchError>, Result<f64, FetchError>)>,
}

impl Fetched {
    /// The first query without an answer, the canary's before the baseline's.
    pub fn failure(&self) -> Option<(Side, &FetchError)> {
        let (baseline_work, canary_work) = match &self.work {
            Some((baseline, canary)) => (baseline.as_ref().err(), canary.as_ref().err()),
            None => (None, None),
        };
        let canary = self.canary.as_ref().err().or(canary_work);
        let baseline = self.baseline.as_ref().err().or(baseline_work);
        canary
            .map(|error| (Side::Canary, error))
            .or(baseline.map(|error| (Side::Baseline, error)))
    }
}

/// One side's samples, on the grid they were asked for.
#[derive(Debug, Clone)]
pub struct FetchedSide {
    /// The values and what was noticed.
    pub aligned: Aligned,
    /// The labels of the series.
    pub labels: serinus_adapters::Labels,
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

/// Which answer a query is for.
#[derive(Debug, Clone, Copy)]
enum Slot {
    Samples(Side),
    Work(Side),
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
    let mut queries = Vec::new();
    for (index, metric) in plan.metrics.iter().enumerate() {
        queries.push((index, Slot::Samples(Side::Baseline), &metric.baseline));
        queries.push((index, Slot::Samples(Side::Canary), &metric.canary));
        if let Some((baseline, canary)) = &metric.work {
            queries.push((index, Slot::Work(Side::Baseline), baseline));
            queries.push((index, Slot::Work(Side::Canary), canary));
        }
    }
    let mut fetched: Vec<Fetched> = plan
        .metrics
        .iter()
        .map(|metric| Fetched {
            baseline: Err(unanswered()),
            canary: Err(unanswered()),
            work: metric
                .work
                .as_ref()
                .map(|_| (Err(unanswered()), Err(unanswered()))),
        })
        .collect();

    let deadline = tokio::time::Instant::now() + limits.deadline;
    // All at once: the accounts' own limits are what holds queries back.
    let mut answers: FuturesUnordered<_> = queries
        .into_iter()
        .map(|(index, slot, query)| {
            let one = fetch_one(query, accounts, limits.attempts);
            let in_time = tokio::time::timeout_at(deadline, one);
            in_time.map(move |answer| {
                (
                    index,
                    slot,
                    answer.unwrap_or_else(|_| Err(out_of_time(limits.deadline))),
                )
            })
        })
        .collect();

    let mut done = 0;
    while let Some((index, slot, answer)) = answers.next().await {
        done += 1;
        answered(done);
        let metric = &mut fetched[index];
        match slot {
            Slot::Samples(Side::Baseline) => metric.baseline = answer,
            Slot::Samples(Side::Canary) => metric.canary = answer,
            Slot::Work(side) => {
                let total =
                    answer.map(|side| side.aligned.values.last().copied().unwrap_or(f64::NAN));
                if let Some((baseline, canary)) = &mut metric.work {
                    match side {
                        Side::Baseline => *baseline = total,
                        Side::Canary => *canary = total,
                    }
                }
            }
        }
    }
    fetched
}

async fn fetch_one(
    query: &PlannedQuery,
    accounts: &Accounts,
    attempts: usize,
) -> Result<FetchedSide, FetchError> {
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
    let series = single_series(&answer.series).map_err(|message| FetchError {
        code: "several-series",
        message,
    })?;
    let mut aligned = align(series.map_or(&[], |series| &series.samples), &query.grid);
    aligned.notes.extend(answer.notes);
    if answer.step != query.grid.step() {
        aligned.notes.push(format!(
            "the store answered with a step of {} in place of {}",
            answer.step,
            query.grid.step()
        ));
    }
    Ok(FetchedSide {
        aligned,
        labels: series
            .map(|series| series.labels.clone())
            .unwrap_or_default(),
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
