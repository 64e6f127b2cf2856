use crate::names::named;
use crate::{Scenario, Weight};

/// Which of the two populations a release is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Role {
    /// The release that serves today.
    Baseline,
    /// The release on trial.
    Canary,
}

impl Role {
    /// Both roles.
    pub const ALL: [Self; 2] = [Self::Baseline, Self::Canary];

    /// The name on a command line and in configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Canary => "canary",
        }
    }

    pub(crate) const fn code(self) -> u64 {
        match self {
            Self::Baseline => 0,
            Self::Canary => 1,
        }
    }
}

named!(Role, "role");

/// A simulated release of a web service: six [pods](crate::Pod) in two [regions](crate::Region).
///
/// Everything about it follows from these values and from time. A baseline and a canary with the same seed are one
/// rollout: they see the same load at the same instant, and have machines and noise of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Release {
    /// What happens to the canary of this rollout.
    pub scenario: Scenario,
    /// Which side of the rollout this release is.
    pub role: Role,
    /// Chooses one of the possible histories; any value will do.
    pub seed: u64,
    /// When the canary is deployed, in Unix seconds; before, it shows nothing. Without it, it has been there for long: what a
    /// fault does after a while is happening, and what it does at first is over. A baseline has always been there.
    #[cfg_attr(feature = "serde", serde(default))]
    pub deployed_at: Option<i64>,
    /// The share of the service's traffic.
    #[cfg_attr(feature = "serde", serde(default))]
    pub weight: Weight,
}

impl Release {
    /// The release that has this role in this scenario, in the history that `seed` chooses: deployed long ago, with the
    /// default weight.
    #[must_use]
    pub fn new(scenario: Scenario, role: Role, seed: u64) -> Self {
        Self {
            scenario,
            role,
            seed,
            deployed_at: None,
            weight: Weight::default(),
        }
    }

    /// The same release, its canary deployed at this instant (Unix seconds).
    #[must_use]
    pub fn deployed_at(self, at: i64) -> Self {
        Self {
            deployed_at: Some(at),
            ..self
        }
    }

    /// The same release with this share of the traffic.
    #[must_use]
    pub fn with_weight(self, weight: Weight) -> Self {
        Self { weight, ..self }
    }

    /// When this side was deployed, as far as anyone knows.
    pub(crate) fn deployment(&self) -> Option<i64> {
        match self.role {
            Role::Baseline => None,
            Role::Canary => self.deployed_at,
        }
    }
}
