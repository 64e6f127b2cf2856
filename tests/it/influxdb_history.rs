//! The whole way from a request to a scorecard over a store that names buckets by their beginning: a real `InfluxDB` 1.

use serde_json::{Value, json};

use crate::support::{
    Service,
    influxdb::{InfluxDb, level},
};

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
    let influxdb = InfluxDb::start().await;
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
    let influxdb = InfluxDb::start().await;
    let service = Service::start(&format!(
        "accounts: {{influx: {{type: influxdb, version: 1, database: shop, url: \"{}\"}}}}",
        influxdb.url
    ));
    let summary = service.analyse(&request("x' OR app = 'new")).await;
    assert_eq!(summary["verdict"], "inconclusive", "{summary:#}");
    assert_eq!(summary["scored"], false);
}
