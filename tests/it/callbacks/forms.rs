//! What arrives, in every form, and how it is signed.

use jiff::Timestamp;
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use super::receiver::{
    EARLIER_SECRET, FOREIGN_SECRET, SECRET, arrived, ended, header, receiver, request, settings,
    settled, signature, statuses, to_bot,
};
use crate::support::Service;

fn ok() -> ResponseTemplate {
    ResponseTemplate::new(200)
}

#[tokio::test]
async fn a_standard_webhook_is_signed_with_every_secret_and_says_what_the_summary_says() {
    let bot = receiver(ok()).await;
    let url = format!("{}/hooks/7", bot.uri());
    let secrets = "[{env: TEST_SECRET}, {env: TEST_EARLIER_SECRET}]";
    let service = Service::start_with(
        &settings(
            &format!("{{bot: {{url: \"{url}\", secrets: {secrets}}}}}"),
            "",
        ),
        &[
            ("TEST_SECRET", SECRET),
            ("TEST_EARLIER_SECRET", EARLIER_SECRET),
        ],
    );
    let summary = service
        .analyse(&request("latency-regression", to_bot()))
        .await;
    assert_eq!(summary["verdict"], "fail");
    let deliveries = settled(&service, &summary).await;
    let message = &arrived(&bot, 1).await[0];
    assert_eq!(message.url.path(), "/hooks/7");
    assert_eq!(header(message, "content-type"), "application/json");

    let signatures: Vec<_> = header(message, "webhook-signature").split(' ').collect();
    assert_eq!(
        signatures,
        [
            signature(message, SECRET),
            signature(message, EARLIER_SECRET)
        ]
    );
    assert!(!signatures.contains(&signature(message, FOREIGN_SECRET).as_str()));

    let body: Value = message.body_json().unwrap();
    assert_eq!(body["type"], "analysis.ended");
    let (said, deciding) = ended(&body["data"]);
    assert_eq!(said, summary);
    let named: Vec<_> = deciding.iter().map(|one| &one["metric"]).collect();
    assert_eq!(named, ["latency-p50", "latency-p99"]);
    for one in &deciding {
        assert_eq!(
            (&one["outcome"], &one["critical"]),
            (&json!("high"), &json!(false))
        );
        assert!(
            one["reason"].as_str().unwrap().contains("allowed 10 %"),
            "{one}"
        );
    }
    let at: Timestamp = body["timestamp"].as_str().unwrap().parse().unwrap();
    assert!(Timestamp::now().duration_since(at).as_secs() < 60);

    let id = header(message, "webhook-id");
    assert!(!id.contains('.'), "{id}");
    assert_eq!(deliveries.len(), 1);
    let delivery = &deliveries[0];
    assert_eq!(statuses(delivery), [200]);
    for (key, value) in [
        ("id", id),
        ("event", "analysis.ended"),
        ("to", "bot"),
        ("state", "delivered"),
        ("nextAttempt", ""),
        ("reason", ""),
    ] {
        assert_eq!(delivery[key], value, "{delivery:#}");
    }
}

#[tokio::test]
async fn cloud_events_come_as_one_document_or_with_headers() {
    let bot = receiver(ok()).await;
    let url = bot.uri();
    let service = Service::start_with(
        &settings(
            &format!(
                "{{bot: {{url: \"{url}/document\", format: cloudevents, secrets: [{{env: TEST_SECRET}}]}}}}"
            ),
            "  hosts: [127.0.0.1]\n  secrets: [{env: TEST_EARLIER_SECRET}]\n",
        ),
        &[
            ("TEST_SECRET", SECRET),
            ("TEST_EARLIER_SECRET", EARLIER_SECRET),
        ],
    );
    let binary = json!({"url": format!("{url}/headers?a=b"), "format": "cloudevents-binary"});
    let callbacks = json!([{"receiver": "bot"}, binary]);
    let summary = service.analyse(&request("healthy", callbacks)).await;
    let deliveries = settled(&service, &summary).await;
    assert_eq!(deliveries[1]["to"], url, "without the path");
    let messages = arrived(&bot, 2).await;
    let at = |path: &str| {
        let mut at = messages.iter().filter(|message| message.url.path() == path);
        at.next().unwrap()
    };

    let document = at("/document");
    assert_eq!(
        header(document, "content-type"),
        "application/cloudevents+json"
    );
    assert_eq!(
        header(document, "webhook-signature"),
        signature(document, SECRET)
    );
    let event: Value = document.body_json().unwrap();
    let mut attributes = event.clone();
    let time = attributes.as_object_mut().unwrap().remove("time").unwrap();
    attributes["data"] = ended(&attributes["data"]).0;
    let _: Timestamp = time.as_str().unwrap().parse().unwrap();
    assert_eq!(
        attributes,
        json!({
            "specversion": "1.0", "type": "serinus.analysis.ended", "id": header(document, "webhook-id"),
            "source": service.url, "subject": summary["id"], "datacontenttype": "application/json", "data": summary,
        })
    );

    let headers = at("/headers");
    assert_eq!(headers.url.query(), Some("a=b"));
    assert_eq!(
        header(headers, "webhook-signature"),
        signature(headers, EARLIER_SECRET)
    );
    assert_eq!(ended(&headers.body_json().unwrap()).0, summary);
    for (name, value) in [
        ("content-type", "application/json"),
        ("ce-specversion", "1.0"),
        ("ce-id", header(headers, "webhook-id")),
        ("ce-source", service.url.as_str()),
        ("ce-type", "serinus.analysis.ended"),
        ("ce-subject", summary["id"].as_str().unwrap()),
        ("ce-time", event["time"].as_str().unwrap()),
    ] {
        assert_eq!(header(headers, name), value);
    }
    assert_ne!(
        header(headers, "ce-id"),
        event["id"],
        "each receiver has its own message"
    );
}

