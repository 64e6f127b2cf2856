//! Which looks are due, and who has taken which: in memory, made anew from the runs when the store is opened.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use jiff::Timestamp;
use tokio::sync::Notify;

use crate::{
    analysis::{Progress, Run, RunId, RunState},
    store::{Fence, Held, StoreLimits},
};

/// How long a claim sleeps at most before it looks at the clock again, which may have been set.
const LOOK_AT_CLOCK: Duration = Duration::from_secs(5);

/// The looks that are due, or will be.
#[derive(Debug)]
pub(super) struct Queue {
    state: Mutex<Waiting>,
    /// Somebody may have something to take.
    pub(super) woken: Notify,
    limits: StoreLimits,
}

#[derive(Debug, Default)]
struct Waiting {
    due: BTreeSet<(Timestamp, RunId)>,
    /// What limits and leases need to know of every run that has not ended.
    runs: HashMap<RunId, Known>,
    epoch: u64,
}

#[derive(Debug)]
struct Known {
    application: String,
    accounts: Vec<String>,
    due: Timestamp,
    lease: Option<Lease>,
}

#[derive(Debug)]
struct Lease {
    epoch: u64,
    /// `None` while it is being written under: then nobody else can take the run.
    until: Option<Instant>,
    progress: Option<Progress>,
}

/// What there is to take.
pub(super) enum Taken {
    /// This look.
    Look(Fence),
    /// Nothing for so long, unless woken.
    Nothing(Duration),
}

impl Queue {
    pub(super) fn new(limits: StoreLimits) -> Self {
        Self {
            state: Mutex::default(),
            woken: Notify::new(),
            limits,
        }
    }

    fn state(&self) -> MutexGuard<'_, Waiting> {
        // No operation leaves it half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a run in, or at another time.
    pub(super) fn wait(&self, run: &Run) {
        let due = match run.state {
            RunState::Queued { ready_at } => ready_at,
            RunState::Running(_)
            | RunState::Succeeded(_)
            | RunState::Failed { .. }
            | RunState::Cancelled => return self.forget(run.id),
        };
        let mut state = self.state();
        state.remove(run.id);
        state.due.insert((due, run.id));
        let known = Known {
            application: run.application().to_owned(),
            accounts: run.accounts.clone(),
            due,
            lease: None,
        };
        state.runs.insert(run.id, known);
        drop(state);
        self.woken.notify_waiters();
    }

    /// Takes a run out.
    pub(super) fn forget(&self, id: RunId) {
        self.state().remove(id);
        // Room for another of the same application.
        self.woken.notify_waiters();
    }

    /// Takes the look that has been due the longest, of those whose application and accounts have room.
    pub(super) fn take(&self, now: Timestamp) -> Taken {
        let mut state = self.state();
        state.reclaim();
        let in_work = state.in_work();
        let next = state.due.iter().find(|(due, id)| {
            *due <= now
                && state
                    .runs
                    .get(id)
                    .is_some_and(|run| in_work.has_room(run, &self.limits))
        });
        if let Some(&(due, id)) = next {
            state.epoch += 1;
            let epoch = state.epoch;
            state.due.remove(&(due, id));
            if let Some(known) = state.runs.get_mut(&id) {
                known.lease = Some(Lease {
                    epoch,
                    until: Some(Instant::now() + self.limits.lease),
                    progress: None,
                });
            }
            return Taken::Look(Fence { run: id, epoch });
        }
        let until_due = state
            .due
            .iter()
            .map(|(due, _)| *due)
            .find(|due| *due > now)
            .and_then(|due| Duration::try_from(due.duration_since(now)).ok());
        let until_lost = state.leases().filter_map(|lease| lease.until).min();
        let until_lost = until_lost.map(|until| until.saturating_duration_since(Instant::now()));
        let wait = until_due.into_iter().chain(until_lost).min();
        Taken::Nothing(wait.map_or(LOOK_AT_CLOCK, |wait| wait.min(LOOK_AT_CLOCK)))
    }

