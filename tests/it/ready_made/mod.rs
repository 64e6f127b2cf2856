//! The ready-made configs over releases that are good and bad, as the exporters they are for would show them.

mod exporters;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use serinus::canary_config::ConfigLibrary;

use self::exporters::{Fault, Population};
use crate::support::{Prometheus, Scrapes, Service};

/// 2026-01-14T08:45:00Z; the window begins a quarter of an hour later and is an hour long.
const START: i64 = 1_768_380_300;
const END: i64 = START + 76 * 60;

/// Ready-made configs that are judged elsewhere in these tests.
const ELSEWHERE: [&str; 2] = ["simulated", "web-service"];

/// What Prometheus knows: Deployments in a cluster, jobs, experiments, variations of a flag.
fn history() -> String {
    let population = |(name, fault)| Population {
        name,
        fault,
        instances: 6,
    };
    let mut cluster = Scrapes::new(START, END, 30);
    for deployment in [
        ("checkout", Fault::None),
        ("checkout-canary", Fault::None),
        ("checkout-errors", Fault::Errors),
        ("checkout-saturated", Fault::Saturated),
        ("checkout-crashing", Fault::Crashing),
    ] {
        population(deployment).deployment(&mut cluster, START);
    }
    let single = Population {
        instances: 1,
        ..population(("checkout-single", Fault::None))
    };
    single.deployment(&mut cluster, START);
    let mut direct = Scrapes::new(START, END, 15);
    for job in [
        ("old", Fault::None),
        ("good", Fault::None),
        ("errors", Fault::Errors),
        ("slow", Fault::Slow),
        ("slow-in-us", Fault::SlowInUs),
        ("saturated", Fault::Saturated),
        ("stuck", Fault::Stuck),
    ] {
        population(job).job(&mut direct, START);
    }
    for (experiment, fault) in [
        ("good", Fault::None),
        ("errors", Fault::Errors),
        ("slow", Fault::Slow),
    ] {
        population(("control", Fault::None)).behaviour(&mut direct, experiment);
        population(("candidate", fault)).behaviour(&mut direct, experiment);
    }
    for variation in [
        ("off", Fault::None),
        ("on", Fault::None),
        ("errors", Fault::Errors),
        ("slow", Fault::Slow),
        ("unliked", Fault::Unliked),
    ] {
        population(variation).variation(&mut direct);
    }
    Scrapes::open_metrics(&[cluster, direct])
}

