//! What is to be told survives the process.

use std::{path::Path, time::Duration};

use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use super::receiver::{
    arrived, deliveries, ended, header, receiver, receiver_at, request, settings, settled,
    statuses, to_bot,
};
use crate::support::{Service, free_port};

/// Settings that keep runs in a file here.
pub(super) fn state_in(directory: &Path) -> String {
    let path = directory.join("serinus.redb");
    format!("state: {{embedded: {{path: \"{}\"}}}}\n", path.display())
}

#[tokio::test]
async fn what_was_not_delivered_when_the_process_was_killed_is_delivered_after_its_restart() {
    let directory = tempfile::tempdir().unwrap();
    let port = free_port();
    let receivers = format!("{{bot: {{url: \"http://127.0.0.1:{port}\"}}}}");
    let settings = settings(&receivers, &state_in(directory.path()));
    let mut service = Service::start(&settings);
    let summary = service.analyse(&request("healthy", to_bot())).await;
    let before = deliveries(&service, &summary).await;
    assert_eq!(before[0]["state"], "due");
    service.process.kill();

    let service = Service::start(&settings);
    let bot = receiver_at(port).await;
    let after = settled(&service, &summary).await;
    assert_eq!(after[0]["state"], "delivered");
    let messages = arrived(&bot, 1).await;
    assert_eq!(header(&messages[0], "webhook-id"), before[0]["id"]);
    // Its address, and so its links, are others after the restart.
    let body: Value = messages[0].body_json().unwrap();
    let stable = |summary: &Value| {
        let mut summary = summary.clone();
        for link in ["reportUrl", "statusUrl", "cancelUrl"] {
            summary[link] = json!("");
        }
        summary
    };
    assert_eq!(stable(&ended(&body["data"]).0), stable(&summary));
}

#[tokio::test]
async fn an_attempt_that_the_kill_cut_off_is_made_again_under_the_same_id() {
    let directory = tempfile::tempdir().unwrap();
    let slow = ResponseTemplate::new(200).set_delay(Duration::from_secs(2));
    let bot = receiver(slow).await;
    let receivers = format!("{{bot: {{url: \"{}\"}}}}", bot.uri());
    let settings = settings(&receivers, &state_in(directory.path()));
    let settings = settings.replace("timeout: 500ms", "timeout: 30s");
    let mut service = Service::start(&settings);
    let summary = service.analyse(&request("healthy", to_bot())).await;
    // The message has arrived, and the service has not heard so.
    arrived(&bot, 1).await;
    service.process.kill();
    let service = Service::start(&settings);
    let deliveries = settled(&service, &summary).await;
    assert_eq!(statuses(&deliveries[0]), [200]);
    let messages = arrived(&bot, 2).await;
    assert_eq!(messages.len(), 2, "at least once");
    assert_eq!(
        header(&messages[0], "webhook-id"),
        header(&messages[1], "webhook-id")
    );
}

#[tokio::test]
async fn a_service_that_is_told_to_stop_tells_what_its_last_runs_led_to() {
    let bot = receiver(ResponseTemplate::new(200)).await;
    let receivers = format!("{{bot: {{url: \"{}\"}}}}", bot.uri());
    let service = Service::start(&settings(&receivers, ""));
    let request = request("healthy", to_bot());
    for _ in 0..20 {
        let started = service.post("/api/v1/analyses", &request).await;
        assert!(started.status().is_success());
    }
    let log = service.stop();
    assert!(log.contains("\"stopped\""), "{log}");
    // Looks that were not taken before the end are still to be done.
    let ended = log.matches("\"the analysis ended\"").count();
    assert!(ended > 0, "{log}");
    assert_eq!(bot.received_requests().await.unwrap().len(), ended, "{log}");
}
