//! Analyses of back-filled history in a real Prometheus.

use serde_json::{Value, json};

use crate::support::{Prometheus, SERINUS, Service, backfilled};

/// 2026-01-14T08:45:00Z, and 80 minutes of it: a quarter of an hour before the window that is compared.
const START: i64 = 1_768_380_300;
const END: i64 = START + 80 * 60;

fn request(scenario: &str) -> Value {
    json!({
        "application": "shop",
        "config": {"name": "web-service"},
        "baseline": {"scope": "baseline"},
        "canary": {"scope": scenario},
        "window": {"start": "2026-01-14T09:00:00Z", "end": "2026-01-14T10:00:00Z"},
    })
}

fn metric<'a>(scorecard: &'a Value, name: &str) -> &'a Value {
    let metrics = scorecard["metrics"].as_array().unwrap();
    metrics
        .iter()
        .find(|metric| metric["name"] == name)
        .unwrap()
}

#[tokio::test]
async fn every_scenario_gets_the_verdict_it_deserves() {
    let prometheus = backfilled(START, END).await;
    let service = Service::on_prometheus(&prometheus.url);

    let summary = service.analyse(&request("healthy")).await;
    assert_eq!(summary["verdict"], "pass", "{summary:#}");
    assert_eq!(summary["score"], 100.0);
    assert_eq!(summary["action"], "promote");
    let scorecard = service.scorecard(&summary).await;
    // 60 steps of a minute, each speaking for the minute that ends there.
    let evidence = &scorecard["evidence"][0];
    assert_eq!(evidence["comparison"]["design"], "counts");
    assert_eq!(scorecard["evidence"][1]["comparison"]["design"], "paired");
    assert_eq!(evidence["canary"]["values"].as_array().unwrap().len(), 60);
    assert_eq!(evidence["canary"]["start"], "2026-01-14T09:01:00Z");
    assert!(
        evidence["canary"]["queries"][0]
            .as_str()
            .unwrap()
            .contains(r#"{job="healthy",code=~"5.."}[60s]"#)
    );

    let summary = service.analyse(&request("latency-regression")).await;
    assert_eq!(summary["verdict"], "fail", "{summary:#}");
    assert_eq!(summary["action"], "rollback");
    let scorecard = service.scorecard(&summary).await;
    for name in ["latency-p50", "latency-p99"] {
        let metric = metric(&scorecard, name);
        assert_eq!(metric["outcome"], "high", "{metric:#}");
        let change = metric["changePercent"].as_f64().unwrap();
        assert!(
            (20.0..80.0).contains(&change),
            "{name} changed by {change} %"
        );
    }
    assert_eq!(metric(&scorecard, "error-ratio")["outcome"], "pass");

    let summary = service.analyse(&request("error-spike")).await;
    assert_eq!(summary["verdict"], "fail", "{summary:#}");
    assert_eq!(
        summary["score"], 0.0,
        "a critical metric fails the run: {summary:#}"
    );
    assert!(
        summary["reason"].as_str().unwrap().contains("error-ratio"),
        "{summary:#}"
    );

    for scenario in ["low-traffic", "no-data"] {
        let summary = service.analyse(&request(scenario)).await;
        assert_eq!(
            summary["verdict"], "inconclusive",
            "{scenario}: {summary:#}"
        );
        assert_eq!(summary["scored"], false);
        assert_eq!(summary["action"], "hold");
    }
}

#[tokio::test]
async fn every_fault_shows_in_its_metric_and_restarts_alone_in_none() {
    let prometheus = backfilled(START, END).await;
    let service = Service::on_prometheus(&prometheus.url);
    for (scenario, high) in [
        ("slow-tail", &["latency-p99"][..]),
        ("late-onset", &["latency-p50", "latency-p99"]),
        ("one-region", &["latency-p50", "latency-p99"]),
        ("one-replica", &["latency-p99"]),
        // the pods that are left have too much to do; what a dying process counts at the last is never scraped
        ("crash-loop", &["latency-p50", "latency-p99"]),
        ("cpu-burn", &["cpu"]),
        // counters that begin anew are no change, and a warm-up is over before the window begins
        ("counter-resets", &[]),
        ("warm-up", &[]),
    ] {
        let summary = service.analyse(&request(scenario)).await;
        let scorecard = service.scorecard(&summary).await;
        for name in ["error-ratio", "latency-p50", "latency-p99", "cpu", "memory"] {
            let found = &metric(&scorecard, name)["outcome"];
            if high.contains(&name) {
                assert_eq!(
                    found,
                    "high",
                    "{scenario} {name}: {:#}",
                    metric(&scorecard, name)
                );
            } else if high.is_empty() {
                assert_eq!(found, "pass", "{scenario} {name}: {summary:#}");
            }
        }
    }
    // A leak makes neighbours resemble each other, so that as one series a side it stays undecided, and never passes.
    let summary = service.analyse(&request("slow-leak")).await;
    let scorecard = service.scorecard(&summary).await;
    let memory = metric(&scorecard, "memory");
    assert_eq!(memory["outcome"], "inconclusive", "{memory:#}");
}

#[tokio::test]
async fn what_simulate_exports_can_be_backfilled_and_judged() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("history.om");
    let exported = std::process::Command::new(SERINUS)
        .args([
            "simulate",
            "--export",
            "openmetrics",
            "--scenario",
            "error-spike",
        ])
        .args([
            "--end",
            "2026-01-14T10:05:00Z",
            "--duration",
            "80m",
            "--out",
        ])
        .arg(&file)
        .output()
        .unwrap();
    assert!(exported.status.success(), "{exported:?}");
    let prometheus = Prometheus::with_history(&std::fs::read_to_string(&file).unwrap()).await;
    let service = Service::on_prometheus(&prometheus.url);
    let mut request = request("shop-canary");
    request["baseline"] = json!({"scope": "shop-baseline"});
    let summary = service.analyse(&request).await;
    assert_eq!(summary["verdict"], "fail", "{summary:#}");
    assert!(summary["reason"].as_str().unwrap().contains("error-ratio"));

    // pods and regions are labels
    let query = "count by (region) (sum by (region, pod) (rate(http_requests_total{job=\"shop-canary\"}[5m])))";
    let answer: Value = reqwest::Client::new()
        .get(format!("{}/api/v1/query", prometheus.url))
        .query(&[("query", query), ("time", "2026-01-14T10:00:00Z")])
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let regions = answer["data"]["result"].as_array().unwrap();
    let counts: Vec<_> = regions
        .iter()
        .map(|region| (&region["metric"]["region"], &region["value"][1]))
        .collect();
    assert_eq!(
        counts,
        [(&json!("eu"), &json!("3")), (&json!("us"), &json!("3"))],
        "{answer:#}"
    );
}

