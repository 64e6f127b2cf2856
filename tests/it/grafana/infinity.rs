//! The rows that dashboards read: flat, with the same keys, oldest first, and bounded.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{Service, simulated_request};

async fn rows(service: &Service, path: &str) -> Vec<Value> {
    let response = service.get(path).await;
    assert_eq!(response.status(), 200, "{path}");
    let rows: Value = response.json().await.unwrap();
    let rows = rows.as_array().unwrap().clone();
    let keys = |row: &Value| -> BTreeSet<String> {
        let row = row.as_object().unwrap();
        assert!(
            row.values().all(|it| !it.is_array() && !it.is_object()),
            "{row:#?}"
        );
        row.keys().cloned().collect()
    };
    let all: BTreeSet<_> = rows.iter().map(keys).collect();
    assert!(all.len() <= 1, "the same keys in every row: {all:#?}");
    let times: Vec<jiff::Timestamp> = rows
        .iter()
        .map(|row| row["time"].as_str().unwrap().parse().unwrap())
        .collect();
    if !path.contains("annotations") {
        assert!(times.is_sorted(), "{times:?}");
    }
    rows
}

#[tokio::test]
async fn the_change_is_the_one_that_was_judged() {
    let service = Service::simulated();
    let spikes = service.analyse(&simulated_request("latency-spikes")).await;
    let scorecard = service.scorecard(&spikes).await;
    let judged = scorecard["metrics"].as_array().unwrap();
    let judged = judged
        .iter()
        .find(|metric| metric["name"] == "latency-p99")
        .unwrap();
    let metrics = rows(&service, "/api/v1/grafana/metrics").await;
    let row = metrics
        .iter()
        .find(|row| row["metric"] == "latency-p99")
        .unwrap();
    let shown = row["changePercent"].as_f64().unwrap();
    // The plain means are more than twice as far apart.
    assert!((20.0..22.0).contains(&shown), "{row:#}");
    assert!(
        judged["changePercent"].as_f64().unwrap() > 50.0,
        "{judged:#}"
    );
}

#[tokio::test]
async fn runs_metrics_and_annotations_as_rows() {
    let service = Service::simulated();
    let before = jiff::Timestamp::now();
    let mut verdicts = Vec::new();
    for (scenario, application) in [
        ("healthy", "shop"),
        ("latency-regression", "shop"),
        ("low-traffic", "search, \"eu\""),
    ] {
        let mut request = simulated_request(scenario);
        request["application"] = application.into();
        verdicts.push(service.analyse(&request).await);
    }
    let mut ahead = simulated_request("healthy");
    ahead["window"] = serde_json::json!({"duration": "1h"});
    service.post("/api/v1/analyses", &ahead).await;

    let runs = rows(&service, "/api/v1/grafana/runs").await;
    assert_eq!(runs.len(), 4);
    for (row, summary) in runs.iter().zip(&verdicts) {
        for key in [
            "id",
            "application",
            "config",
            "state",
            "verdict",
            "action",
            "reason",
            "reportUrl",
        ] {
            assert_eq!(row[key], summary[key], "{key}");
        }
        let scored = summary["scored"].as_bool().unwrap();
        assert_eq!(
            row["score"].is_number(),
            scored,
            "no score is no number: {row:#}"
        );
        assert!(row["durationSeconds"].as_f64().unwrap() >= 0.0);
        let flags = [
            "pass",
            "marginal",
            "fail",
            "inconclusive",
            "error",
            "pending",
        ];
        let set: Vec<_> = flags.into_iter().filter(|flag| row[*flag] == 1).collect();
        assert_eq!(set, [summary["verdict"].as_str().unwrap()]);
    }
    assert_eq!(runs[3]["pending"], 1);
    assert!(runs[3]["durationSeconds"].is_null());

    let metrics = rows(&service, "/api/v1/grafana/metrics?application=shop").await;
    assert_eq!(metrics.len(), 10, "two judged runs of five metrics");
    let failed: Vec<_> = metrics.iter().filter(|row| row["failed"] == 1).collect();
    assert!(!failed.is_empty());
    for row in &failed {
        assert_eq!(row["run"], verdicts[1]["id"]);
        assert_eq!(row["outcome"], "high");
        assert!(row["changePercent"].as_f64().unwrap() > 10.0, "{row:#}");
        let page = row["reportUrl"].as_str().unwrap();
        assert!(page.starts_with(verdicts[1]["reportUrl"].as_str().unwrap()));
        let page = page.strip_prefix(&service.url).unwrap();
        assert_eq!(service.get(page).await.status(), 200);
    }
    // Asked again they come from memory, and are the same.
    let again = rows(&service, "/api/v1/grafana/metrics?application=shop").await;
    assert_eq!(again, metrics);

    let annotations = rows(&service, "/api/v1/grafana/annotations").await;
    assert_eq!(annotations.len(), 4);
    assert_eq!(annotations[0]["time"], "2026-01-14T09:00:00Z");
    assert_eq!(annotations[0]["timeEnd"], "2026-01-14T10:00:00Z");
    assert_eq!(annotations[1]["title"], "shop: fail");
    assert_eq!(
        annotations[2]["tags"],
        "search; \"eu\",simulated,inconclusive"
    );

    // Filters, with the forms that Grafana writes.
    let count = async |query: &str| {
        rows(&service, &format!("/api/v1/grafana/runs{query}"))
            .await
            .len()
    };
    assert_eq!(count("?application=shop&config=&from=&to=").await, 3);
    assert_eq!(count("?config=simulated").await, 4);
    assert_eq!(count("?config=other").await, 0);
    assert_eq!(count("?limit=1").await, 1);
    let millis = before.as_millisecond();
    assert_eq!(count(&format!("?from={millis}")).await, 4);
    assert_eq!(count(&format!("?to={millis}")).await, 0);
    assert_eq!(
        count(&format!("?from={before}&to=2100-01-01T00:00:00.000Z")).await,
        4
    );
    let latest = rows(&service, "/api/v1/grafana/runs?limit=2").await;
    assert_eq!(latest, runs[2..], "the latest, still oldest first");

    for refused in [
        "from=yesterday",
        "limit=0",
        "limit=1001",
        "verdict=pass",
        "from=99999999999999999",
    ] {
        for list in ["runs", "metrics", "annotations"] {
            let response = service
                .get(&format!("/api/v1/grafana/{list}?{refused}"))
                .await;
            assert_eq!(response.status(), 400, "{list} {refused}");
            assert_eq!(
                response.headers()["content-type"],
                "application/problem+json"
            );
        }
    }
}
