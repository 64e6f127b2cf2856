//! What is told, and to whom of those who ask for it.

use jiff::Timestamp;
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use super::receiver::{arrived, ended, receiver, request, settings, settled, to_bot, told_at};
use crate::support::Service;

fn ok() -> ResponseTemplate {
    ResponseTemplate::new(200)
}

#[tokio::test]
async fn whoever_wants_to_is_told_of_every_look() {
    let bot = receiver(ok()).await;
    let service = told_at(&bot.uri());
    let both = json!([{"receiver": "bot", "events": ["look.ended", "analysis.ended"]}]);
    let mut asked = request("healthy", both);
    asked["looks"] = json!({"every": "20m"});
    let summary = service.analyse(&asked).await;
    let deliveries = settled(&service, &summary).await;
    let mut told: Vec<Value> = arrived(&bot, deliveries.len())
        .await
        .iter()
        .map(|message| message.body_json().unwrap())
        .collect();
    // Messages may overtake each other; each says when it happened.
    told.sort_by_key(|body| {
        body["timestamp"]
            .as_str()
            .unwrap()
            .parse::<Timestamp>()
            .unwrap()
    });
    let last = told.pop().unwrap();
    assert_eq!(last["type"], "analysis.ended");
    assert_eq!(ended(&last["data"]).0, summary);
    assert!(!told.is_empty());
    for (place, body) in told.iter().enumerate() {
        assert_eq!(body["type"], "look.ended");
        let data = &body["data"];
        assert_eq!(
            (&data["id"], &data["application"], &data["config"]),
            (&summary["id"], &summary["application"], &summary["config"])
        );
        assert_eq!(data["looksPlanned"], 3);
        assert_eq!(data["look"]["number"], place + 1);
        assert!(data["look"]["verdict"].is_string(), "{body:#}");
        assert_eq!(data["reportUrl"], summary["reportUrl"]);
    }
    let looks: Vec<_> = deliveries.iter().map(|one| one["look"].clone()).collect();
    let expected: Vec<_> = (1..=told.len()).map(|look| json!(look)).collect();
    assert_eq!(looks[..told.len()], expected);
    assert_eq!(looks[told.len()], 0);
}

#[tokio::test]
async fn whoever_wants_to_hears_bad_news_only() {
    let bot = receiver(ok()).await;
    let service = told_at(&bot.uri());
    let bad = json!([{"receiver": "bot", "verdicts": ["fail", "error"]}]);
    let good = service.analyse(&request("healthy", bad.clone())).await;
    assert_eq!(good["verdict"], "pass");
    assert_eq!(settled(&service, &good).await, [] as [Value; 0]);
    let failed = service
        .analyse(&request("latency-regression", bad.clone()))
        .await;
    settled(&service, &failed).await;
    let mut asked = request("healthy", bad);
    asked["window"] = json!({"duration": "1h"});
    let started: Value = service
        .post("/api/v1/analyses", &asked)
        .await
        .json()
        .await
        .unwrap();
    let id = started["id"].as_str().unwrap();
    let path = format!("/api/v1/analyses/{id}/cancel");
    let cancelled: Value = service.post(&path, &json!({})).await.json().await.unwrap();
    settled(&service, &cancelled).await;
    let told = arrived(&bot, 2).await;
    let told: Vec<Value> = told
        .iter()
        .map(|message| ended(&message.body_json::<Value>().unwrap()["data"]).0)
        .collect();
    assert_eq!(told, [failed, cancelled]);
}

#[tokio::test]
async fn a_cancelled_run_is_told_too_and_not_signed_without_secrets() {
    let bot = receiver(ok()).await;
    let service = told_at(&bot.uri());
    let mut asked = request("healthy", to_bot());
    asked["window"] = json!({"duration": "1h"});
    let started: Value = service
        .post("/api/v1/analyses", &asked)
        .await
        .json()
        .await
        .unwrap();
    let id = started["id"].as_str().unwrap();
    let path = format!("/api/v1/analyses/{id}/cancel");
    let cancelled: Value = service.post(&path, &json!({})).await.json().await.unwrap();
    assert_eq!(cancelled["state"], "cancelled");
    settled(&service, &started).await;
    let messages = arrived(&bot, 1).await;
    let body: Value = messages[0].body_json().unwrap();
    assert_eq!(ended(&body["data"]), (cancelled, vec![]));
    // Without secrets there is nothing to sign with.
    assert!(messages[0].headers.get("webhook-signature").is_none());
}

