//! Requests at a steady pace.

use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// Lets one request through at a time, each at least a fixed distance after the one before.
#[derive(Debug)]
pub(super) struct Pace {
    distance: Duration,
    next: Mutex<Instant>,
}

impl Pace {
    pub(super) fn new(per_second: NonZeroU32) -> Self {
        Self {
            distance: Duration::from_secs(1) / per_second.get(),
            next: Mutex::new(Instant::now()),
        }
    }

    /// Waits for the turn of one request. A request that is given up while it waits leaves its turn unused.
    pub(super) async fn turn(&self) {
        let turn = {
            // A time is whole even if a thread panicked next to it.
            let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
            let turn = (*next).max(Instant::now());
            *next = turn + self.distance;
            turn
        };
        sleep_until(turn).await;
    }
}
