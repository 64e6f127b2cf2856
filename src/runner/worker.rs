//! Takes looks that are due from the store, a task for each, and sees to it that each ends in exactly one way.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use backon::{BackoffBuilder, ExponentialBuilder};
use futures_util::FutureExt;
use jiff::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::Instrument;

use super::{
    Inner, PANICKED,
    look::{Ended, Failure, look},
};
use crate::{
    analysis::{FailedDuring, Run, RunState},
    store::{Claim, Held},
};

/// Takes and carries out looks until the service shuts down.
pub(super) async fn work(inner: Arc<Inner>) {
    let slots = Arc::new(Semaphore::new(inner.limits.looks));
    let mut pauses = pauses();
    loop {
        let claimed = async {
            let slot = slots.clone().acquire_owned().await.ok()?;
            Some((slot, inner.store.claim().await))
        };
        let claimed = tokio::select! {
            biased;
            () = inner.shutdown.cancelled() => return,
            claimed = claimed => claimed,
        };
        match claimed {
            Some((slot, Ok(claim))) => {
                pauses = self::pauses();
                spawn(&inner, claim, slot);
            }
            Some((_, Err(error))) => {
                tracing::warn!(%error, "no look could be taken; trying again");
                tokio::time::sleep(pauses.next().unwrap_or_default()).await;
            }
            None => return,
        }
    }
}

/// How long to wait before a store that did not answer is asked again.
fn pauses() -> impl Iterator<Item = Duration> {
    ExponentialBuilder::new()
        .with_min_delay(Duration::from_millis(100))
        .with_max_delay(Duration::from_secs(5))
        .without_max_times()
        .with_jitter()
        .build()
}

fn spawn(inner: &Arc<Inner>, claim: Claim, slot: OwnedSemaphorePermit) {
    let run = &claim.run;
    let span = tracing::info_span!(
        parent: None,
        "run",
        run.id = %run.id,
        application = run.application(),
        config = %run.config.name,
        look = run.next_look(),
    );
    if let Some(asked_in) = &run.trace {
        asked_in.continue_in(&span);
    }
    let of_task = inner.clone();
    let task = async move {
        carry_out(&of_task, claim).await;
        drop(slot);
    };
    inner.tracker.spawn_on(task.instrument(span), &inner.handle);
}

/// Carries out a look, as long as the claim holds, and writes what it led to.
async fn carry_out(inner: &Arc<Inner>, claim: Claim) {
    let looked = async {
        let looked = AssertUnwindSafe(look(inner, &claim)).catch_unwind().await;
        looked.unwrap_or_else(|_| {
            // Nothing else would ever end this run.
            let failed = Failure {
                reason: PANICKED.to_owned(),
                during: FailedDuring::Judging,
            };
            Ended::failed(Run::clone(&claim.run), failed)
        })
    };
    let ended = tokio::select! {
        ended = looked => ended,
        () = lost(inner, &claim) => {
            tracing::info!("the run was ended or taken over meanwhile");
            return;
        }
        () = inner.handing_over.cancelled() => {
            // If the store does not hear of it, the lease ends by itself.
            match inner.store.release(&claim.fence).await {
                Ok(_) => tracing::info!("given back, to be carried on elsewhere or after a restart"),
                Err(error) => tracing::warn!(%error, "could not be given back; it is due again when its lease ends"),
            }
            return;
        }
    };
    write(inner, &claim, ended).await;
}

/// Writes what a look led to, however long the store takes to answer, short of the service's own end. If the claim is lost
/// meanwhile, whoever has it now looks again.
async fn write(inner: &Inner, claim: &Claim, ended: Ended) {
    let mut pauses = pauses();
    loop {
        let Ended { run, scorecard } = ended.clone();
        match inner.store.commit(&claim.fence, run, scorecard).await {
            Ok(Held::Yes) => break tell(inner, &ended.run),
            Ok(Held::Lost) => break,
            Err(error) => {
                tracing::error!(%error, "what a look led to could not be stored; trying again");
                tokio::select! {
                    () = tokio::time::sleep(pauses.next().unwrap_or_default()) => {}
                    () = inner.handing_over.cancelled() => break,
                }
            }
        }
    }
}

fn tell(inner: &Inner, run: &Run) {
    let took = Timestamp::now().duration_since(run.created_at);
    match &run.state {
        RunState::Succeeded(decided) => tracing::info!(
            verdict = %decided.verdict,
            score = decided.score,
            duration_ms = i64::try_from(took.as_millis()).unwrap_or(i64::MAX),
            "the analysis ended"
        ),
        RunState::Failed { reason, .. } => tracing::warn!(reason, "the analysis failed"),
        RunState::Cancelled => tracing::info!("the analysis was cancelled"),
        RunState::Queued { ready_at } => tracing::info!(next = %ready_at, "the look ended"),
        RunState::Running(_) => {}
    }
    if run.state.is_final() {
        let took = Duration::try_from(took).unwrap_or_default();
        inner.metrics.run_ended(&run.state, took);
    }
}

/// Renews the claim; resolves when it is lost, or the run has ended otherwise.
async fn lost(inner: &Inner, claim: &Claim) {
    let id = claim.run.id;
    let mut changes = inner.store.changes();
    let mut renewals = tokio::time::interval(inner.limits.lease / 3);
    renewals.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = changes.of(id) => {
                let gone_or_ended = |run: Option<Arc<Run>>| run.is_none_or(|run| run.state.is_final());
                if inner.store.get(id).await.is_ok_and(gone_or_ended) {
                    return;
                }
            }
            _ = renewals.tick() => match inner.store.renew(&claim.fence).await {
                Ok(Held::Yes) => {}
                Ok(Held::Lost) => return,
                // Fenced writes keep a claim that ran out from doing harm.
                Err(error) => tracing::warn!(%error, "the claim could not be renewed"),
            },
        }
    }
}