    /// Holds a claim for another lease.
    pub(super) fn renew(&self, fence: &Fence) -> Held {
        self.held(fence, |lease| {
            lease.until = Some(Instant::now() + self.limits.lease)
        })
    }

    /// Holds a claim until [`wait`](Self::wait), [`forget`](Self::forget) or [`renew`](Self::renew).
    pub(super) fn hold(&self, fence: &Fence) -> Held {
        self.held(fence, |lease| lease.until = None)
    }

    pub(super) fn report(&self, fence: &Fence, progress: Progress) -> Held {
        self.held(fence, |lease| lease.progress = Some(progress))
    }

    /// Gives a claim back.
    pub(super) fn release(&self, fence: &Fence) -> Held {
        let mut state = self.state();
        let held = state.lease(fence).is_some();
        if held {
            state.make_due(fence.run);
        }
        drop(state);
        self.woken.notify_waiters();
        if held { Held::Yes } else { Held::Lost }
    }

    /// How far the look that is being carried out has come.
    pub(super) fn progress(&self, id: RunId) -> Option<Progress> {
        let state = self.state();
        state.runs.get(&id)?.lease.as_ref()?.progress
    }

    fn held(&self, fence: &Fence, change: impl FnOnce(&mut Lease)) -> Held {
        match self.state().lease(fence) {
            Some(lease) => {
                change(lease);
                Held::Yes
            }
            None => Held::Lost,
        }
    }
}

impl Waiting {
    fn lease(&mut self, fence: &Fence) -> Option<&mut Lease> {
        let lease = self.runs.get_mut(&fence.run)?.lease.as_mut()?;
        (lease.epoch == fence.epoch).then_some(lease)
    }

    fn leases(&self) -> impl Iterator<Item = &Lease> {
        self.runs.values().filter_map(|run| run.lease.as_ref())
    }

    fn remove(&mut self, id: RunId) {
        if let Some(known) = self.runs.remove(&id) {
            self.due.remove(&(known.due, id));
        }
    }

    fn make_due(&mut self, id: RunId) {
        if let Some(known) = self.runs.get_mut(&id) {
            known.lease = None;
            self.due.insert((known.due, id));
        }
    }

    /// Makes due again what was taken and not renewed in time.
    fn reclaim(&mut self) {
        let now = Instant::now();
        let lost = |run: &Known| {
            let until = run.lease.as_ref().and_then(|lease| lease.until);
            until.is_some_and(|until| until <= now)
        };
        let lost: Vec<_> = self
            .runs
            .iter()
            .filter(|(_, run)| lost(run))
            .map(|(id, _)| *id)
            .collect();
        for id in lost {
            self.make_due(id);
        }
    }

    fn in_work(&self) -> InWork<'_> {
        let mut in_work = InWork::default();
        for run in self.runs.values().filter(|run| run.lease.is_some()) {
            *in_work.applications.entry(&run.application).or_default() += 1;
            for account in &run.accounts {
                *in_work.accounts.entry(account).or_default() += 1;
            }
        }
        in_work
    }
}

/// How many looks are taken.
#[derive(Default)]
struct InWork<'a> {
    applications: HashMap<&'a str, usize>,
    accounts: HashMap<&'a str, usize>,
}

impl InWork<'_> {
    fn has_room(&self, run: &Known, limits: &StoreLimits) -> bool {
        let taken =
            |by: &HashMap<&str, usize>, name: &String| by.get(name.as_str()).copied().unwrap_or(0);
        taken(&self.applications, &run.application) < limits.per_application
            && run
                .accounts
                .iter()
                .all(|account| taken(&self.accounts, account) < limits.per_account)
    }
}

/// Gives a claim back when it is dropped before it was handed over.
pub(super) struct Handover<'a> {
    pub(super) queue: &'a Arc<Queue>,
    pub(super) fence: Option<Fence>,
}

impl Drop for Handover<'_> {
    fn drop(&mut self) {
        if let Some(fence) = &self.fence {
            let _was_held = self.queue.release(fence);
        }
    }
}
