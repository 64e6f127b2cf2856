use crate::Scenario;
use crate::fault::Behaviour;
use crate::names::named;
use crate::second::Second;

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
}

named!(Role, "role");

/// A simulated release of a web service.
///
/// Everything about it follows from these three values and from time. A baseline and a canary with the same
/// seed are one rollout: they see the same load at the same instant, and have noise of their own.
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
}

impl Release {
    /// The release that has this role in this scenario, in the history that `seed` chooses.
    #[must_use]
    pub const fn new(scenario: Scenario, role: Role, seed: u64) -> Self {
        Self {
            scenario,
            role,
            seed,
        }
    }

    /// What the release does in the second that ends at `at`.
    pub(crate) fn second(&self, at: i64) -> Second {
        Second::new(*self, at)
    }

    /// How the release departs from a healthy one, if it does.
    pub(crate) fn behaviour(&self) -> Behaviour {
        Behaviour::of(self.scenario, self.role)
    }
}
