//! Runs of several looks, from request to verdict.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{Service, simulated_request};

fn watched(scenario: &str, looks: Value) -> Value {
    let mut request = simulated_request(scenario);
    request["looks"] = looks;
    request
}

async fn looks(service: &Service, summary: &Value) -> Value {
    let id = summary["id"].as_str().unwrap();
    let looks = service.get(&format!("/api/v1/analyses/{id}/looks")).await;
    looks.json().await.unwrap()
}

#[tokio::test]
async fn a_healthy_release_passes_at_the_end_and_a_worse_one_fails_before() {
    let service = Service::simulated();
    let healthy = watched("healthy", json!({"every": "5m"}));
    let healthy = service.analyse(&healthy).await;
    assert_eq!(healthy["verdict"], "pass", "{healthy:#}");
    let seen = looks(&service, &healthy).await;
    assert_eq!(seen["planned"], 12);
    let all = seen["looks"].as_array().unwrap();
    assert_eq!(all.len(), 12, "{seen:#}");
    assert!(
        all[..11].iter().all(|look| look["decision"] == "continue"),
        "{seen:#}"
    );
    assert_eq!(all[11]["decision"], json!({"stop": "end"}), "{seen:#}");

    let slower = watched("latency-regression", json!({"every": "5m"}));
    let slower = service.analyse(&slower).await;
    assert_eq!(
        (&slower["verdict"], &slower["action"]),
        (&json!("fail"), &json!("rollback")),
        "{slower:#}"
    );
    let seen = looks(&service, &slower).await;
    let all = seen["looks"].as_array().unwrap();
    assert!(all.len() < 12, "{seen:#}");
    assert_eq!(
        all.last().unwrap()["decision"],
        json!({"stop": "failed"}),
        "{seen:#}"
    );

    // Each look saw what there was, and its scorecard is kept.
    let id = slower["id"].as_str().unwrap();
    let scorecard = async |look: usize| {
        let path = format!("/api/v1/analyses/{id}/looks/{look}/scorecard");
        service.get(&path).await
    };
    for look in 1..=all.len() {
        let scorecard: Value = scorecard(look).await.json().await.unwrap();
        let samples = scorecard["evidence"][0]["canary"]["values"]
            .as_array()
            .unwrap();
        assert_eq!(samples.len(), look * 5, "look {look}");
    }
    assert_eq!(
        scorecard(all.len() + 1).await.status(),
        StatusCode::NOT_FOUND
    );
    let last = scorecard(all.len()).await.json::<Value>().await.unwrap();
    assert_eq!(service.scorecard(&slower).await, last);
}

/// Not critical, and too little of the score to fail the run: it ends because the metric fails again and again.
#[tokio::test]
async fn failing_at_looks_in_a_row_ends_the_run() {
    let service = Service::simulated();
    let request = |guardrails: Value| {
        let metric = |name: &str, signal: &str, guardrails: &Value| {
            json!({
                "name": name, "groups": ["all"], "direction": "increase", "guardrails": guardrails,
                "query": format!("{signal}{{scenario=\"${{scenario}}\",role=\"${{scope}}\"}}"),
            })
        };
        let none = json!([]);
        let mut metrics = vec![metric("latency", "latency_p50", &guardrails)];
        metrics.extend((0..9).map(|n| metric(&format!("requests-{n}"), "requests", &none)));
        let mut request = watched(
            "latency-regression",
            json!({"every": "5m", "rule": "each-alone"}),
        );
        request["config"] = json!({"inline": {
            "apiVersion": "serinus/v1", "name": "guarded", "defaults": {"account": "simulator", "minimumSamples": 5},
            "metrics": metrics, "groups": {"all": 100}, "thresholds": {"pass": 50, "marginal": 20},
        }});
        request
    };
    let unguarded = service.analyse(&request(json!([]))).await;
    assert_eq!(unguarded["verdict"], "pass", "{unguarded:#}");
    let summary = service.analyse(&request(json!([{"failedLooks": 3}]))).await;
    assert_eq!(
        (&summary["verdict"], &summary["action"]),
        (&json!("fail"), &json!("rollback")),
        "{summary:#}"
    );
    let reason = summary["reason"].as_str().unwrap();
    assert!(
        reason.ends_with("(guardrail: in 3 looks in a row)"),
        "{reason}"
    );
    let seen = looks(&service, &summary).await;
    let all = seen["looks"].as_array().unwrap();
    let mut in_a_row = 0;
    for look in all {
        assert!(in_a_row < 3, "one look too many: {seen:#}");
        let failed = look["record"]["failed"] == json!(["latency"]);
        in_a_row = if failed { in_a_row + 1 } else { 0 };
    }
    assert_eq!(in_a_row, 3, "{seen:#}");
    assert_eq!(
        all.last().unwrap()["decision"],
        json!({"stop": "guardrail"})
    );
}

