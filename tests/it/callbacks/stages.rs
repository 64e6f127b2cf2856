//! What the messages of a stage's run say of its rollout.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use serde_json::{Value, json};
use wiremock::{Request, ResponseTemplate};

use super::receiver::{arrived, receiver, settings};
use crate::support::Service;

fn ok() -> ResponseTemplate {
    ResponseTemplate::new(200)
}

/// The path of a rollout in two stages of an hour each, which the bot is told of.
async fn planned(service: &Service) -> String {
    let scope = |role: &str| json!({"scope": role, "params": {"scenario": "healthy"}});
    let plan = json!({
        "application": "shop", "config": {"name": "simulated"},
        "baseline": scope("baseline"), "canary": scope("canary"),
        "stages": [{"weight": "50%", "duration": "1h"}, {"weight": "75%", "duration": "1h"}],
        "callbacks": [{"receiver": "bot"}],
    });
    let planned = service.post("/api/v1/rollouts", &plan).await;
    let rollout: Value = planned.json().await.unwrap();
    format!("/api/v1/rollouts/{}", rollout["id"].as_str().unwrap())
}

/// A message tells of the rollout what its own address does.
fn assert_tells(body: &Value, rollout: &Value) {
    let told = &body["data"]["rollout"];
    for key in ["state", "action", "weight", "reason"] {
        assert_eq!(told[key], rollout[key], "{key}: {body:#}");
    }
}

#[tokio::test]
async fn what_a_person_decided_is_what_the_run_of_the_stage_tells() {
    let bot = receiver(ok()).await;
    let service = Service::start(&settings(
        &format!("{{bot: {{url: \"{}\"}}}}", bot.uri()),
        "",
    ));
    let path = planned(&service).await;
    let decision = json!({"action": "rollback", "by": "kim", "reason": "customers call"});
    for (what, body) in [("live", json!({"stage": 1})), ("decisions", decision)] {
        let response = service.post(&format!("{path}/{what}"), &body).await;
        assert_eq!(response.status(), 200, "{what}");
    }
    let body: Value = arrived(&bot, 1).await[0].body_json().unwrap();
    let rollout: Value = service.get(&path).await.json().await.unwrap();
    assert_eq!(rollout["state"], "rolled-back", "{rollout:#}");
    assert_tells(&body, &rollout);
}

/// The message of the first stage's run is not taken before the rollout has gone on and a person has rolled it back.
#[tokio::test]
async fn a_late_message_tells_where_the_rollout_stands_by_then() {
    let is_up = Arc::new(AtomicBool::new(false));
    let (up, down) = (ok(), ResponseTemplate::new(503));
    let answers = is_up.clone();
    let bot = receiver(move |_: &Request| {
        if answers.load(Ordering::SeqCst) {
            up.clone()
        } else {
            down.clone()
        }
    })
    .await;
    let service = Service::start(&settings(
        &format!("{{bot: {{url: \"{}\"}}}}", bot.uri()),
        "",
    ));
    let path = planned(&service).await;
    let post = async |what: &str, body: Value| -> Value {
        let response = service.post(&format!("{path}/{what}"), &body).await;
        assert_eq!(response.status(), 200, "{what}");
        response.json().await.unwrap()
    };
    let first = post("live", json!({"stage": 1, "at": "2026-01-14T09:00:00Z"})).await;
    // It is refused once, at the least.
    let early: Value = arrived(&bot, 1).await[0].body_json().unwrap();
    let told = &early["data"]["rollout"];
    assert_eq!(
        (&told["action"], &told["weight"]),
        (&json!("promote"), &json!(0.75)),
        "{early:#}"
    );

    let watched = post("live", json!({"stage": 2})).await;
    assert_eq!(watched["action"], "wait", "{watched:#}");
    let decision = json!({"action": "rollback", "by": "kim", "reason": "customers call"});
    let now = post("decisions", decision).await;
    let before = bot.received_requests().await.unwrap().len();
    is_up.store(true, Ordering::SeqCst);
    // One of each stage's run, now that they are taken.
    let messages = arrived(&bot, before + 2).await;
    let mut runs = Vec::new();
    for message in &messages[messages.len() - 2..] {
        let body: Value = message.body_json().unwrap();
        assert_tells(&body, &now);
        runs.push(body["data"]["id"].clone());
    }
    assert!(runs.contains(&first["analysis"]) && runs.contains(&watched["analysis"]));
}
