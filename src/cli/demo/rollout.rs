//! One simulated rollout: a release of which it is not known what it is like, watched at 5 % of the traffic.

use std::{collections::BTreeMap, fmt};

use jiff::{SignedDuration, Timestamp};
use serinus_simulator::{Role, Scenario, Truth};

use crate::{
    analysis::{
        AnalysisRequest, ConfigRef, Scope, Scorecard, Summary, SummaryState, WindowRequest,
    },
    canary_config::{CanaryConfig, Name},
    cli::{client::Client, outcome::Failure},
};

/// When the first release is deployed; each later one follows a day after.
const FIRST: &str = "2026-01-14T09:00:00Z";

/// New processes are slow and busy at first; what they show then is not judged.
const WARM_UP: SignedDuration = SignedDuration::from_mins(10);

/// A canary that is deployed and being watched.
#[derive(Debug)]
pub(super) struct Rollout {
    /// Counted from 1.
    pub(super) number: u32,
    pub(super) scenario: Scenario,
    seed: u64,
    deployed: Timestamp,
    watched: SignedDuration,
}

/// What was found so far.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) summary: Summary,
    pub(super) scorecard: Scorecard,
}

/// How a rollout ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decision {
    Promoted,
    RolledBack,
    /// The canary stays at 5 %, for a person to look at.
    Held,
}

impl Decision {
    pub(super) const ALL: [Self; 3] = [Self::Promoted, Self::RolledBack, Self::Held];

    /// What to think of the decision, now that it is known what the release was.
    pub(super) const fn assessment(self, truth: Truth) -> Assessment {
        match (truth, self) {
            (Truth::Good, Self::Promoted)
            | (Truth::Bad, Self::RolledBack)
            | (Truth::Unknowable, Self::RolledBack | Self::Held) => Assessment::Right,
            (Truth::Good | Truth::Bad, Self::Held) => Assessment::Cautious,
            (Truth::Good, Self::RolledBack) => Assessment::FalseAlarm,
            (Truth::Bad | Truth::Unknowable, Self::Promoted) => Assessment::SlippedThrough,
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Promoted => "promoted",
            Self::RolledBack => "rolled back",
            Self::Held => "held",
        })
    }
}

/// A decision in hindsight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Assessment {
    Right,
    /// Nobody was hurt, and nothing was gained.
    Cautious,
    /// A good release was rolled back.
    FalseAlarm,
    /// Something that should not have got to everyone did.
    SlippedThrough,
}

impl fmt::Display for Assessment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Right => "right",
            Self::Cautious => "cautious",
            Self::FalseAlarm => "a false alarm",
            Self::SlippedThrough => "slipped through",
        })
    }
}

impl Rollout {
    /// The release of this number in the series that `seed` chooses, just deployed.
    pub(super) fn deploy(seed: u64, number: u32) -> Result<Self, Failure> {
        let first: Timestamp = FIRST.parse().map_err(Failure::usage)?;
        let days =
            SignedDuration::from_hours(24) * i32::try_from(number).map_err(Failure::usage)?;
        let seed = seed.wrapping_mul(1_000_003).wrapping_add(u64::from(number));
        Ok(Self {
            number,
            scenario: Scenario::hidden(seed),
            seed,
            deployed: first.checked_add(days).map_err(Failure::usage)?,
            watched: SignedDuration::ZERO,
        })
    }

    /// How long the canary has been deployed.
    pub(super) const fn watched(&self) -> SignedDuration {
        self.watched
    }

    /// The clock of the simulated world.
    pub(super) fn now(&self) -> Timestamp {
        self.deployed + self.watched
    }

    /// Lets time pass.
    pub(super) fn wait(&mut self, time: SignedDuration) {
        self.watched += time;
    }

    /// Has the service compare both sides from the end of the warm-up until now; nothing before that is over.
    pub(super) async fn look(&self, client: &Client) -> Result<Option<Look>, Failure> {
        if self.watched <= WARM_UP {
            return Ok(None);
        }
        let started = client.create(&self.request()?, None).await?;
        let summary = client
            .follow(started, SignedDuration::from_mins(2), |_| {})
            .await?;
        if summary.state != SummaryState::Succeeded {
            return Err(Failure::infrastructure(summary.reason));
        }
        let scorecard = client.scorecard(&summary.id).await?;
        Ok(Some(Look { summary, scorecard }))
    }

    fn request(&self) -> Result<AnalysisRequest, Failure> {
        let config = CanaryConfig::parse(include_str!("rollout.yaml"))
            .map_err(|error| Failure::infrastructure(format!("rollout.yaml: {error}")))?;
        let params = BTreeMap::from([
            ("scenario".to_owned(), self.scenario.to_string()),
            ("seed".to_owned(), self.seed.to_string()),
            ("deployed".to_owned(), self.deployed.to_string()),
        ]);
        let scope = |role: Role| Scope {
            scope: role.to_string(),
            params: params.clone(),
            ..Scope::default()
        };
        let application = format!("release-{}", self.number);
        Ok(AnalysisRequest {
            application: Name::try_from(application).map_err(Failure::usage)?,
            config: ConfigRef::Inline(Box::new(config)),
            baseline: Some(scope(Role::Baseline)),
            canary: Some(scope(Role::Canary)),
            scopes: BTreeMap::new(),
            looks: None,
            window: WindowRequest {
                start: Some(self.deployed + WARM_UP),
                end: Some(self.now()),
                ..WindowRequest::default()
            },
            step: None,
            thresholds: None,
            labels: BTreeMap::new(),
            callbacks: Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_of_releases_depends_on_its_seed() {
        let scenarios = |seed| {
            (1..=20)
                .map(|number| Rollout::deploy(seed, number).unwrap().scenario)
                .collect::<Vec<_>>()
        };
        assert_eq!(scenarios(1), scenarios(1));
        assert_ne!(scenarios(1), scenarios(2));
    }

    #[test]
    fn only_a_bad_or_unknowable_release_slips_through() {
        for truth in [Truth::Good, Truth::Bad, Truth::Unknowable] {
            let promoted = Decision::Promoted.assessment(truth);
            assert_eq!(promoted == Assessment::Right, truth == Truth::Good);
            let rolled_back = Decision::RolledBack.assessment(truth);
            assert_eq!(rolled_back == Assessment::FalseAlarm, truth == Truth::Good);
        }
    }
}
