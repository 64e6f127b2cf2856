//! Accounts whose server is dead, slow, hostile or something else altogether.

use std::time::Duration;

use serde_json::{Value, json};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

use super::with;
use crate::support::{Service, free_port};

fn page() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw("<html><body>Log in</body></html>", "text/html")
}

fn json_text(text: impl Into<String>) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(text.into(), "application/json")
}

/// A request about the account `store`.
fn request() -> Value {
    with(
        "/config",
        json!({"inline": {
            "apiVersion": "serinus/v1", "name": "one", "defaults": {"account": "store"},
            "metrics": [{"name": "up", "groups": ["g"], "query": "up{job=\"${scope}\"}", "onNoData": "pass"}],
            "groups": {"g": 100}, "thresholds": {"pass": 90, "marginal": 75},
        }}),
    )
}

/// What a check of the account and an analysis over it say. Both answer, and the analysis never passes.
async fn told(url: &str) -> (String, Value) {
    let service = Service::start(&format!(
        "accounts: {{store: {{type: prometheus, url: \"{url}\", limits: {{settlingDelay: 1s, timeout: 1s}}}}}}\n\
         runs: {{attempts: 1}}"
    ));
    let checked = service
        .post("/api/v1/accounts/store/check", &json!({}))
        .await;
    assert_eq!(checked.status(), 200);
    let checked: Value = checked.json().await.unwrap();
    assert_eq!(checked["ok"], false, "{checked:#}");
    let summary = service.analyse(&request()).await;
    assert_ne!(summary["verdict"], "pass", "{summary:#}");
    assert_ne!(summary["action"], "promote", "{summary:#}");
    assert!(!summary["reason"].as_str().unwrap().is_empty());
    (checked["code"].as_str().unwrap().to_owned(), summary)
}

#[tokio::test]
async fn a_dead_server() {
    let (code, _) = told(&format!("http://127.0.0.1:{}", free_port())).await;
    assert_eq!(code, "unavailable");
}

#[tokio::test]
async fn a_server_that_answers_with_anything() {
    let elsewhere = MockServer::start().await;
    let table = [
        (json_text("{}").set_delay(Duration::from_secs(5)), "timeout"),
        (ResponseTemplate::new(401), "unauthorized"),
        (
            ResponseTemplate::new(429).insert_header("retry-after", "99999999999"),
            "rate-limited",
        ),
        (ResponseTemplate::new(500), "unavailable"),
        (ResponseTemplate::new(200), "malformed"),
        (page(), "malformed"),
        (
            json_text("{\"status\":\"success\",\"data\":{\"resultType\":"),
            "malformed",
        ),
        (json_text("[".repeat(1 << 20)), "malformed"),
        (
            json_text("\"".to_owned() + &"x".repeat(51 << 20) + "\""),
            "too-much-data",
        ),
        (
            ResponseTemplate::new(302).insert_header("location", elsewhere.uri()),
            "malformed",
        ),
    ];
    for (answer, expected) in table {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(answer).mount(&server).await;
        let (code, summary) = told(&server.uri()).await;
        assert_eq!(code, expected, "{summary:#}");
    }
    let asked = elsewhere.received_requests().await.unwrap();
    assert!(asked.is_empty(), "redirects are not followed");
}
