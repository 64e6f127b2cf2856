//! Fetching when the store misbehaves.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::method};

use crate::support::{
    Service,
    stand_in::{Recovering, canary, request, store},
};

fn service(store: &MockServer, runs: &str) -> Service {
    Service::start(&format!(
        "{{accounts: {{prometheus: {{type: prometheus, url: \"{}\"}}}}, runs: {runs}}}",
        store.uri()
    ))
}

/// How often the store was asked for the canary.
async fn asked_for_canary(store: &MockServer) -> usize {
    let requests = store.received_requests().await.unwrap();
    requests
        .iter()
        .filter(|request| String::from_utf8_lossy(&request.body).contains("%22new%22"))
        .count()
}

#[tokio::test]
async fn what_may_pass_is_tried_again() {
    let store = store(Recovering::after(2, ResponseTemplate::new(503))).await;
    let service = service(&store, "{attempts: 4}");
    let summary = service.analyse(&request("netflix-aca")).await;
    assert_eq!(summary["verdict"], "pass", "{summary:#}");
    assert_eq!(asked_for_canary(&store).await, 3);
}

#[tokio::test]
async fn a_busy_store_says_when_it_wants_to_be_asked_again() {
    let busy = ResponseTemplate::new(429).insert_header("retry-after", "2");
    let store = store(Recovering::after(1, busy)).await;
    let service = service(&store, "{attempts: 2}");
    let started = Instant::now();
    let summary = service.analyse(&request("netflix-aca")).await;
    assert_eq!(summary["verdict"], "pass", "{summary:#}");
    assert!(
        started.elapsed() >= Duration::from_secs(2),
        "asked again after {:?}",
        started.elapsed()
    );
}

#[tokio::test]
async fn clocks_that_disagree_are_told() {
    for (minutes, told) in [(10, Some("ahead of")), (-10, Some("behind")), (0, None)] {
        let now = jiff::Timestamp::now() + jiff::SignedDuration::from_mins(minutes);
        let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let store = MockServer::start().await;
        Mock::given(method("POST"))
            .respond_with(canary().insert_header("date", date.as_str()))
            .mount(&store)
            .await;
        let service = service(&store, "{}");
        let summary = service.analyse(&request("serinus")).await;
        let scorecard = service.scorecard(&summary).await;
        let notes = scorecard["evidence"][0]["canary"]["notes"].to_string();
        match told {
            Some(way) => assert!(
                notes.contains("the store's clock is") && notes.contains(way),
                "{notes}"
            ),
            None => assert!(!notes.contains("clock"), "{notes}"),
        }
    }
}

#[tokio::test]
async fn what_will_not_pass_is_not_tried_again() {
    let store = store(ResponseTemplate::new(401).set_body_string("Unauthorized")).await;
    let service = service(&store, "{attempts: 5}");
    let summary = service.analyse(&request("netflix-aca")).await;
    assert_eq!(summary["state"], "failed", "{summary:#}");
    assert!(
        summary["reason"].as_str().unwrap().contains("up, canary"),
        "{summary:#}"
    );
    assert_eq!(asked_for_canary(&store).await, 1);
    // The answered and the failed query are both counted.
    let metrics = service.get("/metrics").await.text().await.unwrap();
    for outcome in ["ok", "unauthorized"] {
        let line =
            format!("serinus_queries_total{{account=\"prometheus\",outcome=\"{outcome}\"}} 1");
        assert!(metrics.contains(&line), "{line} is not in {metrics}");
    }
}

#[tokio::test]
async fn under_the_default_judge_a_failed_query_is_an_error_that_never_passes() {
    let store = store(ResponseTemplate::new(500).set_body_string("<html>oops</html>")).await;
    let service = service(&store, "{attempts: 1}");
    let summary = service.analyse(&request("serinus")).await;
    assert_eq!(summary["state"], "succeeded", "{summary:#}");
    assert_eq!(summary["verdict"], "inconclusive");
    assert_eq!(summary["scored"], false);
    let scorecard = service.scorecard(&summary).await;
    assert_eq!(scorecard["metrics"][0]["outcome"], "error");
    assert_eq!(scorecard["metrics"][0]["counted"], "ignored");
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_given_up_at_the_runs_deadline() {
    let store = store(canary().set_delay(Duration::from_secs(60))).await;
    let service = service(&store, "{fetchDeadline: 1s}");
    let started = Instant::now();
    let summary = service.analyse(&request("netflix-aca")).await;
    assert_eq!(summary["verdict"], "error", "{summary:#}");
    assert!(
        summary["reason"]
            .as_str()
            .unwrap()
            .contains("deadline of 1 s"),
        "{summary:#}"
    );
    assert!(
        started.elapsed() < Duration::from_secs(10),
        "took {:?}",
        started.elapsed()
    );
}

#[tokio::test]
async fn a_run_is_cancelled_while_its_queries_are_in_flight() {
    let store = store(canary().set_delay(Duration::from_secs(60))).await;
    let service = service(&store, "{inFlight: 1}");
    let created: Value = service
        .post("/api/v1/analyses", &request("netflix-aca"))
        .await
        .json()
        .await
        .unwrap();
    let path = format!("/api/v1/analyses/{}", created["id"].as_str().unwrap());
    let mut running = Value::Null;
    for _ in 0..100 {
        running = service.get(&path).await.json().await.unwrap();
        if running["reason"] == "1 of 2 queries are answered" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(running["state"], "running", "{running:#}");
    assert_eq!(running["reason"], "1 of 2 queries are answered");
    assert_eq!(asked_for_canary(&store).await, 1);
    service.post(&format!("{path}/cancel"), &json!({})).await;
    let cancelled: Value = service.get(&path).await.json().await.unwrap();
    assert_eq!(cancelled["state"], "cancelled", "{cancelled:#}");
    // Its place is free again, long before the store would have answered.
    for _ in 0..100 {
        let response = service
            .post("/api/v1/analyses", &request("netflix-aca"))
            .await;
        if response.status() == reqwest::StatusCode::ACCEPTED {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the cancelled run kept its place");
}
