//! What is wrong with a release, as data. A scenario is a list of faults; the model reads only [`Behaviour`].

use crate::{Role, Scenario};

/// One thing that is wrong with a canary.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    /// Every request takes this many times as long.
    Slow { factor: f64 },
    /// Requests fail with this probability.
    Failing { probability: f64 },
    /// The release gets this many requests for each one that a healthy release gets.
    Starved { share: f64 },
    /// No metric is exported.
    Mute,
}

impl Scenario {
    /// The faults of the canary; a baseline has none.
    const fn faults(self) -> &'static [Fault] {
        match self {
            Self::Healthy => &[],
            Self::LatencyRegression => &[Fault::Slow { factor: 1.45 }],
            Self::ErrorSpike => &[Fault::Failing { probability: 0.04 }],
            // 0.05 requests per second where the baseline has 60
            Self::LowTraffic => &[Fault::Starved { share: 0.05 / 60.0 }],
            Self::NoData => &[Fault::Mute],
        }
    }
}

/// Whether the metrics of a release can be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visibility {
    Exported,
    Mute,
}

/// The parameters of the model that faults can change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Behaviour {
    /// Multiplies the load; 1 for a release with its full share of traffic.
    pub(crate) traffic: f64,
    /// Multiplies the duration of every request.
    pub(crate) slowdown: f64,
    /// Probability that a request fails.
    pub(crate) failure: f64,
    pub(crate) visibility: Visibility,
}

impl Behaviour {
    const HEALTHY: Self = Self {
        traffic: 1.0,
        slowdown: 1.0,
        failure: 0.002,
        visibility: Visibility::Exported,
    };

    pub(crate) fn of(scenario: Scenario, role: Role) -> Self {
        match role {
            Role::Baseline => Self::HEALTHY,
            Role::Canary => scenario.faults().iter().fold(Self::HEALTHY, Self::with),
        }
    }

    fn with(self, fault: &Fault) -> Self {
        match *fault {
            Fault::Slow { factor } => Self {
                slowdown: self.slowdown * factor,
                ..self
            },
            Fault::Failing { probability } => Self {
                failure: probability,
                ..self
            },
            Fault::Starved { share } => Self {
                traffic: self.traffic * share,
                ..self
            },
            Fault::Mute => Self {
                visibility: Visibility::Mute,
                ..self
            },
        }
    }
}
