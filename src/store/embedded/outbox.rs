//! Which deliveries are due: in memory, made anew from the deliveries when the store is opened.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use tokio::sync::Notify;

use crate::analysis::{Delivery, DeliveryId, RunId};

/// How long a claim sleeps at most before it looks at the clock again, which may have been set.
const LOOK_AT_CLOCK: Duration = Duration::from_secs(5);

/// The deliveries that are due, or will be.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    state: Mutex<Waiting>,
    /// Somebody may have something to take.
    pub(super) woken: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    due: BTreeSet<(Timestamp, DeliveryId)>,
    /// Where each of them stands in `due`, and whose it is.
    known: HashMap<DeliveryId, (Timestamp, RunId)>,
}

/// What there is to take.
pub(super) enum Post {
    /// This delivery.
    Delivery(RunId, DeliveryId),
    /// Nothing for so long, unless woken.
    Nothing(Duration),
}

impl Outbox {
    fn state(&self) -> MutexGuard<'_, Waiting> {
        // No operation leaves it half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a delivery in, or at another time; takes out one that has ended.
    pub(super) fn put(&self, delivery: &Delivery) {
        let Some(due) = delivery.due() else {
            return self.forget(delivery.id);
        };
        self.state().put(due, delivery.run, delivery.id);
        self.woken.notify_waiters();
    }

    /// Takes a delivery out.
    pub(super) fn forget(&self, id: DeliveryId) {
        self.state().remove(id);
    }

    /// Takes the delivery that has been due the longest; it is due again after `hold`.
    pub(super) fn take(&self, now: Timestamp, hold: Duration) -> Post {
        let mut state = self.state();
        let Some(&(due, id)) = state.due.first() else {
            return Post::Nothing(LOOK_AT_CLOCK);
        };
        if due > now {
            let wait = Duration::try_from(due.duration_since(now)).unwrap_or_default();
            return Post::Nothing(wait.min(LOOK_AT_CLOCK));
        }
        match state.remove(id) {
            Some((_, run)) => {
                let again = now.checked_add(hold).unwrap_or(Timestamp::MAX);
                state.put(again, run, id);
                Post::Delivery(run, id)
            }
            // What is due is known.
            None => Post::Nothing(Duration::ZERO),
        }
    }
}

impl Waiting {
    fn put(&mut self, due: Timestamp, run: RunId, id: DeliveryId) {
        self.remove(id);
        self.due.insert((due, id));
        self.known.insert(id, (due, run));
    }

    fn remove(&mut self, id: DeliveryId) -> Option<(Timestamp, RunId)> {
        let known = self.known.remove(&id);
        if let Some((due, _)) = known {
            self.due.remove(&(due, id));
        }
        known
    }
}
