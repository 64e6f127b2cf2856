//! What may not be told, to whom, and what nobody learns.

use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use super::receiver::{SECRET, deliveries, receiver, request, settings, settled, to_bot};
use crate::support::Service;

/// What every planted secret holds.
const MARK: &str = "Pl4ntedQ7x";

#[tokio::test]
async fn whoever_may_not_be_told_is_refused_before_anything_runs() {
    let elsewhere = receiver(ResponseTemplate::new(200)).await;
    let service = Service::start(&settings(
        "{bot: {url: \"http://127.0.0.1:1\"}}",
        "  hosts: [\"*.ci.example\"]\n",
    ));
    let url = |url: &str| json!([{"url": url}]);
    let eleven: Vec<_> = (0..11).map(|_| json!({"receiver": "bot"})).collect();
    let table = [
        (url(&elsewhere.uri()), "/callbacks/0/url"),
        (url("https://ci.example/hook"), "/callbacks/0/url"),
        (url("https://evilci.example/hook"), "/callbacks/0/url"),
        (
            url("https://a.ci.example@evil.example/"),
            "/callbacks/0/url",
        ),
        (url("https://user:word@a.ci.example/"), "/callbacks/0/url"),
        (url("ftp://a.ci.example/"), "/callbacks/0/url"),
        (url("file:///etc/passwd"), "/callbacks/0/url"),
        (url("/hook"), "/callbacks/0/url"),
        (
            url(&format!("https://a.ci.example/{}", "x".repeat(2000))),
            "/callbacks/0/url",
        ),
        (
            json!([{"receiver": "bot"}, {"receiver": "nobody"}]),
            "/callbacks/1/receiver",
        ),
        (json!([{}]), "/callbacks/0"),
        (
            json!([{"receiver": "bot", "url": "https://a.ci.example"}]),
            "/callbacks/0",
        ),
        (
            json!([{"receiver": "bot", "format": "slack"}]),
            "/callbacks/0",
        ),
        (
            json!([{"receiver": "bot", "events": []}]),
            "/callbacks/0/events",
        ),
        (
            json!([{"receiver": "bot", "verdicts": []}]),
            "/callbacks/0/verdicts",
        ),
        (
            json!([{"receiver": "bot", "verdicts": ["fail", "pending"]}]),
            "/callbacks/0/verdicts",
        ),
        (
            json!([{"receiver": "bot", "events": ["analysis.began"]}]),
            "/callbacks/0/events/0",
        ),
        (
            json!([{"receiver": "bot", "secret": "x"}]),
            "/callbacks/0/secret",
        ),
        (json!(eleven), "/callbacks"),
    ];
    for (callbacks, pointer) in table {
        let response = service
            .post("/api/v1/analyses", &request("healthy", callbacks.clone()))
            .await;
        assert_eq!(response.status(), 422, "{callbacks}");
        let problem: Value = response.json().await.unwrap();
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem:#}");
    }
    let allowed = json!([{"url": "https://a.ci.example/hook"}]);
    let response = service
        .post("/api/v1/analyses", &request("healthy", allowed))
        .await;
    assert!(response.status().is_success());
    assert_eq!(elsewhere.received_requests().await.unwrap().len(), 0);
    let unknown = service
        .get("/api/v1/analyses/0199a2aa-0000-7000-8000-000000000000/deliveries")
        .await;
    assert_eq!(unknown.status(), 404);
}

#[tokio::test]
async fn settings_that_can_never_tell_anybody_are_refused_at_the_start() {
    let table = [
        (
            "{bot: {url: 'http://x', secrets: [{env: TEST_SHORT}]}}",
            "callbacks.receivers.bot",
        ),
        (
            "{bot: {url: 'http://x', secrets: [{env: NOT_SET_ANYWHERE}]}}",
            "NOT_SET_ANYWHERE",
        ),
        ("{bot: {url: {env: TEST_SHORT}}}", "callbacks.receivers.bot"),
        ("{bot: {url: 'ftp://x/y'}}", "an address such as"),
        ("{bot: {format: slack}}", "url"),
        ("{bot: {url: 'http://x', format: xml}}", "xml"),
        (
            "{bot: {url: 'http://x', format: grafana-annotation}}",
            "needs a `token`",
        ),
        (
            "{bot: {url: 'http://x', format: slack, token: {env: PATH}}}",
            "are for the format grafana-annotation",
        ),
    ];
    for (receivers, word) in table {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("serinus.yaml");
        std::fs::write(&file, settings(receivers, "")).unwrap();
        let output = std::process::Command::new(crate::support::SERINUS)
            .args(["serve", "--listen", "127.0.0.1:0", "--config"])
            .arg(&file)
            .env("SERINUS__STATE", "memory")
            .env("TEST_SHORT", "whsec_Pl4ntedQ7x==")
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{receivers}: {stderr}");
        assert!(stderr.contains(word), "{receivers}: {stderr}");
        assert!(!stderr.contains(MARK), "{stderr}");
    }
}

