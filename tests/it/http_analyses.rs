//! The shapes of analyses on the wire, and what runs do.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{Service, simulated_request};

/// Every summary has these keys, none of them null.
const KEYS: [&str; 14] = [
    "id",
    "application",
    "config",
    "state",
    "verdict",
    "score",
    "scored",
    "action",
    "reason",
    "progress",
    "reportUrl",
    "statusUrl",
    "cancelUrl",
    "retryAfterSeconds",
];

fn assert_complete(summary: &Value) {
    let object = summary.as_object().unwrap();
    for key in KEYS {
        assert!(
            object.get(key).is_some_and(|value| !value.is_null()),
            "{key} is missing: {summary:#}"
        );
    }
    assert_eq!(object.len(), KEYS.len(), "{summary:#}");
    assert!(!object["reason"].as_str().unwrap().is_empty());
}

/// A request whose window ends so far ahead that its run stays queued.
fn waiting_request() -> Value {
    let mut request = simulated_request("healthy");
    let now = jiff::Timestamp::now();
    request["window"] = json!({"start": now, "end": now + jiff::SignedDuration::from_hours(1)});
    request
}

#[tokio::test]
async fn the_three_simulated_releases_get_their_verdicts() {
    let service = Service::simulated();
    for (scenario, verdict, action) in [
        ("healthy", "pass", "promote"),
        ("latency-regression", "fail", "rollback"),
        ("error-spike", "fail", "rollback"),
        ("low-traffic", "inconclusive", "hold"),
        ("no-data", "inconclusive", "hold"),
    ] {
        let summary = service.analyse(&simulated_request(scenario)).await;
        assert_complete(&summary);
        assert_eq!(summary["state"], "succeeded", "{summary:#}");
        assert_eq!(summary["verdict"], verdict, "{summary:#}");
        assert_eq!(summary["action"], action);
        assert_eq!(summary["scored"], verdict != "inconclusive");
        assert_eq!(summary["retryAfterSeconds"], 0);
    }
}

