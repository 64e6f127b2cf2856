//! What is known about a canary, to measure verdicts by.

use rand::RngExt;

use crate::random::{Draw, Owner, generator};
use crate::{Role, Scenario, Signal};

/// What a canary really is, all in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Truth {
    /// It should be promoted.
    Good,
    /// It should be rolled back.
    Bad,
    /// Nobody can tell from its metrics.
    Unknowable,
}

/// What a scenario does to one signal of the canary, over an hour that begins with the deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mark {
    /// The fault shows here: the canary's values are higher.
    Higher,
    /// The canary's values are those of a healthy release, give or take 2 %.
    Unchanged,
    /// They differ, as a consequence of the fault or for a while, but nobody should be blamed for calling it either way.
    Unclear,
}

impl Scenario {
    /// What the canary of this scenario really is.
    #[must_use]
    pub const fn truth(self) -> Truth {
        match self {
            Self::Healthy | Self::CounterResets | Self::WarmUp => Truth::Good,
            Self::LatencyRegression
            | Self::SlowTail
            | Self::LatencySpikes
            | Self::ErrorSpike
            | Self::ErrorBurst
            | Self::SlowLeak
            | Self::CrashLoop
            | Self::CpuBurn
            | Self::LateOnset
            | Self::OneRegion
            | Self::OneReplica => Truth::Bad,
            Self::LowTraffic | Self::NoData => Truth::Unknowable,
        }
    }

    /// The scenario of a release of which nobody knows what it is like: good and bad ones are equally likely, and one in ten
    /// cannot be told from its metrics. The same seed gives the same scenario.
    #[must_use]
    pub fn hidden(seed: u64) -> Self {
        let rng = &mut generator(seed, Owner::Release(Role::Canary), Draw::Scenario, 0);
        let truth = match rng.random_range(0..20) {
            0..9 => Truth::Good,
            9..18 => Truth::Bad,
            _ => Truth::Unknowable,
        };
        let candidates: Vec<Self> = Self::ALL
            .into_iter()
            .filter(|scenario| scenario.truth() == truth)
            .collect();
        candidates[rng.random_range(0..candidates.len())]
    }

    /// What the scenario does to one signal.
    #[must_use]
    pub fn mark(self, signal: Signal) -> Mark {
        use Signal::{
            Cpu, ErrorRatio, Errors, GcTime, Heap, InFlight, LatencyP50, LatencyP99, Memory,
            RequestRate, Requests, Restarts, Retries,
        };
        let (higher, unclear): (&[Signal], &[Signal]) = match self {
            Self::Healthy => (&[], &[]),
            Self::LatencyRegression | Self::LateOnset => (&[LatencyP50, LatencyP99, InFlight], &[]),
            Self::LatencySpikes => (&[LatencyP50, LatencyP99], &[InFlight]),
            Self::SlowTail => (&[LatencyP99], &[LatencyP50, InFlight]),
            Self::OneRegion => (&[LatencyP50, LatencyP99], &[InFlight]),
            Self::OneReplica => (&[LatencyP99], &[LatencyP50, InFlight]),
            // failed requests are sent again, which is more work
            Self::ErrorSpike | Self::ErrorBurst => (
                &[Errors, ErrorRatio, Retries],
                &[RequestRate, Requests, LatencyP50, LatencyP99, Cpu, InFlight],
            ),
            Self::SlowLeak => (&[Memory, Heap, GcTime], &[Restarts]),
            // fewer pods share the work, and young processes have little garbage
            Self::CrashLoop => (
                &[Errors, ErrorRatio, Retries, Restarts],
                &[
                    RequestRate,
                    Requests,
                    LatencyP50,
                    LatencyP99,
                    Cpu,
                    InFlight,
                    Memory,
                    Heap,
                ],
            ),
            Self::CpuBurn => (&[Cpu], &[]),
            Self::CounterResets => (&[], &[Restarts, Memory, Heap]),
            Self::WarmUp => (&[], &[LatencyP50, LatencyP99, Cpu, InFlight]),
            Self::LowTraffic => (
                &[],
                &[
                    RequestRate,
                    Requests,
                    Errors,
                    ErrorRatio,
                    Retries,
                    LatencyP50,
                    LatencyP99,
                    Cpu,
                    InFlight,
                ],
            ),
            Self::NoData => (&[], &Signal::ALL),
        };
        if higher.contains(&signal) {
            Mark::Higher
        } else if unclear.contains(&signal) {
            Mark::Unclear
        } else {
            Mark::Unchanged
        }
    }
}
