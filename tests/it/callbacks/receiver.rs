//! A receiver of messages, and the service's view of what it sent.

use std::{
    net::TcpListener,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use standardwebhooks::Webhook;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers::method};

use crate::support::Service;

/// Secrets of receivers, as Standard Webhooks writes them.
pub(super) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
pub(super) const EARLIER_SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
pub(super) const FOREIGN_SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";

/// Patience that tests have.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// A receiver that answers so.
pub(super) async fn receiver(answer: impl Respond + 'static) -> MockServer {
    let server = MockServer::start().await;
    answering(&server, answer).await;
    server
}

/// A receiver at a port of this machine that was free before.
pub(super) async fn receiver_at(port: u16) -> MockServer {
    let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let server = MockServer::builder().listener(listener).start().await;
    answering(&server, ResponseTemplate::new(204)).await;
    server
}

async fn answering(server: &MockServer, answer: impl Respond + 'static) {
    Mock::given(method("POST"))
        .respond_with(answer)
        .mount(server)
        .await;
}

/// Answers with these one after the other, and with the last of them from then on.
pub(super) fn in_turn(answers: Vec<ResponseTemplate>) -> impl Respond {
    let asked = std::sync::atomic::AtomicUsize::new(0);
    move |_: &Request| {
        let place = asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        answers[place.min(answers.len() - 1)].clone()
    }
}

/// What has arrived, once it is so much.
pub(super) async fn arrived(receiver: &MockServer, count: usize) -> Vec<Request> {
    let started = Instant::now();
    loop {
        let requests = receiver.received_requests().await.unwrap();
        if requests.len() >= count {
            return requests;
        }
        assert!(
            started.elapsed() < PATIENCE,
            "{} of {count} messages have arrived",
            requests.len()
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

pub(super) fn header<'a>(request: &'a Request, name: &str) -> &'a str {
    let value = request.headers.get(name);
    value
        .unwrap_or_else(|| panic!("no header {name}: {request:?}"))
        .to_str()
        .unwrap()
}

/// The signature of a message under a secret, by an implementation that is not the service's.
pub(super) fn signature(request: &Request, secret: &str) -> String {
    let at = header(request, "webhook-timestamp").parse().unwrap();
    let id = header(request, "webhook-id");
    let webhook = Webhook::new(secret).unwrap();
    webhook.sign(id, at, &request.body).unwrap()
}

/// The deliveries about a run, once all have ended.
pub(super) async fn settled(service: &Service, summary: &Value) -> Vec<Value> {
    let started = Instant::now();
    loop {
        let deliveries = deliveries(service, summary).await;
        if deliveries.iter().all(|one| one["state"] != "due") {
            return deliveries;
        }
        assert!(started.elapsed() < PATIENCE, "{deliveries:#?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

pub(super) async fn deliveries(service: &Service, summary: &Value) -> Vec<Value> {
    let id = summary["id"].as_str().unwrap();
    let path = format!("/api/v1/analyses/{id}/deliveries");
    let answer: Value = service.get(&path).await.json().await.unwrap();
    answer["deliveries"].as_array().unwrap().clone()
}

/// What a message about a run's end says, and the metrics it names as those that decided.
pub(super) fn ended(data: &Value) -> (Value, Vec<Value>) {
    let mut summary = data.clone();
    let deciding = summary.as_object_mut().unwrap().remove("deciding").unwrap();
    (summary, deciding.as_array().unwrap().clone())
}

/// The statuses of a delivery's attempts, 0 where there was no answer.
pub(super) fn statuses(delivery: &Value) -> Vec<u64> {
    let attempts = delivery["attempts"].as_array().unwrap().iter();
    attempts
        .map(|attempt| attempt["status"].as_u64().unwrap())
        .collect()
}

/// A service with the receiver `bot`, in a hurry.
pub(super) fn told_at(url: &str) -> Service {
    Service::start(&settings(&format!("{{bot: {{url: \"{url}\"}}}}"), ""))
}

/// Settings with these receivers and more about callbacks.
pub(super) fn settings(receivers: &str, more: &str) -> String {
    format!(
        "simulator: {{enabled: true}}\n\
         callbacks:\n  receivers: {receivers}\n  timeout: 500ms\n  retryAfter: 50ms\n{more}"
    )
}

/// A request whose callbacks are these.
pub(super) fn request(scenario: &str, callbacks: Value) -> Value {
    let mut request = crate::support::simulated_request(scenario);
    request["callbacks"] = callbacks;
    request
}

pub(super) fn to_bot() -> Value {
    json!([{"receiver": "bot"}])
}
