//! One look: plan, fetch, judge, and where the run stands then.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use serinus_judge::{JudgedBy, LookDecision, Verdict};

use super::{Inner, PANICKED};
use crate::{
    analysis::{
        Case, Decided, FailedDuring, Fetched, Look, Looked, Plan, Progress, Run, RunState,
        Scorecard, Sitting, Tally, Timings, fetch, plan_resolved, unseen, worse,
    },
    canary_config::{CanaryConfig, Mistake},
    store::Claim,
};

/// How often others are told how far a look has come.
const TELLING: Duration = Duration::from_millis(200);

/// What a look led to.
#[derive(Debug, Clone)]
pub(super) struct Ended {
    /// The run as it stands now.
    pub(super) run: Run,
    /// The look's scorecard, if there is one.
    pub(super) scorecard: Option<Arc<Scorecard>>,
}

/// Why a look has no scorecard.
#[derive(Debug)]
pub(super) struct Failure {
    /// As a sentence.
    pub(super) reason: String,
    pub(super) during: FailedDuring,
}

impl Failure {
    fn planning(reason: String) -> Self {
        Self {
            reason,
            during: FailedDuring::Planning,
        }
    }

    fn judging(reason: String) -> Self {
        Self {
            reason,
            during: FailedDuring::Judging,
        }
    }
}

impl Ended {
    pub(super) fn failed(mut run: Run, Failure { reason, during }: Failure) -> Self {
        run.end(RunState::Failed { reason, during });
        Self {
            run,
            scorecard: None,
        }
    }
}

/// Carries out the run's next look.
pub(super) async fn look(inner: &Arc<Inner>, claim: &Claim) -> Ended {
    let run = Run::clone(&claim.run);
    if Timestamp::now() > run.deadline {
        let reason = format!(
            "the run was not carried out before {}, and now its answer would come too late",
            run.deadline
        );
        return Ended::failed(run, Failure::planning(reason));
    }
    let config = match &claim.config {
        Ok(config) => config,
        Err(why) => {
            let reason = format!("the kept config of the run cannot be read: {why}");
            return Ended::failed(run, Failure::planning(reason));
        }
    };
    let number = run.next_look();
    let last = number >= run.request.looks_planned();
    let planned = |number| planned(inner, &run, config, number);
    let plans = planned(number).and_then(|plan| {
        let next_ready = planned(number + 1)?.ready_at;
        let sitting = Sitting::of(&run, number, config.judge.judged_by());
        Ok((
            plan,
            next_ready,
            sitting.map_err(|error| error.to_string())?,
        ))
    });
    let (plan, next_ready, sitting) = match plans {
        Ok(plans) => plans,
        Err(reason) => {
            let reason = format!("it can no longer be carried out: {reason}");
            return Ended::failed(run, Failure::planning(reason));
        }
    };
    let judged = judged(inner, claim, plan, sitting).await;
    let (found, decision, record, scorecard) = match judged {
        Ok(looked) => {
            let found = Decided {
                reason: looked.reason,
                ..Decided::from(&looked.scorecard)
            };
            let scorecard = Some(Arc::new(looked.scorecard));
            (found, looked.decision, Some(looked.record), scorecard)
        }
        Err(failure) if last => return Ended::failed(run, failure),
        // The next look may find the store well again.
        Err(failure) => (nothing(failure.reason), LookDecision::Continue, None, None),
    };
    let unseen = scorecard.as_deref().map(unseen).unwrap_or_default();
    let worse = scorecard.as_deref().map(worse);
    let mut run = run;
    match decision {
        LookDecision::Stop(_) => run.end(RunState::Succeeded(found.clone())),
        LookDecision::Continue => {
            run.state = RunState::Queued {
                ready_at: next_ready,
            }
        }
    }
    run.looks.push(Look {
        number,
        judged_at: Timestamp::now(),
        found,
        decision,
        unseen,
        worse,
        record,
    });
    Ended { run, scorecard }
}

