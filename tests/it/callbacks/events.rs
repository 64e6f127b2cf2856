//! What is told, and to whom of those who ask for it.

use jiff::Timestamp;
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use super::receiver::{arrived, ended, receiver, request, settled, to_bot, told_at};

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
