//! The whole way from a request to a scorecard over a store that names buckets by their beginning: a real `InfluxDB` 1.

use std::{
    fmt::Write as _,
    fs,
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::support::{Process, Service, free_port, until_ready};

/// 2026-01-14T09:00:00Z, where the window begins.
const START: i64 = 1_768_381_200;

struct InfluxDb {
    _process: Process,
    url: String,
    _directory: tempfile::TempDir,
}

/// What the latency of a minute begins with: another whole number for each, in no order that looks like a trend.
fn level(minute: i64) -> f64 {
    (minute * 37 % 60) as f64
}

/// A server with the database `shop`, an hour of `latency` every 15 s from `START` on: the minute's level, and what each
/// application adds.
async fn influxdb() -> InfluxDb {
    let directory = tempfile::tempdir().unwrap();
    let (port, backup) = (free_port(), free_port());
    let path = directory.path().display();
    let config = format!(
        "reporting-disabled = true\nbind-address = \"127.0.0.1:{backup}\"\n[meta]\ndir = \"{path}/meta\"\n\
         [data]\ndir = \"{path}/data\"\nwal-dir = \"{path}/wal\"\n[ifql]\nenabled = false\n\
         [http]\nbind-address = \"127.0.0.1:{port}\"\n"
    );
    let file = directory.path().join("influx.conf");
    fs::write(&file, config).unwrap();
    let process = Process::start(
        Command::new("influxd")
            .arg("-config")
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null()),
    );
    let url = format!("http://127.0.0.1:{port}");
    until_ready(&format!("{url}/ping")).await;
    let mut lines = String::new();
    for index in 0..240 {
        let (level, time) = (level(index / 4), START + index * 15);
        // Scattered, and differently on each side.
        let scatter = |ratio: f64| 0.01 * (index as f64 * ratio).fract();
        for (app, added) in [
            ("old", 0.2 + scatter(0.618_034)),
            ("new", 0.2 + scatter(0.732_051)),
            ("slow", 9.2 + scatter(0.732_051)),
        ] {
            let value = level + added;
            writeln!(lines, "latency,app={app} value={value} {time}").unwrap();
        }
    }
    let client = reqwest::Client::new();
    for (path, body) in [
        ("/query?q=CREATE%20DATABASE%20shop", String::new()),
        ("/write?db=shop&precision=s", lines),
    ] {
        let answer = client.post(format!("{url}{path}")).body(body).send().await;
        assert!(answer.unwrap().status().is_success());
    }
    InfluxDb {
        _process: process,
        url,
        _directory: directory,
    }
}

fn request(canary: &str) -> Value {
    let query = "SELECT mean(value) FROM latency WHERE $timeFilter AND app = '${scope}' GROUP BY time($interval)";
    json!({
        "application": "shop",
        "config": {"inline": {
            "apiVersion": "serinus/v1", "name": "influx", "defaults": {"account": "influx", "step": "60s"},
            "metrics": [{"name": "latency", "groups": ["g"], "direction": "increase", "query": query}],
            "groups": {"g": 100}, "thresholds": {"pass": 90, "marginal": 75},
        }},
        "baseline": {"scope": "old"}, "canary": {"scope": canary},
        "window": {"start": "2026-01-14T09:00:00Z", "end": "2026-01-14T10:00:00Z"},
    })
}

#[tokio::test]
async fn buckets_are_judged_at_the_minutes_they_speak_for() {
    let influxdb = influxdb().await;
    let service = Service::start(&format!(
        "accounts: {{influx: {{type: influxdb, version: 1, database: shop, url: \"{}\"}}}}",
        influxdb.url
    ));
    let summary = service.analyse(&request("new")).await;
    assert_eq!(summary["verdict"], "pass", "{summary:#}");
    let scorecard = service.scorecard(&summary).await;
    let canary = &scorecard["evidence"][0]["canary"];
    assert_eq!(canary["start"], "2026-01-14T09:01:00Z", "{canary:#}");
    let levels: Vec<_> = canary["values"]
        .as_array()
        .unwrap()
        .iter()
        .map(|value| value.as_f64().unwrap().floor())
        .collect();
    // The first value speaks for the minute from 09:00 to 09:01, and none is missing at either end.
    assert_eq!(levels, (0..60).map(level).collect::<Vec<_>>());

    let summary = service.analyse(&request("slow")).await;
    assert_eq!(summary["verdict"], "fail", "{summary:#}");
    let summary = service.analyse(&request("absent")).await;
    assert_eq!(summary["verdict"], "inconclusive", "{summary:#}");
}

/// A scope that tries to be more than a value is no more than a value.
#[tokio::test]
async fn a_scope_cannot_leave_its_string() {
    let influxdb = influxdb().await;
    let service = Service::start(&format!(
        "accounts: {{influx: {{type: influxdb, version: 1, database: shop, url: \"{}\"}}}}",
        influxdb.url
    ));
    let summary = service.analyse(&request("x' OR app = 'new")).await;
    assert_eq!(summary["verdict"], "inconclusive", "{summary:#}");
    assert_eq!(summary["scored"], false);
}
