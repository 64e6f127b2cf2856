//! Scores exactly at a threshold and just below it, as every client hears them.

use std::process::Command;

use reqwest::Client;
use serde_json::{Value, json};

use super::{
    Pipeline,
    argo::{Phase, about},
    flagger::{Flagger, Heard},
    request,
    spinnaker::{Stage, created, monitored, stage},
};
use crate::support::SERINUS;

/// Latency is worse in this scenario and the processor's use is not, so that the score is the weight of the latter.
fn config(score: f64) -> String {
    format!(
        r#"
apiVersion: serinus/v1
name: checkout
defaults: {{account: simulator, step: 1s, minimumSamples: 5}}
metrics:
  - name: latency
    groups: [worse]
    direction: increase
    effect: {{allowed: 25%, mustDetect: 100%}}
    query: latency_p50{{scenario="${{location}}",role="${{scope}}"}}
  - name: cpu
    groups: [same]
    direction: increase
    effect: {{allowed: 50%, mustDetect: 200%}}
    query: cpu{{scenario="${{location}}",role="${{scope}}"}}
groups: {{same: {score}, worse: {}}}
thresholds: {{pass: 90, marginal: 75}}
"#,
        100.0 - score
    )
}

/// What each client hears of a score.
#[derive(Debug, PartialEq)]
struct Said {
    verdict: Value,
    exit: Option<i32>,
    score: Value,
    passes: Value,
    goes_on: bool,
    promotes: bool,
    rolls_back: bool,
    argo: Vec<Phase>,
    spinnaker: Stage,
}

const SCENARIO: &str = "latency-regression";

/// What each of Argo's forms makes of it. Those that ask again and again speak of one run.
async fn argo(service: &crate::support::Service) -> Vec<Phase> {
    let forms = ["synchronous", "error-as-pending", "inconclusive-as-pending"];
    let mut heard = Vec::new();
    for form in forms {
        let mut metric = about(form, SCENARIO, request(SCENARIO)["window"].clone());
        let body = &mut metric.0["provider"]["web"]["jsonBody"];
        body.as_object_mut().unwrap().remove("looks");
        loop {
            match metric.measured(service).await {
                Phase::Error => tokio::time::sleep(std::time::Duration::from_millis(100)).await,
                phase => break heard.push(phase),
            }
        }
    }
    heard
}

async fn spinnaker(pipeline: &Pipeline) -> Stage {
    let mut stage = stage("01", SCENARIO, request(SCENARIO)["window"].clone());
    stage["payload"].as_object_mut().unwrap().remove("looks");
    let run = created(pipeline, &stage).await;
    monitored(&stage, &run).await
}

async fn said(score: f64) -> Said {
    let pipeline = Pipeline::with(&config(score));
    let service = &pipeline.service;
    let summary = service.analyse(&request("latency-regression")).await;
    assert_eq!(summary["score"], score, "{summary:#}");
    let gate = Command::new(SERINUS)
        .args(["analyze", "--application", "shop", "--config", "checkout"])
        .args(["--baseline", "baseline", "--canary", "canary"])
        .args(["--location", "latency-regression"])
        .args([
            "--start",
            "2026-01-14T09:00:00Z",
            "--end",
            "2026-01-14T09:20:00Z",
        ])
        .env("SERINUS_SERVER", &service.url)
        .env_remove("GITHUB_ACTIONS")
        .output()
        .unwrap();
    let asked = async |measure: &str| -> Value {
        let url = format!("{}/prometheus/api/v1/query", service.url);
        let query = format!("{measure}{{application=\"shop\"}}");
        let response = Client::new()
            .get(url)
            .query(&[("query", query)])
            .send()
            .await
            .unwrap();
        let body: Value = response.json().await.unwrap();
        body["data"]["result"][0]["value"][1].clone()
    };
    let flagger = Flagger {
        service,
        checksum: "1",
    };
    let watching = json!({
        "config": "checkout", "baseline": "baseline", "canary": "canary", "location": "latency-regression",
        "duration": "40s", "every": "20s", "step": "1s",
    });
    let (score, passes) = (asked("serinus_score").await, asked("serinus_pass").await);
    flagger
        .call("pre-rollout", "Progressing", watching)
        .await
        .success();
    let ended = flagger.ended().await;
    assert_eq!(ended["verdict"], summary["verdict"], "{ended:#}");
    let yes = async |hook: &str| matches!(flagger.ask(hook).await, Heard::Success(_));
    Said {
        verdict: summary["verdict"].clone(),
        exit: gate.status.code(),
        score,
        passes,
        goes_on: yes("rollout").await,
        promotes: yes("confirm-promotion").await,
        rolls_back: yes("rollback").await,
        argo: argo(service).await,
        spinnaker: spinnaker(&pipeline).await,
    }
}

fn expected(verdict: &str, exit: i32, score: &str) -> Said {
    let passed = verdict == "pass";
    Said {
        verdict: json!(verdict),
        exit: Some(exit),
        score: json!(score),
        passes: json!(if passed { "1" } else { "0" }),
        goes_on: passed,
        promotes: passed,
        rolls_back: verdict == "fail",
        argo: vec![
            match verdict {
                "pass" => Phase::Successful,
                "fail" => Phase::Failed,
                _ => Phase::Inconclusive,
            };
            3
        ],
        spinnaker: if passed {
            Stage::Succeeded
        } else {
            Stage::Terminal(verdict.to_uppercase())
        },
    }
}

#[tokio::test]
async fn a_threshold_is_reached_and_not_rounded_to() {
    let scores = [
        (90.0, expected("pass", 0, "90")),
        (89.99, expected("marginal", 3, "89.99")),
        (75.0, expected("marginal", 3, "75")),
        (74.99, expected("fail", 1, "74.99")),
    ];
    let all = scores.map(async |(score, expected)| {
        assert_eq!(said(score).await, expected, "{score}");
    });
    futures_util::future::join_all(all).await;
}
