//! What is told of stores that answer badly: in the log, in metrics, to orchestrators. It changes nothing else.

use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::support::{
    Service,
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
