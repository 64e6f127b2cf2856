//! Asking the stores: every metric and side at once, within the limits of each account and one deadline.

mod ask;
mod bundles;
mod error;
mod questions;
mod room;
mod together;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::{StreamExt, stream::FuturesUnordered};
use serinus_adapters::Series;

pub(crate) use self::ask::try_again;
pub use self::error::{FetchError, FetchErrorKind};
use self::{
    ask::{Terms, ask},
    bundles::{Bundle, bundles},
    questions::{Question, questions},
    room::Room,
    together::{Ended, ask_together},
};
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
    /// The sides of which a query has no answer.
    pub fn unanswered(&self, planned: &PlannedMetric) -> Vec<Side> {
        let answers = || planned.queries.iter().zip(&self.answers);
        let fails = |side: &Side| {
            answers().any(|(query, answer)| query.role.side() == *side && answer.is_err())
        };
        [Side::Baseline, Side::Canary]
            .into_iter()
            .filter(fails)
            .collect()
    }

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

/// The answer to one query. Cheap to clone: metrics may share it.
#[derive(Debug, Clone)]
pub struct FetchedQuery {
    /// The series, samples at the times the store gave.
    pub series: Arc<[Series]>,
    /// What was noticed: warnings of the store.
    pub notes: Vec<String>,
    /// How long the store took, retries included.
    pub elapsed: Duration,
}

impl FetchedQuery {
    fn of(series: Arc<[Series]>) -> Self {
        Self {
            series,
            notes: Vec::new(),
            elapsed: Duration::ZERO,
        }
    }
}

/// A question that was answered, or will not be.
#[derive(Debug, Clone, Copy)]
pub struct Answered<'a> {
    /// The account that was asked.
    pub account: &'a str,
    /// How it ended: `ok`, `kept` if an earlier answer served again, or a stable word for the kind of error.
    pub outcome: &'static str,
    /// From the question to its end, waiting and repetitions included.
    pub elapsed: Duration,
    /// How many of the plan's queries are done now. One answer can serve several.
    pub done: usize,
}

/// Fetches everything a plan needs; what several metrics ask in the same words is asked once, and questions about one window
/// go to a store together where its API allows it. `answered` is called after each question.
///
/// Dropping the future abandons all queries in flight.
pub async fn fetch(
    plan: &Plan,
    accounts: &Accounts,
    limits: FetchLimits,
    mut answered: impl FnMut(Answered<'_>),
) -> Vec<Fetched> {
    let unanswered = |metric: &PlannedMetric| Fetched {
        answers: metric.queries.iter().map(|_| Err(unanswered())).collect(),
    };
    let mut fetched: Vec<Fetched> = plan.metrics.iter().map(unanswered).collect();
    let terms = Terms {
        accounts,
        limits,
        deadline: tokio::time::Instant::now() + limits.deadline,
    };
    // All at once: the accounts' own limits are what holds requests back.
    let mut requests: FuturesUnordered<_> = bundles(questions(plan), accounts)
        .into_iter()
        .map(|bundle| ask_bundle(bundle, terms))
        .collect();
    let mut done = 0;
    let mut room = Room::default();
    while let Some((since, ended)) = requests.next().await {
        for (question, reply) in ended {
            let Some(reply) = reply else {
                requests.push(ask_bundle(Bundle::alone(question, since), terms));
                continue;
            };
            let reply = room.admit(reply);
            done += question.wanted_by.len();
            answered(Answered {
                account: question.account,
                outcome: reply.outcome,
                elapsed: reply.elapsed,
                done,
            });
            for &(metric, place) in &question.wanted_by {
                let planned = &plan.metrics[metric];
                let answer = reply.answer.clone();
                fetched[metric].answers[place] =
                    answer.and_then(|answer| countable(planned, &planned.queries[place], answer));
            }
        }
    }
    fetched
}

/// Fetches the answer to one query that no run asks, however many series it has.
///
/// # Errors
/// The store has no answer, or too large a one.
pub async fn fetch_alone(
    query: &PlannedQuery,
    metric: &str,
    accounts: &Accounts,
    limits: FetchLimits,
    answered: impl FnOnce(Answered<'_>),
) -> Result<FetchedQuery, FetchError> {
    let question = Question {
        account: &query.account,
        text: &query.text,
        grid: query.grid,
        metric,
        side: query.role.side(),
        wanted_by: vec![(0, 0)],
    };
    let terms = Terms {
        accounts,
        limits,
        deadline: tokio::time::Instant::now() + limits.deadline,
    };
    let reply = ask(&question, Instant::now(), terms).await;
    let reply = Room::default().admit(reply);
    answered(Answered {
        account: question.account,
        outcome: reply.outcome,
        elapsed: reply.elapsed,
        done: 1,
    });
    reply.answer
}

/// Sends the request for a bundle. Gives back when its questions came up, and how they ended.
async fn ask_bundle<'a>(bundle: Bundle<'a>, terms: Terms<'_>) -> (Instant, Vec<Ended<'a>>) {
    let Bundle { questions, since } = bundle;
    let ended = match <[_; 1]>::try_from(questions) {
        Ok([question]) => {
            let reply = ask(&question, since, terms).await;
            vec![(question, Some(reply))]
        }
        Err(several) => ask_together(several, since, terms).await,
    };
    (since, ended)
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
            kind: FetchErrorKind::SeveralSeries,
            message,
        }),
    }
}

fn unanswered() -> FetchError {
    FetchError {
        kind: FetchErrorKind::Unanswered,
        message: "the query was not answered".to_owned(),
    }
}
