//! Takes deliveries that are due from the store, and attempts them, a task for each.

use std::{sync::Arc, time::Duration};

use backon::{BackoffBuilder, ExponentialBuilder};
use jiff::Timestamp;
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    notice::{Notice, StageNews, look_of},
    receivers::Callbacks,
    schedule,
    send::Answer,
};
use crate::{
    analysis::{AttemptResult, Delivery, DeliveryState, Run, Target},
    canary_config::Name,
    metrics::Metrics,
    rollouts::Membership,
    store::{DueDelivery, Held, Store, StoreError},
};

/// How many attempts are under way at once.
const AT_ONCE: usize = 64;

/// For how long nothing may be due until a courier that is to end does: the runs that ended last have something to tell.
const LAST_CALL: Duration = Duration::from_millis(100);

/// How long a message waits for another one that has to come before it, and how often it looks.
const PATIENCE: Duration = Duration::from_secs(2);
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// How much longer than an attempt may take a delivery is held, so that what came of it can be noted.
const NOTING: Duration = Duration::from_secs(20);

/// Delivers what runs have to tell; cheap to clone.
#[derive(Debug, Clone)]
pub struct Courier(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    tracker: TaskTracker,
    handle: Handle,
    /// What is due is still taken, and nothing is waited for.
    closing: CancellationToken,
    /// Nothing is taken any more, and what is under way is dropped.
    closed: CancellationToken,
    callbacks: Arc<Callbacks>,
    store: Arc<dyn Store>,
    metrics: Arc<Metrics>,
    /// The address of the service, for links.
    base: String,
}

/// What came of trying a receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tried {
    /// It has taken the message, with this status.
    Taken(u16),
    /// It has not, with this status.
    Refused(u16),
    /// There was no answer, for this reason.
    Failed(String),
}

impl Courier {
    /// A courier that works on the runtime of `handle`, at once on whatever is due in the store. `base` is the address people
    /// reach the service at, without a slash at its end.
    pub fn start(
        handle: Handle,
        callbacks: Arc<Callbacks>,
        store: Arc<dyn Store>,
        metrics: Arc<Metrics>,
        base: String,
    ) -> Self {
        let inner = Arc::new(Inner {
            tracker: TaskTracker::new(),
            handle,
            closing: CancellationToken::new(),
            closed: CancellationToken::new(),
            callbacks,
            store,
            metrics,
            base,
        });
        let work = work(inner.clone());
        inner.tracker.spawn_on(work, &inner.handle);
        Self(inner)
    }

    /// Everybody who can be told.
    pub fn callbacks(&self) -> &Callbacks {
        &self.0.callbacks
    }

    /// Sends a receiver a message that says that it is tried, once; `None` if there is no such receiver.
    pub async fn test(&self, receiver: &str) -> Option<Tried> {
        let inner = &self.0;
        inner.callbacks.get(receiver)?;
        let to = Target::Receiver(Name::try_from(receiver.to_owned()).ok()?);
        let notice = Notice::test(receiver, &inner.base);
        Some(match inner.callbacks.send(&to, &notice).await {
            Answer::Taken(status) => Tried::Taken(status.as_u16()),
            Answer::Gone => Tried::Refused(410),
            Answer::Refused { status, .. } => Tried::Refused(status.as_u16()),
            Answer::Failed(reason) => Tried::Failed(reason),
        })
    }

    /// Takes what is due now, and gives these attempts `grace` to end. What was not delivered is due again for a replica, or
    /// after the next start.
    pub async fn shut_down(&self, grace: Duration) {
        let inner = &self.0;
        inner.closing.cancel();
        inner.tracker.close();
        let ended = tokio::time::timeout(grace, inner.tracker.wait()).await;
        if ended.is_err() {
            tracing::info!(
                deliveries = inner.tracker.len(),
                "the deliveries under way are left for later"
            );
            inner.closed.cancel();
            inner.tracker.wait().await;
        }
    }
}

