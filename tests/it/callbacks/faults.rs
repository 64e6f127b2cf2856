//! Receivers in trouble: what is to be told is told once they are well, and no run is the worse for it.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wiremock::{Request, ResponseTemplate};

use super::receiver::{
    arrived, header, in_turn, receiver, receiver_at, request, settings, settled, statuses, to_bot,
    told_at,
};
use crate::support::{Service, free_port};

/// The ids of messages, each once.
fn ids(messages: &[Request]) -> Vec<&str> {
    let mut ids: Vec<_> = messages
        .iter()
        .map(|message| header(message, "webhook-id"))
        .collect();
    ids.dedup();
    ids
}

#[tokio::test]
async fn a_receiver_that_was_down_is_told_when_it_is_up() {
    let port = free_port();
    let service = told_at(&format!("http://127.0.0.1:{port}"));
    let summary = service.analyse(&request("healthy", to_bot())).await;
    assert_eq!(summary["verdict"], "pass");
    tokio::time::sleep(Duration::from_millis(300)).await;
    let bot = receiver_at(port).await;
    let messages = arrived(&bot, 1).await;
    let deliveries = settled(&service, &summary).await;
    assert_eq!(deliveries[0]["id"], header(&messages[0], "webhook-id"));
    let statuses = statuses(&deliveries[0]);
    assert_eq!(statuses.first(), Some(&0), "{deliveries:#?}");
    assert_eq!(statuses.last(), Some(&204), "{deliveries:#?}");
    let error = deliveries[0]["attempts"][0]["error"].as_str().unwrap();
    assert!(error.contains("refused"), "{error}");
}

#[tokio::test]
async fn every_attempt_is_the_same_message() {
    let trouble = ResponseTemplate::new(500).set_body_string("stack trace");
    let bot = receiver(in_turn(vec![
        trouble.clone(),
        trouble,
        ResponseTemplate::new(404),
        ResponseTemplate::new(202),
    ]))
    .await;
    let service = told_at(&bot.uri());
    let summary = service.analyse(&request("healthy", to_bot())).await;
    let deliveries = settled(&service, &summary).await;
    assert_eq!(statuses(&deliveries[0]), [500, 500, 404, 202]);
    assert_eq!(deliveries[0]["state"], "delivered");
    let messages = arrived(&bot, 4).await;
    assert_eq!(ids(&messages).len(), 1);
    for message in &messages[1..] {
        assert_eq!(message.body, messages[0].body);
    }
    // Each pause is longer than the one before, from 50 ms on.
    let attempts = deliveries[0]["attempts"].as_array().unwrap();
    let at = |place: usize| -> jiff::Timestamp {
        attempts[place]["at"].as_str().unwrap().parse().unwrap()
    };
    assert!(at(1).duration_since(at(0)).as_millis() >= 50);
    assert!(at(3).duration_since(at(2)).as_millis() >= 200);
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_left_alone() {
    let bot = receiver(ResponseTemplate::new(410)).await;
    let service = told_at(&bot.uri());
    let summary = service.analyse(&request("healthy", to_bot())).await;
    let deliveries = settled(&service, &summary).await;
    assert_eq!(statuses(&deliveries[0]), [410]);
    assert_eq!(deliveries[0]["state"], "given-up");
    assert!(deliveries[0]["reason"].as_str().unwrap().contains("410"));
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(arrived(&bot, 1).await.len(), 1);
}

#[tokio::test]
async fn a_slow_receiver_holds_up_neither_the_run_nor_others() {
    let slow = receiver(ResponseTemplate::new(200).set_delay(Duration::from_secs(20))).await;
    let quick = receiver(ResponseTemplate::new(200)).await;
    let service = Service::start(&settings(
        &format!(
            "{{slow: {{url: \"{}\"}}, quick: {{url: \"{}\"}}}}",
            slow.uri(),
            quick.uri()
        ),
        "  deadline: 2s\n",
    ));
    let callbacks = json!([{"receiver": "slow"}, {"receiver": "quick"}]);
    let started = Instant::now();
    let summary = service.analyse(&request("healthy", callbacks)).await;
    arrived(&quick, 1).await;
    let took = started.elapsed();
    let deliveries = settled(&service, &summary).await;
    assert!(took < Duration::from_secs(10), "{took:?}");
    let slow = &deliveries[0];
    assert_eq!(
        (&slow["to"], &slow["state"]),
        (&json!("slow"), &json!("given-up"))
    );
    let error = slow["attempts"][0]["error"].as_str().unwrap();
    assert_eq!(error, "no answer within 0.5 s");
    assert_eq!(deliveries[1]["state"], "delivered");
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = receiver(ResponseTemplate::new(200)).await;
    let mut redirects = Vec::new();
    for status in [301, 302, 307, 308] {
        let target = format!("{}/{status}", elsewhere.uri());
        redirects.push(ResponseTemplate::new(status).insert_header("location", target));
    }
    redirects.push(ResponseTemplate::new(200));
    let bot = receiver(in_turn(redirects)).await;
    let service = told_at(&bot.uri());
    let summary = service.analyse(&request("healthy", to_bot())).await;
    let deliveries = settled(&service, &summary).await;
    assert_eq!(statuses(&deliveries[0]), [301, 302, 307, 308, 200]);
    assert_eq!(elsewhere.received_requests().await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_receiver_that_asks_for_time_gets_it() {
    let busy = ResponseTemplate::new(503).insert_header("retry-after", "2");
    let bot = receiver(in_turn(vec![busy, ResponseTemplate::new(200)])).await;
    let service = told_at(&bot.uri());
    let summary = service.analyse(&request("healthy", to_bot())).await;
    let deliveries = settled(&service, &summary).await;
    assert_eq!(statuses(&deliveries[0]), [503, 200]);
    let attempts = deliveries[0]["attempts"].as_array().unwrap();
    let at = |place: usize| -> jiff::Timestamp {
        attempts[place]["at"].as_str().unwrap().parse().unwrap()
    };
    let pause = at(1).duration_since(at(0));
    assert!(pause.as_millis() >= 2000, "{pause:?}");
}

#[tokio::test]
async fn what_never_arrives_is_given_up_and_the_run_is_as_it_was() {
    let bot = receiver(ResponseTemplate::new(500)).await;
    let service = Service::start(&settings(
        &format!("{{bot: {{url: \"{}\"}}}}", bot.uri()),
        "  deadline: 1s\n",
    ));
    let summary = service
        .analyse(&request("latency-regression", to_bot()))
        .await;
    let deliveries = settled(&service, &summary).await;
    let delivery = &deliveries[0];
    assert_eq!(delivery["state"], "given-up");
    assert!(delivery["reason"].as_str().unwrap().contains("500"));
    let statuses = statuses(delivery);
    assert!((3..=8).contains(&statuses.len()), "{statuses:?}");
    assert_eq!(arrived(&bot, statuses.len()).await.len(), statuses.len());
    let path = format!("/api/v1/analyses/{}", summary["id"].as_str().unwrap());
    let now: Value = service.get(&path).await.json().await.unwrap();
    assert_eq!(now, summary);
    let metrics = service.get("/metrics").await.text().await.unwrap();
    let line = "serinus_delivery_attempts_total{outcome=\"given-up\"} 1";
    assert!(metrics.contains(line), "{metrics}");
    let log = service.stop();
    assert!(log.contains("given up"), "{log}");
}