#[tokio::test]
async fn a_chat_is_told_the_verdict_the_metrics_that_decided_and_where_to_read_more() {
    let chat = receiver(ok()).await;
    let service = Service::start_with(
        &settings("{team: {url: {env: TEST_CHAT}, format: slack}}", ""),
        &[("TEST_CHAT", &chat.uri())],
    );
    // Those that speak against the canary, or else those that nothing could be said about; none for one that is fine.
    for (place, (scenario, verdict, advice, counted)) in [
        ("latency-regression", "fail", "roll back", "failed"),
        ("no-data", "inconclusive", "hold", "ignored"),
        ("healthy", "pass", "promote", "failed"),
    ]
    .into_iter()
    .enumerate()
    {
        let mut asked = request(scenario, json!([{"receiver": "team"}]));
        asked["application"] = json!("<!channel> shop");
        let summary = service.analyse(&asked).await;
        settled(&service, &summary).await;
        let body: Value = arrived(&chat, place + 1).await[place].body_json().unwrap();
        assert_eq!(body.as_object().unwrap().len(), 1, "{body}");
        let lines: Vec<_> = body["text"].as_str().unwrap().lines().collect();
        let score = match summary["scored"].as_bool().unwrap() {
            true => format!(", score {} of 100", summary["score"].as_f64().unwrap()),
            false => String::new(),
        };
        let headline = format!("*&lt;!channel&gt; shop: {verdict}*{score}: {advice}");
        assert_eq!(lines[..2], [&headline, summary["reason"].as_str().unwrap()]);
        let scorecard = service.scorecard(&summary).await;
        let metrics = scorecard["metrics"].as_array().unwrap().iter();
        let expected: Vec<_> = metrics
            .filter(|metric| metric["counted"] == counted)
            .map(|metric| {
                let critical = match metric["critical"].as_bool().unwrap() {
                    true => " (critical)",
                    false => "",
                };
                let text = |key: &str| metric[key].as_str().unwrap();
                format!("• *{}*{critical}: {}", text("name"), text("reason"))
            })
            .collect();
        assert_eq!(expected.is_empty(), verdict == "pass");
        let (report, deciding) = lines[2..].split_last().unwrap();
        assert_eq!(deciding, expected);
        let url = summary["reportUrl"].as_str().unwrap();
        assert_eq!(*report, format!("<{url}|Report> under config simulated"));
    }
}

#[tokio::test]
async fn a_receiver_can_be_tried() {
    let bot = receiver(ok()).await;
    let sulks = receiver(ResponseTemplate::new(403)).await;
    let service = Service::start_with(
        &settings(
            &format!(
                "{{bot: {{url: \"{}\", secrets: [{{env: TEST_SECRET}}]}}, sulks: {{url: \"{}\", format: slack}}, gone: {{url: \"http://127.0.0.1:1\"}}}}",
                bot.uri(),
                sulks.uri()
            ),
            "",
        ),
        &[("TEST_SECRET", SECRET)],
    );
    let listed: Value = service.get("/api/v1/receivers").await.json().await.unwrap();
    assert_eq!(
        listed["receivers"],
        json!([
            {"name": "bot", "format": "standard-webhooks"},
            {"name": "gone", "format": "standard-webhooks"},
            {"name": "sulks", "format": "slack"},
        ])
    );
    let tried = async |name: &str| -> Value {
        let path = format!("/api/v1/receivers/{name}/test");
        let response = service.post(&path, &json!({})).await;
        assert_eq!(response.status(), 200);
        response.json().await.unwrap()
    };
    assert_eq!(
        tried("bot").await,
        json!({"name": "bot", "ok": true, "status": 200, "detail": ""})
    );
    let message = &arrived(&bot, 1).await[0];
    assert_eq!(
        header(message, "webhook-signature"),
        signature(message, SECRET)
    );
    let body: Value = message.body_json().unwrap();
    assert_eq!(
        (&body["type"], &body["data"]),
        (&json!("receiver.test"), &json!({"receiver": "bot"}))
    );
    assert_eq!(
        tried("sulks").await,
        json!({"name": "sulks", "ok": false, "status": 403, "detail": ""})
    );
    let gone = tried("gone").await;
    assert_eq!((&gone["ok"], &gone["status"]), (&json!(false), &json!(0)));
    assert!(!gone["detail"].as_str().unwrap().is_empty());
    let unknown = service
        .post("/api/v1/receivers/nobody/test", &json!({}))
        .await;
    assert_eq!(unknown.status(), 404);
}