async fn work(inner: Arc<Inner>) {
    let slots = Arc::new(Semaphore::new(AT_ONCE));
    let hold = inner.callbacks.timing.timeout + NOTING;
    let mut pauses = pauses();
    loop {
        let claimed = async {
            let slot = slots.clone().acquire_owned().await.ok()?;
            Some((slot, inner.store.claim_delivery(hold).await))
        };
        let idle = async {
            inner.closing.cancelled().await;
            tokio::time::sleep(LAST_CALL).await;
        };
        let claimed = tokio::select! {
            claimed = claimed => claimed,
            () = idle => return,
            () = inner.closed.cancelled() => return,
        };
        match claimed {
            Some((slot, Ok(due))) => {
                pauses = self::pauses();
                spawn(&inner, due, slot);
            }
            Some((_, Err(error))) => {
                tracing::warn!(%error, "no delivery could be taken; trying again");
                let pause = tokio::time::sleep(pauses.next().unwrap_or_default());
                tokio::select! {
                    () = inner.closing.cancelled() => return,
                    () = pause => {}
                }
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

fn spawn(inner: &Arc<Inner>, due: DueDelivery, slot: OwnedSemaphorePermit) {
    let of_task = inner.clone();
    let task = async move {
        let attempt = tokio::time::timeout(
            of_task.callbacks.timing.timeout + NOTING,
            attempt(&of_task, due),
        );
        tokio::select! {
            biased;
            attempted = attempt => {
                if attempted.is_err() {
                    tracing::warn!("what came of a delivery could not be noted; it is attempted again");
                }
            }
            () = of_task.closed.cancelled() => {}
        }
        drop(slot);
    };
    inner.tracker.spawn_on(task, &inner.handle);
}

/// Attempts a delivery and notes what came of it.
async fn attempt(inner: &Inner, due: DueDelivery) {
    let began = Timestamp::now();
    let told = match before_it(inner, &due.delivery).await {
        Ok(true) => told(inner, &due).await,
        Ok(false) => Ok(Err("what was to be told before is not told yet".to_owned())),
        Err(error) => Err(error),
    };
    let answer = match told {
        Ok(Ok(notice)) => inner.callbacks.send(&due.delivery.to, &notice).await,
        Ok(Err(reason)) => Answer::Failed(reason),
        Err(error) => {
            tracing::warn!(%error, "a delivery could not be prepared; it is attempted again");
            return;
        }
    };
    let times = (began, Timestamp::now());
    let delivery = schedule::after(due.delivery, answer, times, &inner.callbacks.timing);
    let mut pauses = pauses();
    loop {
        match inner.store.note_attempt(delivery.clone()).await {
            Ok(Held::Yes) => return tell(inner, &delivery),
            // Somebody else attempted it at the same time, or its run is forgotten.
            Ok(Held::Lost) => return,
            Err(error) => {
                tracing::warn!(%error, "what came of a delivery could not be noted; trying again");
                tokio::time::sleep(pauses.next().unwrap_or_default()).await;
            }
        }
    }
}

/// Whether everything was told that has to be told before; what is being told just now is waited for a little.
async fn before_it(inner: &Inner, delivery: &Delivery) -> Result<bool, StoreError> {
    if !inner.callbacks.in_order(&delivery.to) {
        return Ok(true);
    }
    let patience = tokio::time::Instant::now() + PATIENCE;
    loop {
        let all = inner.store.deliveries(delivery.run).await?;
        let waits = |earlier: &Delivery| {
            earlier.id < delivery.id && earlier.to == delivery.to && earlier.due().is_some()
        };
        if !all.iter().any(waits) {
            return Ok(true);
        }
        if tokio::time::Instant::now() >= patience {
            return Ok(false);
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// What a delivery says; the inner error is why it can say nothing.
async fn told(inner: &Inner, due: &DueDelivery) -> Result<Result<Notice, String>, StoreError> {
    let scorecard = match look_of(&due.delivery, &due.run) {
        Some(look) => inner.store.scorecard(due.run.id, look).await?,
        None => None,
    };
    let stage = stage(inner, &due.run).await?;
    Ok(Notice::of(due, scorecard.as_deref(), stage, &inner.base))
}

/// Where the rollout stands that the run judges a stage of, if it does: what somebody has decided meanwhile, or that it has gone on,
/// is not undone by a message that comes late. A rollout that is just being told of its run is waited for a little.
async fn stage(inner: &Inner, run: &Run) -> Result<Option<StageNews>, StoreError> {
    let patience = tokio::time::Instant::now() + PATIENCE;
    loop {
        match Membership::of(&*inner.store, run).await? {
            Membership::Stage(rollout, stage) => {
                let later = match rollout.last_run().filter(|last| *last != run.id) {
                    Some(last) => Some(inner.store.get(last).await?),
                    None => None,
                };
                let last = later.as_ref().map_or(Some(run), Option::as_deref);
                return Ok(Some(StageNews::of(&rollout, stage, last, &inner.base)));
            }
            Membership::Unrecorded if tokio::time::Instant::now() < patience => {
                tokio::time::sleep(LOOK_AGAIN).await;
            }
            Membership::Unrecorded | Membership::None => return Ok(None),
        }
    }
}

fn tell(inner: &Inner, delivery: &Delivery) {
    let (status, error) = match delivery.attempts.last().map(|attempt| &attempt.result) {
        Some(AttemptResult::Answered(status)) => (Some(*status), None),
        Some(AttemptResult::Failed(reason)) => (None, Some(reason.as_str())),
        None => (None, None),
    };
    let attempts = delivery.attempts.len();
    let Delivery { id, run, to, .. } = delivery;
    match &delivery.state {
        DeliveryState::Delivered => {
            inner.metrics.delivery_attempted("delivered");
            tracing::info!(delivery = %id, run.id = %run, receiver = %to, attempts, "delivered");
        }
        DeliveryState::Due(next) => {
            inner.metrics.delivery_attempted("failed");
            tracing::info!(
                delivery = %id, run.id = %run, receiver = %to, attempts, status, error, next = %next,
                "not delivered; trying again"
            );
        }
        DeliveryState::GivenUp(reason) => {
            inner.metrics.delivery_attempted("given-up");
            tracing::warn!(
                delivery = %id, run.id = %run, receiver = %to, attempts, status, error, reason,
                "not delivered, and given up"
            );
        }
    }
}