/// A release under a config: how it is asked about and what is wrong with it.
struct Release {
    config: &'static str,
    /// Scopes of baseline and canary.
    sides: [&'static str; 2],
    params: &'static [(&'static str, &'static str)],
    verdict: &'static str,
    /// Outcomes of its metrics, where they are not `pass`.
    outcomes: &'static [(&'static str, &'static str)],
}

impl Release {
    fn request(&self) -> Value {
        let params: BTreeMap<_, _> = self.params.iter().copied().collect();
        let [baseline, canary] = self
            .sides
            .map(|scope| json!({"scope": scope, "params": params}));
        json!({
            "application": "shop",
            "config": {"name": self.config},
            "baseline": baseline,
            "canary": canary,
            "window": {"start": "2026-01-14T09:00:00Z", "end": "2026-01-14T10:00:00Z"},
        })
    }
}

/// Releases whose scopes are Deployments.
const fn deployed(
    config: &'static str,
    canary: &'static str,
    verdict: &'static str,
    outcomes: &'static [(&'static str, &'static str)],
) -> Release {
    Release {
        config,
        sides: ["checkout", canary],
        params: &[("namespace", "shop")],
        verdict,
        outcomes,
    }
}

/// Releases whose scopes are jobs.
const fn scraped(
    config: &'static str,
    canary: &'static str,
    verdict: &'static str,
    outcomes: &'static [(&'static str, &'static str)],
) -> Release {
    Release {
        config,
        sides: ["old", canary],
        params: &[],
        verdict,
        outcomes,
    }
}

/// Parallel runs, by experiment.
const fn experiment(
    params: &'static [(&'static str, &'static str)],
    verdict: &'static str,
    outcomes: &'static [(&'static str, &'static str)],
) -> Release {
    Release {
        config: "parallel-run",
        sides: ["control", "candidate"],
        params,
        verdict,
        outcomes,
    }
}

/// Variations of a flag, by the new one.
const fn variation(
    canary: &'static str,
    verdict: &'static str,
    outcomes: &'static [(&'static str, &'static str)],
) -> Release {
    Release {
        config: "feature-flag",
        sides: ["off", canary],
        params: &[
            ("job", "shop/checkout"),
            ("flag", "new-cart"),
            ("goal", "/order"),
        ],
        verdict,
        outcomes,
    }
}

const RELEASES: &[Release] = &[
    deployed("monitoring-table", "checkout-canary", "pass", &[]),
    deployed(
        "monitoring-table",
        "checkout-errors",
        "fail",
        &[("error-ratio", "high")],
    ),
    deployed(
        "monitoring-table",
        "checkout-saturated",
        "marginal",
        &[("cpu-percent", "high"), ("memory", "high")],
    ),
    deployed("kubernetes-pods", "checkout-canary", "pass", &[]),
    // A ReplicaSet of it, as where both versions belong to one Deployment.
    deployed("kubernetes-pods", "checkout-canary-7d9f8c6b5d", "pass", &[]),
    // A single canary beside six: what counts pods cannot tell, the rest can.
    deployed(
        "kubernetes-pods",
        "checkout-single",
        "pass",
        &[("cpu", "inconclusive"), ("memory", "inconclusive")],
    ),
    deployed(
        "kubernetes-pods",
        "checkout-crashing",
        "fail",
        &[("restarts", "high"), ("ready-percent", "low")],
    ),
    deployed(
        "kubernetes-pods",
        "checkout-saturated",
        "fail",
        &[
            ("cpu", "high"),
            ("cpu-throttled", "high"),
            ("memory", "high"),
            ("memory-percent", "high"),
        ],
    ),
    scraped("grpc-service", "good", "pass", &[]),
    scraped("grpc-service", "errors", "fail", &[("error-ratio", "high")]),
    scraped(
        "grpc-service",
        "slow",
        "fail",
        &[
            ("latency-p50", "high"),
            ("latency-p99", "high"),
            ("cancelled-ratio", "high"),
        ],
    ),
    scraped(
        "grpc-service",
        "saturated",
        "marginal",
        &[("cpu", "high"), ("memory", "high")],
    ),
    scraped("jvm", "good", "pass", &[]),
    scraped("jvm", "errors", "fail", &[("error-ratio", "high")]),
    scraped("jvm", "slow", "fail", &[("latency-p99", "high")]),
    scraped(
        "jvm",
        "saturated",
        "fail",
        &[
            ("gc-time", "high"),
            ("heap-floor", "high"),
            ("threads", "high"),
            ("cpu", "high"),
        ],
    ),
    scraped("queue-consumer", "good", "pass", &[]),
    scraped(
        "queue-consumer",
        "errors",
        "fail",
        &[("failed-ratio", "high")],
    ),
    scraped(
        "queue-consumer",
        "slow",
        "marginal",
        &[("processing-time", "high")],
    ),
    scraped(
        "queue-consumer",
        "stuck",
        "fail",
        &[
            ("lag", "high"),
            ("throughput", "low"),
            ("rebalances", "high"),
        ],
    ),
    scraped("multi-region", "good", "pass", &[]),
    scraped(
        "multi-region",
        "errors",
        "fail",
        &[("error-ratio", "high"), ("error-ratio-by-region", "high")],
    ),
    scraped(
        "multi-region",
        "slow-in-us",
        "fail",
        &[("latency-p50", "high"), ("latency-p99", "high")],
    ),
    experiment(&[("experiment", "good"), ("job", "checkout")], "pass", &[]),
    experiment(
        &[("experiment", "errors"), ("job", "checkout")],
        "fail",
        &[("mismatch-percent", "high")],
    ),
    experiment(
        &[("experiment", "slow"), ("job", "checkout")],
        "marginal",
        &[("time", "high")],
    ),
    variation("on", "pass", &[]),
    variation("errors", "fail", &[("error-ratio", "high")]),
    variation(
        "slow",
        "fail",
        &[("latency-p50", "high"), ("latency-p99", "high")],
    ),
    variation("unliked", "fail", &[("conversion", "low")]),
];

/// Every ready-made config passes a good release, with every metric decided, and finds what is wrong with the bad ones, and
/// nothing else.
#[tokio::test]
async fn ready_made_configs_tell_good_releases_from_bad_ones() {
    let prometheus = Prometheus::with_history(&history()).await;
    let service = Service::on_prometheus(&prometheus.url);
    let mut wrong = Vec::new();
    for release in RELEASES {
        let summary = service.analyse(&release.request()).await;
        let scorecard = service.scorecard(&summary).await;
        let outcomes: BTreeMap<_, _> = release.outcomes.iter().copied().collect();
        let what = format!(
            "{} {:?} {:?}",
            release.config, release.sides, release.params
        );
        if summary["verdict"] != release.verdict {
            wrong.push(format!("{what}: {summary:#}"));
        }
        let metrics = scorecard["metrics"].as_array().unwrap();
        let names: BTreeSet<_> = metrics
            .iter()
            .map(|metric| metric["name"].as_str().unwrap())
            .collect();
        assert!(
            outcomes.keys().all(|name| names.contains(name)),
            "{what}: {names:?}"
        );
        for metric in metrics {
            let name = metric["name"].as_str().unwrap();
            let expected = outcomes.get(name).copied().unwrap_or("pass");
            if metric["outcome"] != expected {
                let (outcome, reason) = (&metric["outcome"], &metric["reason"]);
                wrong.push(format!(
                    "{what} {name}: {outcome}, not {expected}: {reason}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_ready_made_config_is_judged_over_a_good_and_a_bad_release() {
    for entry in ConfigLibrary::load(None).unwrap().iter() {
        let name = entry.config.name.as_str();
        if ELSEWHERE.contains(&name) {
            continue;
        }
        let releases = || RELEASES.iter().filter(|release| release.config == name);
        let good = |release: &Release| release.verdict == "pass" && release.outcomes.is_empty();
        let found = |release: &Release| {
            let mut outcomes = release.outcomes.iter();
            outcomes.any(|(_, outcome)| ["high", "low"].contains(outcome))
        };
        assert!(releases().any(good), "{name}");
        assert!(releases().any(found), "{name}");
    }
}
