//! What is wrong with a canary, as data. A scenario is a list of faults; the model reads only [`Behaviour`].

use rand::RngExt;

use crate::random::{Draw, Owner, generator};
use crate::{Part, Pod, Release, Role};

/// One thing that is wrong with a part of a canary at some times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Fault {
    pub(crate) effect: Effect,
    pub(crate) part: Part,
    pub(crate) when: When,
}

/// What a fault does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Effect {
    /// Every request takes this many times as long.
    Slow { factor: f64 },
    /// This share of the requests takes this many times as long.
    Tail { share: f64, factor: f64 },
    /// Requests fail with this probability.
    Failing { probability: f64 },
    /// Each request costs this many times as much CPU time; there are cores to spare, so nobody waits for it.
    Burn { factor: f64 },
    /// A process keeps so many bytes more each second.
    Leak { bytes: f64 },
    /// Processes do not live on.
    Restarts(Restarts),
    /// The release gets this many requests for each one that a healthy release gets.
    Starved { share: f64 },
    /// No metric is exported.
    Mute,
}

/// The rhythm in which the processes of a release begin anew, in seconds, counted from the deployment (or from the Unix epoch).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Restarts {
    /// From one start to the next.
    pub(crate) every: i64,
    /// How long a pod is down before each start. Its last requests fail; with 0 the process is replaced smoothly.
    pub(crate) down: i64,
    /// From the start of one pod to that of the next.
    pub(crate) apart: i64,
}

/// At which times a fault acts, and how strongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    Always,
    /// From so many seconds after the deployment on.
    After {
        seconds: i64,
    },
    /// For so many seconds at a random time of each period, the same on all pods.
    Bursts {
        every: i64,
        lasting: i64,
    },
    /// Fully at the deployment, and evenly less until it is gone after so many seconds.
    Fading {
        seconds: i64,
    },
}

impl When {
    /// 0 where the fault does nothing, 1 where it acts fully.
    fn strength(self, release: Release, at: i64) -> f64 {
        let age = release.deployment().map(|start| at.saturating_sub(start));
        let fully = |acting| if acting { 1.0 } else { 0.0 };
        match self {
            Self::Always => 1.0,
            Self::After { seconds } => fully(age.is_none_or(|age| age > seconds)),
            Self::Bursts { every, lasting } => {
                let owner = Owner::Release(release.role);
                let period = at.div_euclid(every);
                let begin = generator(release.seed, owner, Draw::Bursts, period)
                    .random_range(0..=every - lasting);
                fully((begin..begin + lasting).contains(&at.rem_euclid(every)))
            }
            Self::Fading { seconds } => age.map_or(0.0, |age| {
                (1.0 - age as f64 / seconds as f64).clamp(0.0, 1.0)
            }),
        }
    }
}

/// Whether the metrics of a pod can be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visibility {
    Exported,
    Mute,
}

/// The parameters of the model that faults can change, for one pod at one second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Behaviour {
    /// Multiplies the load; 1 for a release with its full share of traffic.
    pub(crate) traffic: f64,
    /// Multiplies the duration of every request.
    pub(crate) slowdown: f64,
    /// The share of requests in the slow tail.
    pub(crate) tail_share: f64,
    /// Multiplies the duration of a request in the slow tail.
    pub(crate) tail_factor: f64,
    /// Probability that a request fails.
    pub(crate) failure: f64,
    /// Multiplies the CPU time of every request.
    pub(crate) cpu: f64,
    /// Bytes a second.
    pub(crate) leak: f64,
    pub(crate) restarts: Option<Restarts>,
    pub(crate) visibility: Visibility,
}

impl Behaviour {
    const HEALTHY: Self = Self {
        traffic: 1.0,
        slowdown: 1.0,
        tail_share: 0.0,
        tail_factor: 1.0,
        failure: 0.002,
        cpu: 1.0,
        leak: 0.0,
        restarts: None,
        visibility: Visibility::Exported,
    };

    /// How this pod of the release behaves in the second that ends at `at`.
    pub(crate) fn of(release: Release, pod: Pod, at: i64) -> Self {
        match release.role {
            Role::Baseline => Self::HEALTHY,
            Role::Canary => release
                .scenario
                .faults()
                .iter()
                .filter(|fault| fault.part.contains(pod))
                .fold(Self::HEALTHY, |behaviour, fault| {
                    match fault.when.strength(release, at) {
                        0.0 => behaviour,
                        strength => behaviour.with(fault.effect, strength),
                    }
                }),
        }
    }

    fn with(self, effect: Effect, strength: f64) -> Self {
        let towards = |factor: f64| 1.0 + (factor - 1.0) * strength;
        match effect {
            Effect::Slow { factor } => Self {
                slowdown: self.slowdown * towards(factor),
                ..self
            },
            Effect::Tail { share, factor } => Self {
                tail_share: share * strength,
                tail_factor: factor,
                ..self
            },
            Effect::Failing { probability } => Self {
                failure: self.failure + (probability - self.failure) * strength,
                ..self
            },
            Effect::Burn { factor } => Self {
                cpu: self.cpu * towards(factor),
                ..self
            },
            Effect::Leak { bytes } => Self {
                leak: self.leak + bytes * strength,
                ..self
            },
            Effect::Restarts(restarts) => Self {
                restarts: Some(restarts),
                ..self
            },
            Effect::Starved { share } => Self {
                traffic: self.traffic * towards(share),
                ..self
            },
            Effect::Mute => Self {
                visibility: Visibility::Mute,
                ..self
            },
        }
    }
}
