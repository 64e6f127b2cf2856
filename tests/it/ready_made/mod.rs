//! The ready-made configs over releases that are good and bad, as the exporters they are for would show them.

mod exporters;
mod releases;

use std::collections::{BTreeMap, BTreeSet};

use serinus::canary_config::ConfigLibrary;

use self::exporters::{Fault, Population};
use self::releases::{RELEASES, Release};
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