#[tokio::test]
async fn a_sliding_look_sees_its_own_part() {
    let service = Service::simulated();
    let request = watched(
        "healthy",
        json!({"every": "15m", "lookback": "20m", "rule": "each-alone"}),
    );
    let summary = service.analyse(&request).await;
    let id = summary["id"].as_str().unwrap();
    let mut seen = Vec::new();
    for look in 1..=4 {
        let path = format!("/api/v1/analyses/{id}/looks/{look}/scorecard");
        let scorecard: Value = service.get(&path).await.json().await.unwrap();
        let canary = &scorecard["evidence"][0]["canary"];
        seen.push((
            canary["start"].clone(),
            canary["values"].as_array().unwrap().len(),
        ));
    }
    let expected = [("09:01", 15), ("09:11", 20), ("09:26", 20), ("09:41", 20)];
    let expected =
        expected.map(|(time, samples)| (json!(format!("2026-01-14T{time}:00Z")), samples));
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_run_is_watched_as_its_data_comes() {
    let service = Service::simulated();
    let mut request = watched("healthy", json!({"every": "6s"}));
    request["window"] = json!({"duration": "12s", "warmUp": "1s"});
    request["step"] = json!("1s");
    let created: Value = service
        .post("/api/v1/analyses", &request)
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(created["state"], "queued", "{created:#}");
    let path = format!("/api/v1/analyses/{}", created["id"].as_str().unwrap());
    let mut told = Vec::new();
    loop {
        let summary: Value = service
            .get(&format!("{path}?wait=1s"))
            .await
            .json()
            .await
            .unwrap();
        if summary["verdict"] != "pending" {
            assert_eq!(summary["state"], "succeeded", "{summary:#}");
            break;
        }
        if summary["state"] == "running" {
            told.push(summary["reason"].as_str().unwrap().to_owned());
        }
    }
    assert!(
        told.iter()
            .any(|reason| reason.starts_with("look 1 of 2: ")),
        "{told:?}"
    );
}

#[tokio::test]
async fn what_a_look_found_is_not_what_a_cancelled_run_found() {
    let service = Service::simulated();
    let mut request = watched("healthy", json!({"every": "6s"}));
    request["window"] = json!({"duration": "2m"});
    request["step"] = json!("1s");
    let created: Value = service
        .post("/api/v1/analyses", &request)
        .await
        .json()
        .await
        .unwrap();
    let path = format!("/api/v1/analyses/{}", created["id"].as_str().unwrap());
    let look = format!("{path}/looks/1/scorecard");
    let started = std::time::Instant::now();
    while service.get(&look).await.status() != StatusCode::OK {
        assert!(started.elapsed().as_secs() < 60, "no look within a minute");
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    let told = async |path: &str| {
        let response = service.get(path).await;
        (response.status(), response.text().await.unwrap())
    };
    let cancelled = service.post(&format!("{path}/cancel"), &json!({})).await;
    assert_eq!(cancelled.status(), StatusCode::OK);
    for form in [
        "scorecard",
        "report.xml",
        "report.md",
        "report.txt",
        "report.html",
    ] {
        let (status, text) = told(&format!("{path}/{form}")).await;
        assert_eq!(status, StatusCode::CONFLICT, "{form}: {text}");
        assert!(text.contains("/looks/{number}/scorecard"), "{text}");
    }
    let (status, text) = told(&format!(
        "/ui/analyses/{}.txt",
        created["id"].as_str().unwrap()
    ))
    .await;
    assert_eq!(status, StatusCode::OK);
    assert!(text.contains("the run was cancelled"), "{text}");
    // The look is still there for those who ask for it.
    assert_eq!(told(&look).await.0, StatusCode::OK);
}

#[tokio::test]
async fn looks_that_cannot_be_are_refused() {
    let service = Service::simulated();
    let refused = async |request: Value| {
        let response = service.post("/api/v1/analyses", &request).await;
        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let problem: Value = response.json().await.unwrap();
        let error = &problem["errors"][0];
        format!(
            "{}: {}",
            error["pointer"].as_str().unwrap(),
            error["detail"].as_str().unwrap()
        )
    };
    let told = refused(watched("healthy", json!({"every": "2h"}))).await;
    assert!(told.starts_with("/looks/every: "), "{told}");
    let told = refused(watched("healthy", json!({"every": "10s"}))).await;
    assert!(told.starts_with("/looks/every: the first look: "), "{told}");
    let mut short = watched("healthy", json!({"every": "4m"}));
    short["window"]["end"] = json!("2026-01-14T09:08:00Z");
    let told = refused(short).await;
    assert!(
        told.starts_with("/window: metric") && told.contains("the whole window holds 8"),
        "{told}"
    );
    let mut aca = watched("healthy", json!({"every": "5m", "rule": "planned"}));
    let mut config: Value = service
        .get("/api/v1/configs/simulated")
        .await
        .json()
        .await
        .unwrap();
    config["judge"] = json!({"name": "netflix-aca"});
    for metric in config["metrics"].as_array_mut().unwrap() {
        metric["effect"] = json!({});
    }
    aca["config"] = json!({"inline": config});
    let told = refused(aca).await;
    assert!(told.starts_with("/looks/rule: "), "{told}");
}
