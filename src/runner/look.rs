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
        Case, Decided, Fetched, Look, Looked, Plan, Progress, Run, RunState, Scorecard, Sitting,
        Timings, fetch, plan_resolved, unseen, worse,
    },
    canary_config::Mistake,
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

impl Ended {
    pub(super) fn without_scorecard(mut run: Run, state: RunState) -> Self {
        run.state = state;
        Self {
            run,
            scorecard: None,
        }
    }
}

/// Carries out the run's next look.
pub(super) async fn look(inner: &Arc<Inner>, claim: &Claim) -> Ended {
    let run = Run::clone(&claim.run);
    let failed = |run, reason| Ended::without_scorecard(run, RunState::Failed { reason });
    if Timestamp::now() > run.deadline {
        let reason = format!(
            "the run was not carried out before {}, and now its answer would come too late",
            run.deadline
        );
        return failed(run, reason);
    }
    let number = run.next_look();
    let last = number >= run.request.looks_planned();
    let plans = planned(inner, claim, number).and_then(|plan| {
        let next_ready = planned(inner, claim, number + 1)?.ready_at;
        let sitting = Sitting::of(&run, number, claim.config.judge.judged_by());
        Ok((
            plan,
            next_ready,
            sitting.map_err(|error| error.to_string())?,
        ))
    });
    let (plan, next_ready, sitting) = match plans {
        Ok(plans) => plans,
        Err(reason) => return failed(run, format!("it can no longer be carried out: {reason}")),
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
        Err(reason) if last => return failed(run, reason),
        // The next look may find the store well again.
        Err(reason) => (nothing(reason), LookDecision::Continue, None, None),
    };
    let unseen = scorecard.as_deref().map(unseen).unwrap_or_default();
    let worse = scorecard.as_deref().map(worse);
    let mut run = run;
    run.state = match decision {
        LookDecision::Stop(_) => RunState::Succeeded(found.clone()),
        LookDecision::Continue => RunState::Queued {
            ready_at: next_ready,
        },
    };
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
    }
}

/// The plan of a look, as it was when the run was taken in, but for accounts that have changed since.
fn planned(inner: &Inner, claim: &Claim, number: u32) -> Result<Plan, String> {
    let run = &claim.run;
    let planned = plan_resolved(
        &run.request.at_look(number),
        claim.config.clone(),
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
) -> Result<Looked, String> {
    let queries = plan.queries();
    let started = Instant::now();
    let fetched = fetch_and_tell(inner, claim, &plan, queries).await;
    let timings = Timings {
        fetch_millis: started.elapsed().as_secs_f64() * 1e3,
        ..Timings::default()
    };
    for (planned, fetched) in plan.metrics.iter().zip(&fetched) {
        // Kayenta's judge knows no metric without an answer, nor does one elsewhere: as in Kayenta, the run fails.
        if let (Some((side, error)), JudgedBy::NetflixAca | JudgedBy::Remote) =
            (fetched.failure(planned), plan.config.judge.judged_by())
        {
            return Err(format!("{}, {side}: {error}", planned.metric));
        }
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
    let case = case.ok_or_else(|| PANICKED.to_owned())?;
    let judged = inner.clone().judged(case).await;
    judged.map_err(|error| error.to_string())
}

/// Fetches, and tells meanwhile how far it has come.
async fn fetch_and_tell(inner: &Inner, claim: &Claim, plan: &Plan, queries: usize) -> Vec<Fetched> {
    let (progress, steps) = tokio::sync::watch::channel(0);
    let fetching = fetch(plan, &inner.accounts, inner.limits.fetch, |answered| {
        inner.metrics.queried(answered);
        progress.send_replace(answered.done);
    });
    tokio::pin!(fetching);
    let mut ticks = tokio::time::interval(TELLING);
    loop {
        tokio::select! {
            fetched = &mut fetching => return fetched,
            _ = ticks.tick() => {
                let answered = *steps.borrow();
                report(inner, claim, Progress { answered, queries }).await;
            }
        }
    }
}

async fn report(inner: &Inner, claim: &Claim, progress: Progress) {
    if let Err(error) = inner.store.report(&claim.fence, progress).await {
        tracing::debug!(%error, "progress could not be told");
    }
}