#[tokio::test]
async fn secrets_are_told_to_nobody() {
    let bot = receiver(ResponseTemplate::new(500).set_body_string(SECRET)).await;
    let token = format!("{}/hooks/{MARK}?token={MARK}", bot.uri());
    let refused = format!("http://127.0.0.1:1/{MARK}");
    let service = Service::start_with(
        &settings(
            "{bot: {url: {env: TEST_ADDRESS}, secrets: [{env: TEST_SECRET}]}, refuses: {url: {env: TEST_REFUSED}}}",
            "  hosts: [127.0.0.1]\n  deadline: 1s\n",
        ),
        &[
            ("TEST_ADDRESS", &token),
            ("TEST_REFUSED", &refused),
            ("TEST_SECRET", SECRET),
            ("RUST_LOG", "debug"),
        ],
    );
    let callbacks =
        json!([{"receiver": "bot"}, {"receiver": "refuses"}, {"url": token}, {"url": refused}]);
    let summary = service.analyse(&request("healthy", callbacks)).await;
    settled(&service, &summary).await;
    let mut said = serde_json::to_string(&deliveries(&service, &summary).await).unwrap();
    for path in ["/api/v1/receivers", "/metrics", "/api/v1/analyses"] {
        said += &service.get(path).await.text().await.unwrap();
    }
    said += &service
        .post("/api/v1/receivers/refuses/test", &json!({}))
        .await
        .text()
        .await
        .unwrap();
    said += &service.stop();
    assert!(said.contains("given-up"), "{said}");
    for secret in [MARK, SECRET, SECRET.trim_start_matches("whsec_")] {
        assert!(!said.contains(secret), "{said}");
    }
    // What was planted has been used.
    let messages = bot.received_requests().await.unwrap();
    assert!(
        messages
            .iter()
            .any(|message| message.url.path().contains(MARK))
    );
    assert!(
        messages
            .iter()
            .any(|message| message.headers.contains_key("webhook-signature"))
    );
}

#[tokio::test]
async fn a_receiver_that_is_no_longer_in_the_settings_is_not_told() {
    let bot = receiver(ResponseTemplate::new(500)).await;
    let directory = tempfile::tempdir().unwrap();
    let state = super::restart::state_in(directory.path());
    let receivers = format!("{{bot: {{url: \"{}\"}}}}", bot.uri());
    let mut service = Service::start(&settings(&receivers, &state));
    let summary = service.analyse(&request("healthy", to_bot())).await;
    super::receiver::arrived(&bot, 1).await;
    service.process.kill();
    let service = Service::start(&settings("{other: {url: \"http://127.0.0.1:1\"}}", &state));
    let started = std::time::Instant::now();
    loop {
        let deliveries = deliveries(&service, &summary).await;
        let attempts = deliveries[0]["attempts"].as_array().unwrap();
        let last = attempts
            .last()
            .map_or("", |last| last["error"].as_str().unwrap());
        if last.contains("name no receiver") {
            break;
        }
        assert!(
            started.elapsed() < super::receiver::PATIENCE,
            "{deliveries:#?}"
        );
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

#[test]
fn the_examples_of_the_documentation_can_be_used() {
    let text = std::fs::read_to_string("docs/callbacks.md").unwrap();
    let example = |kind: &str| {
        let (_, rest) = text.split_once(&format!("```{kind}\n")).unwrap();
        rest.split_once("```").unwrap().0.to_owned()
    };
    let file = tempfile::NamedTempFile::with_suffix(".yaml").unwrap();
    std::fs::write(file.path(), example("yaml")).unwrap();
    let settings = serinus::settings::Settings::load(Some(file.path())).unwrap();
    assert_eq!(settings.callbacks.receivers.len(), 2);
    let defaults = serinus::settings::CallbackSettings::default();
    // What the example says of the defaults is true.
    assert_eq!(settings.callbacks.timeout, defaults.timeout);
    assert_eq!(settings.callbacks.retry_after, defaults.retry_after);
    assert_eq!(settings.callbacks.deadline, defaults.deadline);
    let request: Value = serde_json::from_str(&example("json")).unwrap();
    let callbacks: Vec<serinus::analysis::CallbackRequest> =
        serde_json::from_value(request["callbacks"].clone()).unwrap();
    assert!(callbacks.iter().all(|callback| callback.target().is_some()));
}