#[tokio::test]
async fn a_run_is_created_followed_read_and_listed() {
    let service = Service::simulated();
    let response = service.post("/api/v1/analyses", &waiting_request()).await;
    assert_eq!(response.status(), StatusCode::ACCEPTED);
    let location = response.headers()["location"].to_str().unwrap().to_owned();
    let created: Value = response.json().await.unwrap();
    assert_complete(&created);
    assert_eq!(
        location,
        format!("/api/v1/analyses/{}", created["id"].as_str().unwrap())
    );
    assert_eq!(created["state"], "queued");
    assert_eq!(created["verdict"], "pending");
    assert_eq!(created["action"], "wait");
    assert_eq!(created["scored"], false);
    assert_eq!(created["retryAfterSeconds"], 60);

    // A long poll ends on time although the run has not.
    let started = std::time::Instant::now();
    let polled: Value = service
        .get(&format!("{location}?wait=1s"))
        .await
        .json()
        .await
        .unwrap();
    assert!(started.elapsed() >= std::time::Duration::from_secs(1));
    assert_eq!(polled["state"], "queued");

    let ended = service.analyse(&simulated_request("healthy")).await;
    let page: Value = service.get("/api/v1/analyses").await.json().await.unwrap();
    let ids: Vec<_> = page["analyses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["id"].clone())
        .collect();
    assert_eq!(
        ids,
        [ended["id"].clone(), created["id"].clone()],
        "newest first"
    );
    assert_eq!(page["next"], "");

    let first: Value = service
        .get("/api/v1/analyses?limit=1&application=shop")
        .await
        .json()
        .await
        .unwrap();
    let next = first["next"].as_str().unwrap();
    let second: Value = service
        .get(&format!("/api/v1/analyses?limit=1&before={next}"))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(second["analyses"][0]["id"], created["id"]);
    let none: Value = service
        .get("/api/v1/analyses?application=other")
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(none, json!({"analyses": [], "next": ""}));
}

#[tokio::test]
async fn the_scorecard_carries_all_it_rests_on() {
    let service = Service::simulated();
    let summary = service
        .analyse(&simulated_request("latency-regression"))
        .await;
    let scorecard = service.scorecard(&summary).await;
    assert_eq!(scorecard["judge"], "serinus");
    assert_eq!(scorecard["verdict"], "fail");
    assert_eq!(scorecard["config"]["name"], "simulated");
    assert_eq!(scorecard["config"]["digest"].as_str().unwrap().len(), 64);
    let contributions: f64 = scorecard["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| group["contribution"].as_f64().unwrap())
        .sum();
    assert!((contributions - scorecard["score"].as_f64().unwrap()).abs() < 0.005);

    let latency = &scorecard["metrics"][1];
    assert_eq!(latency["name"], "latency-p50");
    assert_eq!(latency["outcome"], "high");
    assert!(latency["interval"]["lower"].as_f64().unwrap() > 0.0);
    let evidence = &scorecard["evidence"][1];
    assert_eq!(evidence["metric"], "latency-p50");
    assert_eq!(
        evidence["canary"]["queries"][0],
        r#"latency_p50{scenario="latency-regression",role="canary"}"#
    );
    assert_eq!(evidence["canary"]["account"], "simulator");
    let values: Vec<f64> = evidence["canary"]["values"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_f64)
        .collect();
    assert_eq!(values.len(), 60);
    // The statistics are those of the samples shown.
    let mean = values.iter().sum::<f64>() / 60.0;
    assert!((mean - latency["canary"]["mean"].as_f64().unwrap()).abs() < 1e-12);
    assert!(scorecard["timings"]["fetchMillis"].as_f64().unwrap() > 0.0);
    assert!(evidence["canary"]["work"].as_f64().unwrap() > 1_000.0);
}

#[tokio::test]
async fn odd_windows_end_where_they_should_and_keep_their_preconditions() {
    let service = Service::simulated();
    let mut request = simulated_request("low-traffic");
    // Finer than a millisecond, and seven minutes do not divide an hour.
    request["window"]["start"] = json!("2026-01-14T09:00:00.0005Z");
    request["step"] = json!("5m");
    let summary = service.analyse(&request).await;
    assert_eq!(summary["verdict"], "inconclusive", "{summary:#}");
    request["step"] = json!("7m");
    let summary = service.analyse(&request).await;
    let scorecard = service.scorecard(&summary).await;
    let canary = &scorecard["evidence"][0]["canary"];
    assert_eq!(canary["values"].as_array().unwrap().len(), 8);
    assert_eq!(
        canary["start"], "2026-01-14T09:11:00Z",
        "the last of eight is at ten"
    );
    assert!(canary["work"].as_f64().unwrap() < 1_000.0);
}

#[tokio::test]
async fn the_same_request_gives_the_same_scorecard() {
    let service = Service::simulated();
    let mut scorecards = Vec::new();
    for _ in 0..2 {
        let summary = service.analyse(&simulated_request("healthy")).await;
        let mut scorecard = service.scorecard(&summary).await;
        scorecard["timings"] = Value::Null;
        // Another run is shown elsewhere.
        scorecard["links"] = Value::Null;
        for evidence in scorecard["evidence"].as_array_mut().unwrap() {
            evidence["baseline"]["fetchMillis"] = Value::Null;
            evidence["canary"]["fetchMillis"] = Value::Null;
        }
        scorecards.push(scorecard.to_string());
    }
    assert_eq!(scorecards[0], scorecards[1]);
}

#[tokio::test]
async fn a_cancelled_run_stays_cancelled() {
    let service = Service::simulated();
    let created: Value = service
        .post("/api/v1/analyses", &waiting_request())
        .await
        .json()
        .await
        .unwrap();
    let path = format!("/api/v1/analyses/{}", created["id"].as_str().unwrap());
    for _ in 0..2 {
        let cancelled: Value = service
            .post(&format!("{path}/cancel"), &json!({}))
            .await
            .json()
            .await
            .unwrap();
        assert_complete(&cancelled);
        assert_eq!(cancelled["state"], "cancelled");
        assert_eq!(cancelled["verdict"], "error");
        assert_eq!(cancelled["action"], "hold");
    }
    let scorecard = service.get(&format!("{path}/scorecard")).await;
    assert_eq!(scorecard.status(), StatusCode::CONFLICT);

    let ended = service.analyse(&simulated_request("healthy")).await;
    let path = format!("/api/v1/analyses/{}/cancel", ended["id"].as_str().unwrap());
    let kept: Value = service.post(&path, &json!({})).await.json().await.unwrap();
    assert_eq!(kept["verdict"], "pass", "an ended run does not change");
}

#[tokio::test]
async fn thresholds_labels_and_scope_pairs_of_the_request_count() {
    let service = Service::simulated();
    let mut request = simulated_request("latency-regression");
    // Sixty points: with text in place of numbers, as pipelines send them.
    request["thresholds"] = json!({"pass": "60", "marginal": 40});
    request["labels"] = json!({"commit": "9f8d111"});
    let summary = service.analyse(&request).await;
    assert_eq!(
        service.scorecard(&summary).await["labels"],
        json!({"commit": "9f8d111"})
    );
    assert_eq!(summary["score"], 60.0);
    assert_eq!(
        summary["verdict"], "pass",
        "60 reaches a pass threshold of 60"
    );

    let side = |role: &str| json!({"scope": role, "params": {"scenario": "healthy"}});
    let mut request = simulated_request("healthy");
    request["scopes"] = json!({"other": {"baseline": side("baseline"), "canary": side("canary")}});
    request["config"] = json!({"inline": {
        "apiVersion": "serinus/v1", "name": "two-pairs", "defaults": {"account": "simulator"},
        "metrics": [{
            "name": "cpu", "groups": ["g"], "scope": "other",
            "query": "cpu{scenario=\"${scenario}\",role=\"${scope}\"}",
        }],
        "groups": {"g": 100}, "thresholds": {"pass": 90, "marginal": 75},
    }});
    assert_eq!(service.analyse(&request).await["verdict"], "pass");
}

#[tokio::test]
async fn a_service_told_to_stop_ends_cleanly_and_soon_although_a_run_waits() {
    let mut service = Service::simulated();
    let created: Value = service
        .post("/api/v1/analyses", &waiting_request())
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(created["state"], "queued");
    let ready = service.get("/readyz").await;
    assert_eq!(ready.status(), StatusCode::OK);
    let started = std::time::Instant::now();
    let status = service.process.terminate();
    assert!(status.success(), "{status}");
    assert!(
        started.elapsed() < std::time::Duration::from_secs(10),
        "took {:?}",
        started.elapsed()
    );
}

#[tokio::test]
async fn health_metrics_and_docs_are_served_from_here() {
    let service = Service::simulated();
    for path in ["/livez", "/readyz"] {
        let health: Value = service.get(path).await.json().await.unwrap();
        assert_eq!(health["status"], "ok");
    }
    service.analyse(&simulated_request("healthy")).await;
    let response = service.get("/metrics").await;
    assert!(
        response.headers()["content-type"]
            .to_str()
            .unwrap()
            .starts_with("application/openmetrics-text")
    );
    let metrics = response.text().await.unwrap();
    assert!(
        metrics.contains("serinus_analyses_total{verdict=\"pass\"} 1"),
        "{metrics}"
    );
    // Five metrics of two sides, one of them with two counts, and the work of each side, which all want and which is asked once.
    assert!(
        metrics.contains("serinus_queries_total{account=\"simulator\",outcome=\"ok\"} 14"),
        "{metrics}"
    );
    assert!(metrics.contains("route=\"/api/v1/analyses\""), "{metrics}");
    assert!(metrics.ends_with("# EOF\n"));

    let page = service.get("/docs").await;
    assert_eq!(page.status(), StatusCode::OK, "follows to /docs/");
    let html = page.text().await.unwrap();
    assert!(html.contains("swagger-ui"));
    assert!(
        !html.contains("https://"),
        "the page fetches something from elsewhere: {html}"
    );
    let document: Value = service.get("/openapi.json").await.json().await.unwrap();
    assert_eq!(document["openapi"], "3.1.0");
}
