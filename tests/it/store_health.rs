//! What is told of stores that answer badly: in the log, in metrics, to orchestrators. It changes nothing else.

use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::support::{
    Service,
    redis::Redis,
    stand_in::{canary, mount, request, store},
};

async fn json_at(service: &Service, path: &str) -> Value {
    let response = service.get(path).await;
    assert_eq!(response.status(), 200, "{path}");
    response.json().await.unwrap()
}

#[tokio::test]
async fn a_failing_store_is_named_and_still_asked() {
    let down = store(ResponseTemplate::new(503).set_body_string("tired")).await;
    let settings = format!(
        "accounts: {{prometheus: {{type: prometheus, url: \"{}\"}}}}\nruns: {{attempts: 2}}",
        down.uri()
    );
    let service = Service::start(&settings);
    let ready = json_at(&service, "/readyz").await;
    assert_eq!(ready["failingAccounts"], json!([]));

    // The baseline's answer and the two failures come in any order, so only a check decides what came last.
    service.analyse(&request("netflix-aca")).await;
    down.reset().await;
    for expected in 1..=2 {
        let check = "/api/v1/accounts/prometheus/check";
        let checked: Value = service.post(check, &json!({})).await.json().await.unwrap();
        assert_eq!(checked["ok"], false, "{checked:#}");
        let ready = json_at(&service, "/readyz").await;
        assert_eq!(ready["status"], "ok");
        let failing = &ready["failingAccounts"][0];
        assert_eq!(failing["name"], "prometheus");
        assert_eq!(failing["type"], "prometheus");
        assert!(failing["consecutiveFailures"].as_u64().unwrap() >= expected);
        let listed = json_at(&service, "/api/v1/accounts").await;
        assert_eq!(&listed["accounts"][0], failing);
    }

    mount(&down, canary()).await;
    let summary = service.analyse(&request("netflix-aca")).await;
    assert_eq!(summary["verdict"], "pass", "{summary:#}");
    let ready = json_at(&service, "/readyz").await;
    assert_eq!(ready["failingAccounts"], json!([]));
}

#[tokio::test]
async fn a_store_that_keeps_silent_until_the_deadline_is_failing() {
    let store = store(canary().set_delay(std::time::Duration::from_secs(60))).await;
    let service = Service::start(&format!(
        "accounts: {{prometheus: {{type: prometheus, url: \"{}\"}}}}\nruns: {{fetchDeadline: 1s}}",
        store.uri()
    ));
    service.analyse(&request("serinus")).await;
    let ready = json_at(&service, "/readyz").await;
    let expected = json!([{"name": "prometheus", "type": "prometheus", "consecutiveFailures": 1, "failure": "timeout"}]);
    assert_eq!(ready["failingAccounts"], expected);
}

#[tokio::test]
async fn without_its_store_of_runs_a_service_is_alive_and_not_ready() {
    let mut redis = Redis::start();
    let url = redis.url();
    let service = Service::start_with(
        "simulator: {enabled: true}",
        &[("SERINUS__STATE__REDIS__URL", url.as_str())],
    );
    assert_eq!(json_at(&service, "/readyz").await["status"], "ok");
    redis.signal("-STOP");
    let response = service.get("/readyz").await;
    assert_eq!(response.status(), 503);
    let problem: Value = response.json().await.unwrap();
    assert_eq!(problem["code"], "store-unavailable", "{problem:#}");
    assert_eq!(json_at(&service, "/livez").await["status"], "ok");
    redis.signal("-CONT");
    let began = std::time::Instant::now();
    while service.get("/readyz").await.status() != 200 {
        assert!(began.elapsed() < std::time::Duration::from_secs(30));
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

/// More cannot be taken in for a while, and what is there can be read: the service stays in rotation.
#[tokio::test]
async fn a_service_with_as_many_runs_as_may_be_is_ready() {
    let service = Service::start("simulator: {enabled: true}\nruns: {inFlight: 1}");
    let mut request = crate::support::simulated_request("healthy");
    request["window"] = json!({"duration": "1h"});
    assert_eq!(
        service.post("/api/v1/analyses", &request).await.status(),
        202
    );
    let refused = service.post("/api/v1/analyses", &request).await;
    assert_eq!(refused.status(), 429);
    assert!(refused.headers().contains_key("retry-after"));
    assert_eq!(json_at(&service, "/readyz").await["status"], "ok");
}

#[tokio::test]
async fn every_fetch_has_a_span_with_its_end_and_without_its_text() {
    let store = store(ResponseTemplate::new(503)).await;
    let settings = format!(
        "accounts: {{prometheus: {{type: prometheus, url: \"{}\"}}}}\nruns: {{attempts: 2}}",
        store.uri()
    );
    let service = Service::start_with(&settings, &[("RUST_LOG", "serinus=debug")]);
    let summary = service.analyse(&request("serinus")).await;
    let log = service.stop();
    let ends: Vec<Value> = log
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|line| line["message"] == "fetched" || line["message"] == "not fetched")
        .collect();
    assert_eq!(ends.len(), 2, "{log}");
    for end in &ends {
        let span = &end["span"];
        assert_eq!(span["name"], "fetch");
        assert_eq!(span["account"], "prometheus");
        assert_eq!(span["store"], "prometheus");
        assert_eq!(span["metric"], "up");
        let failed = span["side"] == "canary";
        assert_eq!(span["outcome"], if failed { "unavailable" } else { "ok" });
        assert_eq!(span["attempts"], if failed { 2 } else { 1 });
        assert!(span["elapsed_ms"].is_u64(), "{span}");
        // It belongs to its run.
        assert_eq!(end["spans"][0]["run.id"], summary["id"]);
    }
    assert!(!log.contains("job="), "a query's text is in the log: {log}");
}
