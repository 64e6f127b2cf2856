//! Judging again from stored samples. That every other test's scorecard comes out the same when it is judged again is seen
//! to where tests read scorecards.

use std::process::Command;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{SERINUS, Service, simulated_request};

async fn record(service: &Service, summary: &Value, look: Option<u32>) -> Value {
    let id = summary["id"].as_str().unwrap();
    let which = look.map_or_else(String::new, |look| format!("?look={look}"));
    let path = format!("/api/v1/analyses/{id}/record{which}");
    let response = service.get(&path).await;
    assert_eq!(response.status(), StatusCode::OK);
    response.json().await.unwrap()
}

/// What the command line makes of a record: its scorecard, and its exit code.
fn by_command(record: &Value, more: &[&str]) -> (Value, i32) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("record.json");
    std::fs::write(&file, record.to_string()).unwrap();
    let output = Command::new(SERINUS)
        .args(["judge", "--format", "json", "--record"])
        .arg(&file)
        .args(more)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let scorecard = serde_json::from_slice(&output.stdout).unwrap_or(Value::String(said));
    (scorecard, output.status.code().unwrap())
}

#[tokio::test]
async fn a_record_is_enough_to_judge_again_elsewhere() {
    let service = Service::simulated();
    for (scenario, code) in [("healthy", 0), ("latency-regression", 1)] {
        let summary = service.analyse(&simulated_request(scenario)).await;
        let scorecard = service.scorecard(&summary).await;
        let record = record(&service, &summary, None).await;
        assert_eq!(record["scorecard"]["evidence"], scorecard["evidence"]);
        let (again, exit) = by_command(&record, &[]);
        for key in [
            "verdict", "score", "reason", "groups", "metrics", "evidence", "config",
        ] {
            assert_eq!(again[key], scorecard[key], "{scenario}: {key}");
        }
        assert_eq!(exit, code, "{scenario}");
    }
}

#[tokio::test]
async fn every_look_can_be_judged_again() {
    let service = Service::simulated();
    let mut request = simulated_request("latency-regression");
    request["looks"] = json!({"every": "15m"});
    let summary = service.analyse(&request).await;
    let id = summary["id"].as_str().unwrap();
    let looks: Value = (service.get(&format!("/api/v1/analyses/{id}/looks")).await)
        .json()
        .await
        .unwrap();
    let looks = looks["looks"].as_array().unwrap();
    let last = looks.last().unwrap();
    for look in looks {
        let number = look["number"].as_u64().unwrap();
        let path = format!("/api/v1/analyses/{id}/looks/{number}/scorecard");
        let scorecard: Value = service.get(&path).await.json().await.unwrap();
        let again = service.rejudged(&summary, &json!({"look": number})).await;
        for key in ["verdict", "score", "reason", "metrics"] {
            assert_eq!(again[key], scorecard[key], "look {number}: {key}");
        }
        let record = record(&service, &summary, u32::try_from(number).ok()).await;
        assert_eq!(by_command(&record, &[]).0["metrics"], scorecard["metrics"]);
    }
    // A look alone is judged at another confidence than one of several.
    let mut alone = record(&service, &summary, None).await;
    alone["sitting"]["rule"] = json!("single");
    let (alone, _) = by_command(&alone, &[]);
    let confidence = |scorecard: &Value| scorecard["metrics"][0]["interval"]["confidence"].clone();
    assert_ne!(last, &Value::Null);
    assert_ne!(
        confidence(&alone),
        confidence(&service.scorecard(&summary).await)
    );
}

