//! How a `SignalFlow` computation can end, and what it says of its step.

use serde_json::{Value, json};
use serinus_adapters::{Answer, Escaping, QueryError};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::conformance::stores::signalfx::event;
use crate::support::{T0, account, connect, range, series, step};

async fn ask(body: String) -> Result<Answer, QueryError> {
    let server = MockServer::start().await;
    let reply = ResponseTemplate::new(200).set_body_raw(body, "text/event-stream");
    Mock::given(any()).respond_with(reply).mount(&server).await;
    let config = json!({"type": "signalfx", "url": server.uri(), "accessToken": {"env": "PATH"}});
    connect(config)
        .query(&range("data('x').publish()", 60, 3600, 60))
        .await
}

fn control(what: &str) -> String {
    event("control-message", &json!({"event": what}))
}

fn metadata(id: &str, properties: Value) -> String {
    event("metadata", &json!({"tsId": id, "properties": properties}))
}

fn data(second: i64, points: Value) -> String {
    event(
        "data",
        &json!({"data": points, "logicalTimestampMs": (T0 + second) * 1000}),
    )
}

/// The service takes a longer step than asked for where it keeps no finer data.
#[tokio::test]
async fn the_running_resolution_is_told() {
    let running = json!({"message": {"messageCode": "JOB_RUNNING_RESOLUTION", "contents": {"resolutionMs": 300_000}}});
    let other = json!({"message": {"messageCode": "ID_NUM_TIMESERIES", "numInputTimeSeries": 1}});
    let body = [
        control("STREAM_START"),
        event("message", &running),
        event("message", &other),
        metadata(
            "A",
            json!({"pod": "a", "sf_metric": "x", "computationId": "c", "sf_key": ["pod"]}),
        ),
        data(300, json!([{"tsId": "A", "value": 1.5}])),
        data(600, json!([])),
        data(900, json!([{"tsId": "A", "value": null}])),
        data(1200, json!([{"tsId": "A", "value": -2}])),
        control("END_OF_CHANNEL"),
    ];
    let answer = ask(body.concat()).await.unwrap();
    assert_eq!(
        answer.series,
        [series(&[("pod", "a")], [(300, 1.5), (1200, -2.0)])]
    );
    assert_eq!(answer.step, step(300));
}

#[tokio::test]
async fn computations_that_do_not_end_well_are_errors() {
    let begin = control("STREAM_START");
    let rows = format!(
        "{begin}{}{}",
        metadata("A", json!({})),
        data(60, json!([{"tsId": "A", "value": 1}]))
    );
    let wrong = event(
        "error",
        &json!({"error": 400, "errorType": "ANALYTICS_PROGRAM_NAME_ERROR", "message": "name \"dat\" is not defined"}),
    );
    let abort = event(
        "control-message",
        &json!({"event": "CHANNEL_ABORT", "abortInfo": {"sf_job_abortReason": "shutting down"}}),
    );
    let end = control("END_OF_CHANNEL");
    let limited = event(
        "message",
        &json!({"message": {"messageCode": "FIND_LIMITED_RESULT_SET", "contents": {"matchedSize": 9000, "limitSize": 5000}}}),
    );
    for (body, code, part) in [
        (format!("{begin}{wrong}"), "invalid-query", "is not defined"),
        (
            format!("{rows}{wrong}{end}"),
            "invalid-query",
            "is not defined",
        ),
        (
            format!("{rows}{abort}{end}"),
            "unavailable",
            "shutting down",
        ),
        (
            format!("{rows}{limited}{end}"),
            "too-much-data",
            "limitSize",
        ),
        (rows.clone(), "unavailable", "broke off"),
        (
            format!(
                "{begin}{}{end}",
                data(60, json!([{"tsId": "B", "value": 1}]))
            ),
            "malformed",
            "without metadata",
        ),
        (
            format!("{begin}{}{end}", event("data", &json!({"data": []}))),
            "malformed",
            "a data event",
        ),
        (
            format!(
                "{begin}{}{end}",
                event("data", &json!({"data": [], "logicalTimestampMs": 1e300}))
            ),
            "malformed",
            "a time",
        ),
        (
            rows.replace("control-message", "greeting"),
            "malformed",
            "not a stream",
        ),
    ] {
        let error = ask(body.clone()).await.unwrap_err();
        assert_eq!(error.code(), code, "{body}: {error}");
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[test]
fn the_token_has_one_place() {
    let mut config = json!({"type": "signalfx", "url": "https://stream.us1.signalfx.com", "accessToken": {"env": "PATH"}});
    let good = account(config.clone());
    assert_eq!(
        (good.kind(), good.escaping()),
        ("signalfx", Escaping::SignalflowString)
    );
    good.connect().unwrap();
    config["headers"] = json!({"x-sf-token": "x"});
    let error = account(config).connect().unwrap_err().to_string();
    assert!(error.contains("accessToken"), "{error}");
}
