//! Spinnaker's webhook stage, as Orca carries it out.

use std::time::Duration;

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use super::{Pipeline, only, request};

/// How a stage ends.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Succeeded,
    Terminal(String),
}

/// The shipped stage for one execution, with the expressions that Orca evaluates.
pub(super) fn stage(execution: &str, scenario: &str, window: Value) -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/spinnaker/stage.json");
    let text = std::fs::read_to_string(path).unwrap();
    let text = text.replace("${execution.id}", execution);
    assert!(
        !text.contains("${"),
        "an expression that Orca does not know"
    );
    let mut stage: Value = serde_json::from_str(&text).unwrap();
    let short = request(scenario);
    for key in ["config", "baseline", "canary"] {
        stage["payload"][key] = short[key].clone();
    }
    stage["payload"]["window"] = window;
    stage["payload"]["looks"] = json!({"every": "5m"});
    stage
}

fn text<'a>(stage: &'a Value, field: &str) -> &'a str {
    stage[field].as_str().unwrap_or_else(|| panic!("{field}"))
}

/// The value at `$.key`.
fn at<'a>(body: &'a Value, stage: &Value, field: &str) -> &'a Value {
    let key = text(stage, field).strip_prefix("$.").unwrap();
    body.get(key)
        .unwrap_or_else(|| panic!("{key} is absent: {body:#}"))
}

fn here(pipeline: &Pipeline, url: &str) -> String {
    let path = url.strip_prefix("http://serinus.serinus:8090").unwrap();
    format!("{}{path}", pipeline.service.url)
}

pub(super) async fn created(pipeline: &Pipeline, stage: &Value) -> Value {
    assert_eq!(
        (&stage["type"], &stage["method"]),
        (&json!("webhook"), &json!("POST"))
    );
    let mut call = Client::new().post(here(pipeline, text(stage, "url")));
    for (name, value) in stage["customHeaders"].as_object().unwrap() {
        call = call.header(name, value.as_str().unwrap());
    }
    let response = call
        .body(stage["payload"].to_string())
        .send()
        .await
        .unwrap();
    // 202 while it goes on, 200 if it has ended; both are a success.
    assert!(response.status().is_success(), "{}", response.status());
    response.json().await.unwrap()
}

/// Polls as Orca does; an error other than 429 and 5xx would end the stage at once.
pub(super) async fn monitored(stage: &Value, created: &Value) -> Stage {
    assert_eq!(stage["statusUrlResolution"], "webhookResponse");
    let url = at(created, stage, "statusUrlJsonPath").as_str().unwrap();
    assert!(
        url.starts_with("http://"),
        "a relative address is used as it is: {url}"
    );
    let listed = |field: &str, word: &str| {
        let words = stage[field].as_str().unwrap_or_default().to_uppercase();
        words.split(',').any(|listed| listed.trim() == word)
    };
    loop {
        let response = Client::new().get(url).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "readable at once");
        let body: Value = response.json().await.unwrap();
        let status = at(&body, stage, "statusJsonPath");
        let status = status
            .as_str()
            .expect("a number would be percents")
            .to_uppercase();
        let progress = at(&body, stage, "progressJsonPath");
        assert!(
            progress.as_str().is_some_and(|text| !text.is_empty()),
            "{body:#}"
        );
        if listed("successStatuses", &status) {
            return Stage::Succeeded;
        }
        if listed("terminalStatuses", &status) {
            return Stage::Terminal(status);
        }
        assert_eq!(
            status, "PENDING",
            "a word that is not listed would run until the timeout"
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test]
async fn a_stage_ends_with_the_verdict() {
    let pipeline = Pipeline::start();
    let now = jiff::Timestamp::now();
    let window = json!({"start": now - jiff::SignedDuration::from_mins(10), "end": now});
    let ends = [
        ("healthy", Stage::Succeeded),
        ("latency-regression", Stage::Terminal("FAIL".to_owned())),
        ("no-data", Stage::Terminal("INCONCLUSIVE".to_owned())),
    ];
    let stages = ends.map(async |(scenario, end)| {
        let stage = stage(&format!("01-{scenario}"), scenario, window.clone());
        let run = created(&pipeline, &stage).await;
        // Orca repeats a POST that it got no answer to.
        let again = created(&pipeline, &stage).await;
        assert_eq!(run["id"], again["id"]);
        assert_eq!(monitored(&stage, &run).await, end, "{scenario}");
    });
    futures_util::future::join_all(stages).await;
}

#[tokio::test]
async fn a_stage_is_cancelled_before_and_after_its_end() {
    let pipeline = Pipeline::start();
    let stage = stage("02", "healthy", json!({"duration": "1h"}));
    let run = created(&pipeline, &stage).await;
    let cancel = here(&pipeline, text(&stage, "cancelEndpoint"));
    for _ in 0..2 {
        let call = Client::new().post(&cancel).json(&stage["cancelPayload"]);
        let response = call.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let cancelled: Value = response.json().await.unwrap();
        assert_eq!(
            (&cancelled["id"], &cancelled["state"]),
            (&run["id"], &json!("cancelled"))
        );
    }
    assert_eq!(
        monitored(&stage, &run).await,
        Stage::Terminal("ERROR".to_owned())
    );
    // The summary's own address does the same.
    let own = run["cancelUrl"].as_str().unwrap();
    assert_eq!(
        Client::new().post(own).send().await.unwrap().status(),
        StatusCode::OK
    );
}

/// The preconfigured webhook is a stage, with people's words in place of its parameters.
#[tokio::test]
async fn the_preconfigured_webhook_starts_a_run() {
    let pipeline = Pipeline::start();
    let document = only("spinnaker/preconfigured-webhook.yaml");
    let hook = &document["webhook"]["preconfigured"][0];
    let fill = |text: &str| {
        let mut text = text
            .replace("${execution.id}", "03")
            .replace("${execution.application}", "shop");
        for parameter in hook["parameters"].as_array().unwrap() {
            let name = parameter["name"].as_str().unwrap();
            let value = match name {
                "config" => "checkout",
                name => parameter["defaultValue"].as_str().unwrap_or(name),
            };
            text = text.replace(&format!("${{parameterValues['{name}']}}"), value);
        }
        assert!(!text.contains("${"), "{text}");
        text
    };
    let mut payload: Value = serde_json::from_str(&fill(text(hook, "payload"))).unwrap();
    for side in ["baseline", "canary"] {
        payload[side]["location"] = json!("healthy");
    }
    let key = fill(
        hook["customHeaders"]["Idempotency-Key"][0]
            .as_str()
            .unwrap(),
    );
    let call = Client::new().post(here(&pipeline, text(hook, "url")));
    let response = call
        .header("idempotency-key", key)
        .json(&payload)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::ACCEPTED);
    let run: Value = response.json().await.unwrap();
    for field in ["statusUrlJsonPath", "statusJsonPath", "progressJsonPath"] {
        assert!(at(&run, hook, field).is_string(), "{field}");
    }
    let cancel = here(&pipeline, &fill(text(hook, "cancelEndpoint")));
    let response = Client::new().post(cancel).send().await.unwrap();
    let cancelled: Value = response.json().await.unwrap();
    assert_eq!(
        (&cancelled["id"], &cancelled["state"]),
        (&run["id"], &json!("cancelled"))
    );
}