#[tokio::test]
async fn other_rules_show_what_they_would_have_decided() {
    let service = Service::simulated();
    let summary = service
        .analyse(&simulated_request("latency-regression"))
        .await;
    assert_eq!(summary["verdict"], "fail");
    let kept = record(&service, &summary, None).await;
    let mut config = kept["config"].clone();
    let lenient = json!({"pass": 0, "marginal": 0});
    config["thresholds"] = lenient.clone();
    for metric in config["metrics"].as_array_mut().unwrap() {
        metric["critical"] = json!(false);
        metric["guardrails"] = json!([]);
    }
    let otherwise = json!({"config": {"inline": config}});
    let again = service.rejudged(&summary, &otherwise).await;
    assert_eq!(again["verdict"], "pass", "{}", again["reason"]);
    assert_eq!(again["thresholds"], json!({"pass": 0.0, "marginal": 0.0}));
    assert_ne!(again["config"]["digest"], summary["config"]["digest"]);
    // Another judge: the same samples, in its own words.
    let otherwise = json!({"judge": "netflix-aca"});
    let again = service.rejudged(&summary, &otherwise).await;
    assert_eq!(again["judge"], "netflix-aca");
    assert_eq!(
        again["metrics"][2]["outcome"], "high",
        "{}",
        again["reason"]
    );
    assert_eq!(again["metrics"][2]["netflixAca"]["classification"], "High");
    // Nothing of it is kept.
    let scorecard = service.scorecard(&summary).await;
    assert_eq!(scorecard["verdict"], "fail");

    config["metrics"].as_array_mut().unwrap().truncate(1);
    config["groups"] = json!({});
    let groups = config["metrics"][0]["groups"].clone();
    config["groups"][groups[0].as_str().unwrap()] = json!(100);
    let again = service
        .rejudged(&summary, &json!({"config": {"inline": config}}))
        .await;
    assert_eq!(again["metrics"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_cannot_be_judged_again_is_told() {
    let service = Service::simulated();
    let summary = service.analyse(&simulated_request("healthy")).await;
    let id = summary["id"].as_str().unwrap();
    let rejudge = format!("/api/v1/analyses/{id}/rejudge");
    let mut config = record(&service, &summary, None).await["config"].clone();
    config["metrics"][0]["name"] = json!("never measured");
    for (otherwise, status, pointer) in [
        (
            json!({"config": {"inline": config}}),
            422,
            "/config/metrics/0",
        ),
        (json!({"config": {"name": "nobody"}}), 422, "/config/name"),
        (
            json!({"thresholds": {"pass": 10, "marginal": 20}}),
            422,
            "/thresholds",
        ),
        (json!({"look": 7}), 404, ""),
        (json!({"looks": 7}), 422, "/looks"),
        (json!([]), 422, ""),
    ] {
        let response = service.post(&rejudge, &otherwise).await;
        assert_eq!(response.status(), status, "{otherwise}");
        let problem: Value = response.json().await.unwrap();
        if status == 422 {
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem:#}");
        }
    }
    for path in ["rejudge", "record"] {
        let unknown = format!("/api/v1/analyses/0199a2f0-0000-7000-8000-000000000000/{path}");
        let response = match path {
            "record" => service.get(&unknown).await,
            _ => service.post(&unknown, &json!({})).await,
        };
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
    }
    let mut ahead = simulated_request("healthy");
    ahead["window"] = json!({"duration": "1h"});
    let waiting: Value = (service.post("/api/v1/analyses", &ahead).await)
        .json()
        .await
        .unwrap();
    let id = waiting["id"].as_str().unwrap();
    let response = service
        .post(&format!("/api/v1/analyses/{id}/rejudge"), &json!({}))
        .await;
    assert_eq!(response.status(), StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_record_that_does_not_fit_together_is_refused() {
    let service = Service::simulated();
    let summary = service.analyse(&simulated_request("healthy")).await;
    let whole = record(&service, &summary, None).await;
    let changed = |pointer: &str, value: Value| {
        let mut record = whole.clone();
        *record.pointer_mut(pointer).unwrap() = value;
        by_command(&record, &[])
    };
    for (pointer, value, expected) in [
        (
            "/config/metrics/0/name",
            json!("other"),
            "no samples of \"other\"",
        ),
        (
            "/config/thresholds",
            json!({"pass": 1, "marginal": 2}),
            "thresholds",
        ),
        (
            "/scorecard/evidence/0/canary/values",
            json!([1, "x"]),
            "expected f64",
        ),
        ("/sitting/progress", json!(0), "above 0"),
        ("/sitting", json!({}), "missing field"),
        ("/scorecard", json!(null), "invalid type"),
    ] {
        let (said, exit) = changed(pointer, value);
        assert_eq!(exit, 2, "{pointer}: {said}");
        let said = said.as_str().unwrap();
        assert!(said.contains(expected), "{pointer}: {said}");
    }
    // Sides of different lengths are no pair, and no reason to pass.
    let evidence = whole["scorecard"]["evidence"].as_array().unwrap();
    let paired = |metric: &Value| metric["comparison"]["design"] == "paired";
    let place = evidence.iter().position(paired).unwrap();
    let canary = format!("/scorecard/evidence/{place}/canary/values");
    let (scorecard, _) = changed(&canary, json!([1.0]));
    assert_eq!(scorecard["metrics"][place]["outcome"], "error");
    // What a query failed with is kept, and stays an error.
    let (scorecard, _) = changed("/scorecard/evidence/0/failure", json!("canary: no answer"));
    assert_eq!(scorecard["metrics"][0]["outcome"], "error");
    assert_eq!(scorecard["metrics"][0]["reason"], "canary: no answer");
}
