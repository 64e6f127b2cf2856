//! The protocol of the scripts as a model, every order of its steps tried: runs of one application, which may have one
//! look under way at a time, and two workers that die, are slow, hear nothing back, and say everything twice.
//!
//! A step of the model is a script, a blocking read, or something that goes wrong. What can go wrong is rationed, so that
//! every path ends; leases of the dead run out as often as need be.

use stateright::{Checker, HasDiscoveries, Model, Property};

const WORKERS: usize = 2;

/// What the protocol could have got wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flaw {
    None,
    /// Writes do not say under which claim they were made.
    Unfenced,
    /// Cancelling leaves the claim of whoever carries the run on as it was.
    CancelledUnderOneEpoch,
    /// An entry is believed to be its run's without looking.
    StaleEntryClaimed,
    /// What a run took up stays taken up when its lease ends.
    SharesKept,
    /// Nobody looks for the claims of silent workers.
    NeverReclaimed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum End {
    Open,
    Committed,
    Cancelled,
}

/// A run, as Redis keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Kept {
    epoch: u8,
    committed: Option<u8>,
    waiting: bool,
    entry: Option<u8>,
    looks: u8,
    end: End,
    /// How often its end was written; looks on from outside.
    ended: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Write {
    worker: usize,
    run: usize,
    epoch: u8,
    look: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Worker {
    Idle,
    Read {
        run: usize,
        entry: u8,
    },
    Claimed(Write),
    /// Waits for the answer to a write that is under way.
    Writing(Write),
    Dead,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct State {
    runs: Vec<Kept>,
    /// Entries that nobody has read: their id and run.
    unread: Vec<(u8, usize)>,
    /// Entries that were read and not acknowledged: with their reader.
    pending: Vec<(u8, usize, usize)>,
    busy: Vec<bool>,
    next_entry: u8,
    workers: [Worker; WORKERS],
    /// Writes on their way to Redis.
    sent: Vec<Write>,
    deaths_left: u8,
    slow_left: u8,
    unheard_left: u8,
    cancels_left: u8,
    /// A write was taken that another claim had overtaken, or that was not the next look's.
    wrong_write: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Step {
    Tick,
    Read(usize),
    Claim(usize),
    Send(usize),
    /// A write arrives, and its worker hears of it.
    Arrive(usize),
    /// A write arrives, and its answer is lost: the worker says it again.
    ArriveUnheard(usize),
    /// The lease of a pending entry ends.
    LeaseEnds(usize),
    Die(usize),
    Restart(usize),
    Cancel(usize),
}

#[derive(Debug, Clone, Copy)]
struct Protocol {
    flaw: Flaw,
    runs: usize,
    looks: u8,
    /// How many leases of living workers may end.
    slow: u8,
    cancels: u8,
}

impl Protocol {
    /// Two runs that are in each other's way.
    fn two_runs(flaw: Flaw) -> Self {
        Self {
            flaw,
            runs: 2,
            looks: 1,
            slow: 1,
            cancels: 1,
        }
    }

    /// A run of two looks, whose claims are lost more often.
    fn two_looks(flaw: Flaw) -> Self {
        Self {
            flaw,
            runs: 1,
            looks: 2,
            slow: 2,
            cancels: 1,
        }
    }

    /// The same, left to its workers: what is stuck is not cancelled.
    fn uncancelled(flaw: Flaw) -> Self {
        Self {
            cancels: 0,
            ..Self::two_looks(flaw)
        }
    }
}

impl State {
    fn unqueue(&mut self, run: usize) {
        self.runs[run].epoch += 1;
        if let Some(entry) = self.runs[run].entry.take() {
            self.acknowledge(entry);
            self.busy[run] = false;
        }
        self.runs[run].waiting = false;
    }

    /// XACK and XDEL.
    fn acknowledge(&mut self, entry: u8) {
        self.unread.retain(|(id, _)| *id != entry);
        self.pending.retain(|(id, ..)| *id != entry);
    }

    fn pump(&mut self) {
        for run in 0..self.runs.len() {
            if self.runs[run].waiting && !self.busy.contains(&true) {
                let entry = self.next_entry;
                self.next_entry += 1;
                self.unread.push((entry, run));
                self.runs[run].entry = Some(entry);
                self.runs[run].waiting = false;
                self.busy[run] = true;
            }
        }
    }

    /// The script `commit`.
    fn commit(&mut self, write: Write, protocol: &Protocol) {
        let run = &self.runs[write.run];
        if run.committed == Some(write.epoch) {
            return;
        }
        if protocol.flaw != Flaw::Unfenced && run.epoch != write.epoch {
            return;
        }
        self.wrong_write |= run.epoch != write.epoch || run.looks + 1 != write.look;
        self.unqueue(write.run);
        let run = &mut self.runs[write.run];
        run.committed = Some(write.epoch);
        run.looks = write.look;
        if write.look == protocol.looks {
            run.end = End::Committed;
            run.ended += 1;
        } else {
            run.waiting = true;
        }
        self.pump();
    }

    fn lease_ends(&mut self, at: usize, flaw: Flaw) {
        let (entry, run, _) = self.pending[at];
        if self.runs[run].entry != Some(entry) {
            return self.acknowledge(entry);
        }
        let busy = self.busy[run];
        self.unqueue(run);
        if flaw == Flaw::SharesKept {
            self.busy[run] = busy;
        }
        self.runs[run].waiting = true;
        self.pump();
    }
}

impl Model for Protocol {
    type State = State;
    type Action = Step;

    fn init_states(&self) -> Vec<State> {
        let run = Kept {
            epoch: 0,
            committed: None,
            waiting: true,
            entry: None,
            looks: 0,
            end: End::Open,
            ended: 0,
        };
        vec![State {
            runs: vec![run; self.runs],
            unread: Vec::new(),
            pending: Vec::new(),
            busy: vec![false; self.runs],
            next_entry: 0,
            workers: [Worker::Idle; WORKERS],
            sent: Vec::new(),
            deaths_left: 1,
            slow_left: self.slow,
            unheard_left: 1,
            cancels_left: self.cancels,
            wrong_write: false,
        }]
    }

    fn actions(&self, state: &State, steps: &mut Vec<Step>) {
        steps.push(Step::Tick);
        for (worker, is) in state.workers.iter().enumerate() {
            steps.push(match is {
                Worker::Idle => Step::Read(worker),
                Worker::Read { .. } => Step::Claim(worker),
                Worker::Claimed(_) | Worker::Writing(_) => Step::Send(worker),
                Worker::Dead => Step::Restart(worker),
            });
            steps.push(Step::Die(worker));
        }
        for write in 0..state.sent.len() {
            steps.extend([Step::Arrive(write), Step::ArriveUnheard(write)]);
        }
        steps.extend((0..state.pending.len()).map(Step::LeaseEnds));
        steps.extend((0..self.runs).map(Step::Cancel));
    }

    fn next_state(&self, before: &State, step: Step) -> Option<State> {
        let mut state = before.clone();
        match step {
            Step::Tick => state.pump(),
            Step::Read(worker) => {
                if state.unread.is_empty() {
                    return None;
                }
                let (entry, run) = state.unread.remove(0);
                state.pending.push((entry, run, worker));
                state.workers[worker] = Worker::Read { run, entry };
            }
            Step::Claim(worker) => {
                let Worker::Read { run, entry } = state.workers[worker] else {
                    return None;
                };
                let kept = &mut state.runs[run];
                if kept.entry == Some(entry) || self.flaw == Flaw::StaleEntryClaimed {
                    kept.epoch += 1;
                    let (epoch, look) = (kept.epoch, kept.looks + 1);
                    state.workers[worker] = Worker::Claimed(Write {
                        worker,
                        run,
                        epoch,
                        look,
                    });
                } else {
                    state.acknowledge(entry);
                    state.workers[worker] = Worker::Idle;
                }
            }
            Step::Send(worker) => {
                let (Worker::Claimed(write) | Worker::Writing(write)) = state.workers[worker]
                else {
                    return None;
                };
                if state.sent.contains(&write) {
                    return None;
                }
                state.sent.push(write);
                state.workers[worker] = Worker::Writing(write);
            }
            Step::Arrive(at) => {
                let write = state.sent.remove(at);
                state.commit(write, self);
                if state.workers[write.worker] == Worker::Writing(write) {
                    state.workers[write.worker] = Worker::Idle;
                }
            }
            Step::ArriveUnheard(at) => {
                state.unheard_left = state.unheard_left.checked_sub(1)?;
                let write = state.sent.remove(at);
                state.commit(write, self);
            }
            Step::LeaseEnds(at) => {
                if self.flaw == Flaw::NeverReclaimed {
                    return None;
                }
                let (_, run, worker) = state.pending[at];
                let held = match state.workers[worker] {
                    Worker::Read { run: read, .. } => read == run,
                    Worker::Claimed(write) | Worker::Writing(write) => write.run == run,
                    Worker::Idle | Worker::Dead => false,
                };
                if held {
                    state.slow_left = state.slow_left.checked_sub(1)?;
                }
                state.lease_ends(at, self.flaw);
            }
            Step::Die(worker) => {
                if state.workers[worker] == Worker::Dead {
                    return None;
                }
                state.deaths_left = state.deaths_left.checked_sub(1)?;
                state.workers[worker] = Worker::Dead;
            }
            Step::Restart(worker) => state.workers[worker] = Worker::Idle,
            Step::Cancel(run) => {
                state.cancels_left = state.cancels_left.checked_sub(1)?;
                if state.runs[run].end != End::Open {
                    return None;
                }
                let epoch = state.runs[run].epoch;
                state.unqueue(run);
                if self.flaw == Flaw::CancelledUnderOneEpoch {
                    state.runs[run].epoch = epoch;
                }
                state.runs[run].end = End::Cancelled;
                state.runs[run].ended += 1;
                state.pump();
            }
        }
        (state != *before).then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("a run ends at most once", |_, state: &State| {
                state.runs.iter().all(|run| run.ended <= 1)
            }),
            Property::always("nobody writes who was fenced off", |_, state: &State| {
                !state.wrong_write
            }),
            Property::always("an open run is in the queue, once", |_, state: &State| {
                let well = |run: &Kept| {
                    let times = u8::from(run.waiting) + u8::from(run.entry.is_some());
                    times == u8::from(run.end == End::Open)
                };
                state.runs.iter().all(well)
            }),
            Property::eventually("every run ends", |_, state: &State| {
                state.runs.iter().all(|run| run.end != End::Open)
            }),
            Property::sometimes("a worker is fenced off", |_, state: &State| {
                let late = |write: &Write| state.runs[write.run].epoch > write.epoch;
                state.sent.iter().any(late)
            }),
        ]
    }
}

/// What the checker finds wrong first.
fn wrong_with(protocol: Protocol) -> Vec<&'static str> {
    let reached = "a worker is fenced off";
    let checker = protocol
        .checker()
        .threads(2)
        .finish_when(HasDiscoveries::AnyFailures)
        .spawn_bfs()
        .join();
    let properties = protocol.properties().into_iter().map(|is| is.name);
    let wrong: Vec<_> = properties
        .filter(|name| *name != reached && checker.discovery(name).is_some())
        .collect();
    assert!(
        !wrong.is_empty() || checker.discovery(reached).is_some(),
        "the model never gets to what it is about"
    );
    println!(
        "{protocol:?}: {} states, wrong: {wrong:?}",
        checker.unique_state_count()
    );
    wrong
}

fn found(flaw: Flaw) -> Vec<&'static str> {
    let protocols = [
        Protocol::two_runs(flaw),
        Protocol::two_looks(flaw),
        Protocol::uncancelled(flaw),
    ];
    protocols.into_iter().flat_map(wrong_with).collect()
}

#[test]
fn the_protocol_keeps_its_promises_in_every_order_of_steps() {
    assert_eq!(found(Flaw::None), [] as [&str; 0]);
}

#[test]
fn every_part_of_the_protocol_is_needed() {
    let overtaken = "nobody writes who was fenced off";
    assert!(found(Flaw::Unfenced).contains(&overtaken));
    let twice = "a run ends at most once";
    assert!(found(Flaw::CancelledUnderOneEpoch).contains(&twice));
    assert_ne!(found(Flaw::StaleEntryClaimed), [] as [&str; 0]);
    let stuck = "every run ends";
    assert!(found(Flaw::SharesKept).contains(&stuck));
    assert!(found(Flaw::NeverReclaimed).contains(&stuck));
}
