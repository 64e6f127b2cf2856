//! Simulated regions and counts under the default judge: hardly any alarm about healthy rollouts, and none missed about bad ones.

use serde_json::{Value, json};
use serinus_judge::{
    Clock, CountPair, CountSeries, Direction, Evidence, Judge, Metric, Observations, Outcome, Pair,
    Rules, Strata, Stratum,
};
use serinus_simulator::{Part, Region, Release, Role, Scenario, Signal};

use crate::support::Service;

const START: i64 = 1_768_381_200;
const MINUTES: i64 = 40;

/// Both sides of a part, minute by minute; NaN where there is no sample.
fn sides(scenario: Scenario, seed: u64, part: Part, signal: Signal) -> [Vec<f64>; 2] {
    Role::ALL.map(|role| {
        let release = Release::new(scenario, role, seed).deployed_at(START);
        let points = release.series_of(part, signal, START + 60, START + 60 * MINUTES, 60);
        (1..=MINUTES)
            .map(|minute| {
                let at = START + 60 * minute;
                points
                    .iter()
                    .find(|point| point.0 == at)
                    .map_or(f64::NAN, |point| point.1)
            })
            .collect()
    })
}

fn by_region(scenario: Scenario, seed: u64, signal: Signal) -> Observations {
    let strata = Region::ALL.map(|region| {
        let [baseline, canary] = sides(scenario, seed, Part::Region(region), signal);
        Stratum {
            name: region.to_string(),
            pair: Pair::new(baseline, canary).unwrap(),
        }
    });
    Observations::Strata(Strata::new(strata.into()).unwrap())
}

fn one_region(scenario: Scenario, seed: u64, region: Region, signal: Signal) -> Observations {
    let [baseline, canary] = sides(scenario, seed, Part::Region(region), signal);
    Observations::paired(baseline, canary).unwrap()
}

fn errors(scenario: Scenario, seed: u64) -> Observations {
    let [errors, of] =
        [Signal::Errors, Signal::Requests].map(|signal| sides(scenario, seed, Part::Whole, signal));
    let side = |index: usize| CountSeries::new(&errors[index], &of[index]).unwrap();
    Observations::Counts(CountPair::new(side(0), side(1), Clock::Shared).unwrap())
}

fn judge(observations: Observations) -> Outcome {
    let metric = Metric {
        name: "metric".into(),
        groups: vec!["all".into()],
        rules: Rules {
            direction: Direction::Increase,
            ..Rules::default()
        },
        evidence: Evidence::Observed(observations),
    };
    let release = serinus_judge::Release {
        metrics: vec![metric],
        ..serinus_judge::Release::default()
    };
    Judge::default().judge(&release).metrics[0].outcome
}

/// How many of the outcomes are this one.
fn count(outcomes: &[Outcome], outcome: Outcome) -> usize {
    outcomes.iter().filter(|&&one| one == outcome).count()
}

#[test]
fn healthy_regions_and_counts_raise_hardly_any_alarm() {
    const SEEDS: u64 = 150;
    let each = |observe: &dyn Fn(u64) -> Observations| {
        (1..=SEEDS)
            .map(|seed| judge(observe(seed)))
            .collect::<Vec<_>>()
    };
    let healthy = Scenario::Healthy;
    for (name, outcomes) in [
        (
            "strata",
            each(&|seed| by_region(healthy, seed, Signal::LatencyP50)),
        ),
        (
            "eu",
            each(&|seed| one_region(healthy, seed, Region::Eu, Signal::Cpu)),
        ),
        (
            "us",
            each(&|seed| one_region(healthy, seed, Region::Us, Signal::LatencyP99)),
        ),
        ("counts", each(&|seed| errors(healthy, seed))),
    ] {
        let [high, pass] = [Outcome::High, Outcome::Pass].map(|one| count(&outcomes, one));
        assert!(high <= 6, "{name}: {high} of {SEEDS} flagged");
        assert!(pass >= 120, "{name}: {pass} of {SEEDS} passed");
    }
}

#[test]
fn faults_are_found_in_regions_and_counts() {
    for seed in 1..=10 {
        let found = |observations| judge(observations) == Outcome::High;
        assert!(
            found(by_region(Scenario::OneRegion, seed, Signal::LatencyP50)),
            "{seed}"
        );
        let region = |region| one_region(Scenario::OneRegion, seed, region, Signal::LatencyP50);
        assert!(found(region(Region::Us)), "{seed}");
        assert_eq!(judge(region(Region::Eu)), Outcome::Pass, "{seed}");
        for scenario in [
            Scenario::ErrorSpike,
            Scenario::CrashLoop,
            Scenario::ErrorBurst,
        ] {
            let outcome = judge(errors(scenario, seed));
            assert_ne!(outcome, Outcome::Pass, "{scenario} {seed}");
            if scenario != Scenario::ErrorBurst {
                assert_eq!(outcome, Outcome::High, "{scenario} {seed}");
            }
        }
        let resets = judge(errors(Scenario::CounterResets, seed));
        assert_ne!(resets, Outcome::High, "{seed}");
    }
}

#[tokio::test]
async fn the_simulator_as_a_store_serves_every_comparison() {
    let service = Service::simulated();
    let config: Value =
        serde_saphyr::from_str(include_str!("../../src/cli/demo/rollout.yaml")).unwrap();
    for (scenario, outcome) in [("slow-leak", "high"), ("healthy", "pass")] {
        let side = |role: &str| {
            json!({"scope": role, "params": {
                "scenario": scenario, "seed": "7", "deployed": "2026-01-14T09:00:00Z",
            }})
        };
        let request = json!({
            "application": "shop",
            "config": {"inline": config},
            "baseline": side("baseline"),
            "canary": side("canary"),
            "window": {"start": "2026-01-14T09:10:00Z", "end": "2026-01-14T10:00:00Z"},
        });
        let summary = service.analyse(&request).await;
        let scorecard = service.scorecard(&summary).await;
        let evidence = scorecard["evidence"].as_array().unwrap();
        let designs: Vec<_> = evidence
            .iter()
            .map(|metric| metric["comparison"]["design"].as_str().unwrap())
            .collect();
        assert_eq!(
            designs,
            ["counts", "strata", "paired", "paired", "replicas"]
        );
        assert_eq!(
            scorecard["metrics"][4]["outcome"], outcome,
            "{scenario}: {summary:#}"
        );
        assert_eq!(
            scorecard["metrics"][0]["outcome"], "pass",
            "{scenario}: {summary:#}"
        );
    }
}