/// A look without a scorecard.
fn nothing(reason: String) -> Decided {
    Decided {
        verdict: Verdict::Inconclusive,
        score: 0.0,
        scored: false,
        reason,
        tally: Tally::default(),
    }
}

/// The plan of a look, as it was when the run was taken in, but for accounts that have changed since.
fn planned(
    inner: &Inner,
    run: &Run,
    config: &Arc<CanaryConfig>,
    number: u32,
) -> Result<Plan, String> {
    let planned = plan_resolved(
        &run.request.at_look(number),
        config.clone(),
        run.config.clone(),
        inner.context(run.created_at),
    );
    planned.map_err(|mistakes| {
        let mistakes: Vec<_> = mistakes.iter().map(Mistake::to_string).collect();
        mistakes.join("; ")
    })
}

/// Fetches and judges; the error is why there is no scorecard.
async fn judged(
    inner: &Arc<Inner>,
    claim: &Claim,
    plan: Plan,
    sitting: Sitting,
) -> Result<Looked, Failure> {
    let queries = plan.queries();
    let started = Instant::now();
    let fetched = fetch_and_tell(inner, claim, &plan, queries).await;
    let timings = Timings {
        fetch_millis: started.elapsed().as_secs_f64() * 1e3,
        ..Timings::default()
    };
    match plan.config.judge.judged_by() {
        // Kayenta's judge knows no metric without an answer, nor does one elsewhere: as in Kayenta, the run fails.
        JudgedBy::NetflixAca | JudgedBy::Remote => all_answered(&plan, &fetched)?,
        JudgedBy::Serinus => {}
    }
    let all = Progress {
        answered: queries,
        queries,
    };
    report(inner, claim, all).await;
    let run = claim.run.clone();
    let case = inner
        .clone()
        .compute(move || Case::of_look(&run, &plan, sitting, fetched, timings))
        .await;
    let case = case.ok_or_else(|| Failure::judging(PANICKED.to_owned()))?;
    let judged = inner.clone().judged(case).await;
    judged.map_err(|error| Failure::judging(error.to_string()))
}

/// Whether every query has an answer; the first without one is the reason why not.
fn all_answered(plan: &Plan, fetched: &[Fetched]) -> Result<(), Failure> {
    let metrics = plan.metrics.iter().zip(fetched);
    let mut first = metrics.clone().filter_map(|(planned, fetched)| {
        let (side, error) = fetched.failure(planned)?;
        Some(format!("{}, {side}: {error}", planned.metric))
    });
    let Some(reason) = first.next() else {
        return Ok(());
    };
    let unanswered = metrics.enumerate().flat_map(|(place, (planned, fetched))| {
        let sides = fetched.unanswered(planned);
        sides.into_iter().map(move |side| (place, side))
    });
    Err(Failure {
        reason,
        during: FailedDuring::Fetching(unanswered.collect()),
    })
}

/// Fetches, and tells meanwhile how far it has come.
async fn fetch_and_tell(inner: &Inner, claim: &Claim, plan: &Plan, queries: usize) -> Vec<Fetched> {
    let (progress, steps) = tokio::sync::watch::channel(0);
    let fetching = fetch(plan, &inner.accounts, inner.limits.fetch, |answered| {
        inner.metrics.queried(answered);
        progress.send_replace(answered.done);
    });
    // Beside it: a store of runs that is slow to take this in holds up no fetch.
    let telling = async {
        let mut ticks = tokio::time::interval(TELLING);
        loop {
            ticks.tick().await;
            let answered = *steps.borrow();
            report(inner, claim, Progress { answered, queries }).await;
        }
    };
    tokio::select! {
        fetched = fetching => fetched,
        never = telling => never,
    }
}

async fn report(inner: &Inner, claim: &Claim, progress: Progress) {
    if let Err(error) = inner.store.report(&claim.fence, progress).await {
        tracing::debug!(%error, "progress could not be told");
    }
}
