//! Which looks are due, and who has taken which: in memory, made anew from the runs when the store is opened.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Bound,
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
    /// The looks that nobody has taken. A lane without room is passed over whole, however many wait in it.
    lanes: BTreeMap<Arc<Lane>, BTreeSet<(Timestamp, RunId)>>,
    /// Every run that has not ended.
    runs: HashMap<RunId, Known>,
    /// Those of them whose look is taken: few, whatever the number of runs.
    leases: HashMap<RunId, Lease>,
    epoch: u64,
}

/// What limits tell runs apart by: those of one lane all have room, or none has.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Lane {
    application: String,
    accounts: Vec<String>,
}

#[derive(Debug)]
struct Known {
    lane: Arc<Lane>,
    due: Timestamp,
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
        let lane = Lane {
            application: run.application().to_owned(),
            accounts: run.accounts.clone(),
        };
        let mut state = self.state();
        state.remove(run.id);
        state.insert(run.id, due, lane);
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
        let next = state.next(now, &self.limits);
        if let Some((due, id, lane)) = next {
            state.epoch += 1;
            let epoch = state.epoch;
            state.take_out(&lane, due, id);
            let lease = Lease {
                epoch,
                until: Some(Instant::now() + self.limits.lease),
                progress: None,
            };
            state.leases.insert(id, lease);
            return Taken::Look(Fence { run: id, epoch });
        }
        let until_due = state
            .next_after(now)
            .and_then(|due| Duration::try_from(due.duration_since(now)).ok());
        let until_lost = state.leases.values().filter_map(|lease| lease.until).min();
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
        state.leases.get(&id)?.progress
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
        let lease = self.leases.get_mut(&fence.run)?;
        (lease.epoch == fence.epoch).then_some(lease)
    }

    fn insert(&mut self, id: RunId, due: Timestamp, lane: Lane) {
        let lane = match self.lanes.get_key_value(&lane) {
            Some((lane, _)) => lane.clone(),
            None => Arc::new(lane),
        };
        self.lanes
            .entry(lane.clone())
            .or_default()
            .insert((due, id));
        self.runs.insert(id, Known { lane, due });
    }

    fn remove(&mut self, id: RunId) {
        self.leases.remove(&id);
        if let Some(known) = self.runs.remove(&id) {
            self.take_out(&known.lane, known.due, id);
        }
    }

    /// Takes a look out of its lane, and the lane away with its last one.
    fn take_out(&mut self, lane: &Arc<Lane>, due: Timestamp, id: RunId) {
        if let Some(waiting) = self.lanes.get_mut(lane) {
            waiting.remove(&(due, id));
            if waiting.is_empty() {
                self.lanes.remove(lane);
            }
        }
    }

    fn make_due(&mut self, id: RunId) {
        self.leases.remove(&id);
        if let Some(Known { lane, due }) = self.runs.get(&id) {
            let waiting = self.lanes.entry(lane.clone()).or_default();
            waiting.insert((*due, id));
        }
    }

    /// Makes due again what was taken and not renewed in time.
    fn reclaim(&mut self) {
        let now = Instant::now();
        let lost = |lease: &Lease| lease.until.is_some_and(|until| until <= now);
        let lost: Vec<_> = self
            .leases
            .iter()
            .filter(|(_, lease)| lost(lease))
            .map(|(id, _)| *id)
            .collect();
        for id in lost {
            self.make_due(id);
        }
    }

    /// What has been due the longest in a lane that has room.
    fn next(&self, now: Timestamp, limits: &StoreLimits) -> Option<(Timestamp, RunId, Arc<Lane>)> {
        let in_work = self.in_work();
        let firsts = self.lanes.iter().filter_map(|(lane, waiting)| {
            let (due, id) = waiting.first()?;
            (*due <= now && in_work.has_room(lane, limits)).then_some((*due, *id, lane))
        });
        let (due, id, lane) = firsts.min()?;
        Some((due, id, lane.clone()))
    }

    /// When the next look is due that is not due yet.
    fn next_after(&self, now: Timestamp) -> Option<Timestamp> {
        let later = (
            Bound::Excluded((now, RunId::from_u128(u128::MAX))),
            Bound::Unbounded,
        );
        let firsts = self.lanes.values();
        firsts
            .filter_map(|waiting| waiting.range(later).next())
            .map(|(due, _)| *due)
            .min()
    }

    fn in_work(&self) -> InWork<'_> {
        let mut in_work = InWork::default();
        let taken = self.leases.keys().filter_map(|id| self.runs.get(id));
        for Known { lane, .. } in taken {
            *in_work.applications.entry(&lane.application).or_default() += 1;
            for account in &lane.accounts {
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
    fn has_room(&self, lane: &Lane, limits: &StoreLimits) -> bool {
        let taken =
            |by: &HashMap<&str, usize>, name: &String| by.get(name.as_str()).copied().unwrap_or(0);
        taken(&self.applications, &lane.application) < limits.per_application
            && lane
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

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::store::suite::{limits, new_run};

    const APPLICATIONS: [&str; 3] = ["shop", "search", "mail"];
    const ACCOUNTS: [&[&str]; 4] = [&["prom"], &["influx"], &["prom", "influx"], &[]];

    /// Numbers without much order (xorshift).
    struct Shuffled(u64);

    impl Shuffled {
        fn below(&mut self, end: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            usize::try_from(self.0 % end as u64).unwrap()
        }
    }

    fn due_at(numbers: &mut Shuffled, now: Timestamp) -> Run {
        // Some at the same time as others, some later than now.
        let at = now + SignedDuration::from_secs(3 - numbers.below(23) as i64);
        let mut run = new_run(APPLICATIONS[numbers.below(3)], at).run;
        let accounts = ACCOUNTS[numbers.below(4)];
        run.accounts = accounts.iter().map(|&name| name.to_owned()).collect();
        run
    }

    fn due(run: &Run) -> Timestamp {
        match run.state {
            RunState::Queued { ready_at } => ready_at,
            _ => panic!("{:?}", run.state),
        }
    }

    /// What should be taken: the first of all that wait, have room and are due.
    fn expected(waiting: &[Run], taken: &[(Fence, Run)], now: Timestamp) -> Option<RunId> {
        let limits = limits_of_lanes();
        let room = |run: &&Run| {
            let of_application = taken
                .iter()
                .filter(|(_, other)| other.application() == run.application());
            let of_account = |name| {
                taken
                    .iter()
                    .filter(move |(_, other)| other.accounts.contains(name))
            };
            of_application.count() < limits.per_application
                && run
                    .accounts
                    .iter()
                    .all(|name| of_account(name).count() < limits.per_account)
        };
        let due_now = waiting.iter().filter(|run| due(run) <= now);
        let next = due_now.filter(room).min_by_key(|run| (due(run), run.id));
        next.map(|run| run.id)
    }

    fn limits_of_lanes() -> StoreLimits {
        StoreLimits {
            per_application: 3,
            per_account: 4,
            lease: Duration::from_secs(3600),
            ..limits()
        }
    }

    #[test]
    fn what_is_due_the_longest_and_has_room_is_taken() {
        let mut numbers = Shuffled(6);
        let now = Timestamp::now();
        let queue = Queue::new(limits_of_lanes());
        let mut waiting: Vec<_> = (0..200).map(|_| due_at(&mut numbers, now)).collect();
        waiting.iter().for_each(|run| queue.wait(run));
        let mut taken: Vec<(Fence, Run)> = Vec::new();
        let (mut takes, mut blocked) = (0, 0);
        for _ in 0..2000 {
            match numbers.below(4) {
                0 | 1 => match (queue.take(now), expected(&waiting, &taken, now)) {
                    (Taken::Look(fence), Some(run)) => {
                        assert_eq!(fence.run, run);
                        let at = waiting.iter().position(|other| other.id == run).unwrap();
                        taken.push((fence, waiting.swap_remove(at)));
                        takes += 1;
                    }
                    (Taken::Nothing(_), None) => blocked += 1,
                    (Taken::Look(fence), None) => panic!("{fence:?} has no room"),
                    (Taken::Nothing(_), Some(run)) => panic!("{run} has room"),
                },
                what if !taken.is_empty() => {
                    let at = numbers.below(taken.len());
                    let (fence, run) = taken.swap_remove(at);
                    if what == 2 {
                        queue.forget(run.id);
                        waiting.push(due_at(&mut numbers, now));
                        queue.wait(waiting.last().unwrap());
                    } else {
                        assert_eq!(queue.release(&fence), Held::Yes);
                        waiting.push(run);
                    }
                    assert_eq!(queue.renew(&fence), Held::Lost);
                }
                _ => {}
            }
        }
        assert!(
            takes > 300 && blocked > 100,
            "{takes} taken, {blocked} blocked"
        );
    }
}