#[tokio::test]
async fn the_two_sides_may_cover_different_times() {
    let prometheus = backfilled(START, END).await;
    let service = Service::on_prometheus(&prometheus.url);
    let mut request = request("healthy");
    request["window"] = json!({
        "baseline": {"start": "2026-01-14T09:00:00Z", "end": "2026-01-14T09:30:00Z"},
        "canary": {"start": "2026-01-14T09:30:00Z", "end": "2026-01-14T10:00:00Z"},
    });
    let summary = service.analyse(&request).await;
    let scorecard = service.scorecard(&summary).await;
    let comparison = &scorecard["evidence"][1]["comparison"];
    assert_eq!(comparison["design"], "before-after", "{comparison:#}");
    let reason = comparison["reason"].as_str().unwrap();
    assert!(reason.contains("no earlier windows"), "{reason}");
}

#[tokio::test]
async fn an_account_is_checked_against_its_store() {
    let mut prometheus = backfilled(START, START + 600).await;
    let service = Service::on_prometheus(&prometheus.url);
    let check = async || -> Value {
        service
            .post("/api/v1/accounts/prometheus/check", &json!({}))
            .await
            .json()
            .await
            .unwrap()
    };
    assert_eq!(
        check().await,
        json!({"name": "prometheus", "ok": true, "code": "", "detail": ""})
    );
    prometheus.process.kill();
    let found = check().await;
    assert_eq!(found["ok"], false);
    assert_eq!(found["code"], "unavailable", "{found:#}");
}

#[tokio::test]
async fn a_query_that_prometheus_refuses_fails_the_run_with_its_words() {
    let prometheus = backfilled(START, START + 600).await;
    let service = Service::on_prometheus(&prometheus.url);
    let mut request = request("healthy");
    request["config"] = json!({"inline": {
        "apiVersion": "serinus/v1", "name": "broken", "judge": {"name": "netflix-aca"},
        "defaults": {"account": "prometheus"},
        "metrics": [{"name": "m", "groups": ["g"], "query": "sum(rate(up{job=\"${scope}\"}[1m])"}],
        "groups": {"g": 100}, "thresholds": {"pass": 90, "marginal": 75},
    }});
    let summary = service.analyse(&request).await;
    assert_eq!(summary["state"], "failed", "{summary:#}");
    assert_eq!(summary["verdict"], "error");
    assert_eq!(summary["action"], "hold");
    assert!(
        summary["reason"]
            .as_str()
            .unwrap()
            .contains("unclosed left parenthesis"),
        "{summary:#}"
    );
}