#[tokio::test]
async fn whoever_is_told_of_every_run_and_named_by_one_is_told_once() {
    let bot = receiver(ok()).await;
    let service = Service::start(&settings(
        &format!("{{bot: {{url: \"{}\"}}}}", bot.uri()),
        "  everyRun: [{receiver: bot, events: [analysis.started, analysis.ended]}]\n",
    ));
    let summary = service.analyse(&request("healthy", to_bot())).await;
    let deliveries = settled(&service, &summary).await;
    let told: Vec<_> = deliveries.iter().map(|one| one["event"].clone()).collect();
    assert_eq!(
        told,
        ["analysis.started", "analysis.ended"],
        "{deliveries:#?}"
    );
    assert_eq!(arrived(&bot, 2).await.len(), 2);
}

/// The run of a stage tells what it means for the rollout, so that a pipeline needs to ask nobody.
#[tokio::test]
async fn the_run_of_a_stage_tells_what_to_do_with_the_rollout() {
    let bot = receiver(ok()).await;
    let chat = receiver(ok()).await;
    let service = Service::start(&settings(
        &format!(
            "{{bot: {{url: \"{}\"}}, chat: {{url: \"{}\", format: slack}}}}",
            bot.uri(),
            chat.uri()
        ),
        "",
    ));
    let scope = |role: &str| json!({"scope": role, "params": {"scenario": "healthy"}});
    let query = "latency_p50{scenario=\"${scenario}\",role=\"${scope}\"}";
    let plan = json!({
        "application": "shop",
        "config": {"inline": {
            "apiVersion": "serinus/v1", "name": "one", "defaults": {"account": "simulator"},
            "metrics": [{"name": "latency", "groups": ["g"], "direction": "increase", "query": query}],
            "groups": {"g": 100}, "thresholds": {"pass": 90, "marginal": 75},
        }},
        "baseline": scope("baseline"), "canary": scope("canary"),
        "stages": [{"weight": "5%", "duration": "1h"}, {"weight": "50%", "duration": "1h"}],
        "looks": {"every": "30m"},
        "callbacks": [
            {"receiver": "bot", "events": ["analysis.started", "look.ended", "analysis.ended"]},
            {"receiver": "chat"},
        ],
    });
    let rollout: Value = service
        .post("/api/v1/rollouts", &plan)
        .await
        .json()
        .await
        .unwrap();
    let id = rollout["id"].as_str().unwrap();
    let live = json!({"stage": 1, "at": "2026-01-14T09:01:00Z"});
    let live = service
        .post(&format!("/api/v1/rollouts/{id}/live"), &live)
        .await;
    assert_eq!(live.status(), 200);
    let rollout = loop {
        let path = format!("/api/v1/rollouts/{id}?wait=10s");
        let rollout: Value = service.get(&path).await.json().await.unwrap();
        if rollout["action"] != "wait" {
            break rollout;
        }
    };
    assert_eq!(
        (&rollout["action"], &rollout["stage"]),
        (&json!("promote"), &json!(2))
    );
    let messages = arrived(&bot, 3).await;
    for message in &messages {
        let body: Value = message.body_json().unwrap();
        let told = &body["data"]["rollout"];
        assert_eq!(
            (&told["id"], &told["stage"], &told["stages"]),
            (&json!(id), &json!(1), &json!(2)),
            "{body:#}"
        );
        assert_eq!(told["reportUrl"], rollout["reportUrl"]);
        if body["type"] == "analysis.ended" {
            for key in ["state", "action", "weight", "reason"] {
                assert_eq!(told[key], rollout[key], "{key}: {body:#}");
            }
        }
    }
    let text: Value = arrived(&chat, 1).await[0].body_json().unwrap();
    let text = text["text"].as_str().unwrap();
    assert!(text.contains("\nStage 1 of 2: *promote*, <http"), "{text}");

    // No run of others is called as those of its stages are.
    let key = format!(
        "{}/api/v1/analyses/by-key/rollout%20{id}%20stage%202",
        service.url
    );
    let asked = request("healthy", to_bot());
    let response = reqwest::Client::new().put(key).json(&asked);
    let response = response.send().await.unwrap();
    assert_eq!(response.status(), 400);
}
