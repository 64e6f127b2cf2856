//! Two simulated releases, each going through the stages of a rollout as a pipeline would take it there.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serinus_simulator::{Role, Scenario};

use super::style;
use crate::{
    analysis::{Action, ConfigRef, LooksRequest, Scope},
    canary_config::{CanaryConfig, Fraction, Name, Number},
    cli::{client::Client, outcome::Failure, output::print},
    rollouts::{Approval, RolloutRequest, RolloutState, StageRequest, Undecided},
};

/// When the releases are deployed, in simulated time.
const DEPLOYED: &str = "2026-01-14T09:00:00Z";
/// How often a stage is looked at.
const EVERY: SignedDuration = SignedDuration::from_secs(150);
/// Share of the traffic in percent, minutes, how many times its baseline a metric may be.
const STAGES: [(f64, i64, Option<f64>); 5] = [
    (1.0, 5, Some(2.0)),
    (5.0, 10, Some(1.5)),
    (25.0, 15, Some(1.2)),
    (50.0, 15, None),
    (100.0, 30, None),
];

/// What the service says about a rollout.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    id: String,
    state: RolloutState,
    stage: usize,
    weight: f64,
    action: Action,
    reason: String,
    analysis: String,
}

#[derive(Debug, Deserialize)]
struct Looks {
    looks: Vec<serde::de::IgnoredAny>,
}

/// Takes a good and a bad release through the stages.
pub(super) async fn run(client: &Client, seed: u64) -> Result<(), Failure> {
    for scenario in [Scenario::Healthy, Scenario::LatencyRegression] {
        let title = format!("A release: {}", scenario.description());
        print(&format!("{}\n", style::bold(&title)));
        go(client, seed, scenario).await?;
        print("\n");
    }
    Ok(())
}

async fn go(client: &Client, seed: u64, scenario: Scenario) -> Result<(), Failure> {
    let start: Timestamp = DEPLOYED.parse().map_err(Failure::usage)?;
    let mut now = start;
    let plan = plan(seed, scenario)?;
    let mut rollout: Summary = client.post("api/v1/rollouts", &plan).await?;
    while rollout.state == RolloutState::Shifting {
        let (stage, weight) = (rollout.stage, rollout.weight);
        let live = serde_json::json!({"stage": stage, "at": now});
        let path = format!("api/v1/rollouts/{}", rollout.id);
        rollout = client.post(&format!("{path}/live"), &live).await?;
        while rollout.action == Action::Wait {
            rollout = client.get(&format!("{path}?wait=30s")).await?;
        }
        let looks: Looks = client
            .get(&format!("api/v1/analyses/{}/looks", rollout.analysis))
            .await?;
        let looks = i32::try_from(looks.looks.len()).map_err(Failure::usage)?;
        now += EVERY * looks;
        let time = now.duration_since(start).as_mins();
        let found = match rollout.state {
            RolloutState::Shifting | RolloutState::Completed => "go on",
            RolloutState::Failed | RolloutState::RolledBack => "go back",
            RolloutState::Held | RolloutState::Watching => "stay",
        };
        print(&format!(
            "{time:>4} min  stage {stage}  {:>5} of the traffic  {looks} looks  {found:8} {}\n",
            format!("{} %", weight * 100.0),
            style::faint(&rollout.reason),
        ));
    }
    Ok(())
}

fn plan(seed: u64, scenario: Scenario) -> Result<RolloutRequest, Failure> {
    let config = CanaryConfig::parse(include_str!("staged.yaml"))
        .map_err(|error| Failure::infrastructure(format!("staged.yaml: {error}")))?;
    let params = BTreeMap::from([
        ("scenario".to_owned(), scenario.to_string()),
        ("seed".to_owned(), seed.to_string()),
        ("deployed".to_owned(), DEPLOYED.to_owned()),
    ]);
    let scope = |role: Role| Scope {
        scope: role.to_string(),
        params: params.clone(),
        ..Scope::default()
    };
    let stages = STAGES.iter().map(|&(percent, minutes, within)| {
        Ok(StageRequest {
            weight: Fraction::new(percent / 100.0).map_err(Failure::usage)?,
            duration: SignedDuration::from_mins(minutes),
            within: within.map(Number),
            warm_up: None,
            undecided: Undecided::Proceed,
            approval: Approval::Automatic,
        })
    });
    Ok(RolloutRequest {
        application: Name::try_from(scenario.to_string()).map_err(Failure::usage)?,
        config: ConfigRef::Inline(Box::new(config)),
        baseline: Some(scope(Role::Baseline)),
        canary: Some(scope(Role::Canary)),
        scopes: BTreeMap::new(),
        stages: stages.collect::<Result<_, Failure>>()?,
        looks: Some(LooksRequest {
            every: EVERY,
            ..LooksRequest::default()
        }),
        step: None,
        thresholds: None,
        labels: BTreeMap::new(),
        callbacks: Vec::new(),
    })
}
