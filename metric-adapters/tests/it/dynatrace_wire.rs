//! What Dynatrace's metrics API says of an answer beside its values.

use serde_json::{Value, json};
use serinus_adapters::{Answer, QueryError};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{T0, connect, range, series, step};

async fn ask_every(step: i64, status: u16, body: Value) -> Result<Answer, QueryError> {
    let server = MockServer::start().await;
    let reply = ResponseTemplate::new(status).set_body_json(body);
    Mock::given(any()).respond_with(reply).mount(&server).await;
    let config = json!({"type": "dynatrace", "url": server.uri(), "apiToken": {"env": "PATH"}});
    connect(config).query(&range("m:avg", 0, 3600, step)).await
}

fn metric(minutes: &[i64]) -> Value {
    let times: Vec<_> = minutes.iter().map(|m| (T0 + m * 60) * 1000).collect();
    json!({"metricId": "m:avg", "dataPointCountRatio": 0.1, "dimensionCountRatio": 0.1,
           "data": [{"dimensions": [], "dimensionMap": {}, "timestamps": times, "values": minutes}]})
}

fn answer(resolution: &str, metrics: Value) -> Value {
    json!({"totalCount": 1, "nextPageKey": null, "resolution": resolution, "result": metrics})
}

/// The store takes a longer step than asked for where it keeps no finer data; a slot that began before the window is left out.
#[tokio::test]
async fn the_resolution_is_told() {
    let body = answer("5m", json!([metric(&[3, 5, 10, 65])]));
    let answer = ask_every(60, 200, body).await.unwrap();
    assert_eq!(
        answer.series,
        [series(&[("metric", "m:avg")], [(300, 5.0), (600, 10.0)])]
    );
    assert_eq!(answer.step, step(300));
    assert!(answer.notes[0].contains("2 samples outside"));
}

#[tokio::test]
async fn what_a_limit_cut_off_is_too_much() {
    let mut paged = answer("1m", json!([metric(&[5])]));
    paged["nextPageKey"] = json!("more");
    let full = |ratio: &str| {
        let mut metric = metric(&[5]);
        metric[ratio] = json!(1);
        answer("1m", json!([metric]))
    };
    for body in [
        paged,
        full("dimensionCountRatio"),
        full("dataPointCountRatio"),
    ] {
        let error = ask_every(60, 200, body).await.unwrap_err();
        assert_eq!(error.code(), "too-much-data", "{error}");
    }
}

#[tokio::test]
async fn warnings_are_noted() {
    let mut metric = metric(&[5]);
    metric["warnings"] = json!(["of the metric"]);
    let mut body = answer("1m", json!([metric]));
    body["warnings"] = json!(["of all"]);
    let answer = ask_every(60, 200, body).await.unwrap();
    assert_eq!(answer.notes, ["of all", "of the metric"]);
}

#[tokio::test]
async fn errors_are_told_in_words() {
    let body = json!({"error": {"code": 400, "message": "Unknown metric key", "constraintViolations": []}});
    let error = ask_every(60, 400, body).await.unwrap_err();
    assert_eq!(error.code(), "invalid-query");
    assert!(
        error.to_string().ends_with(": Unknown metric key"),
        "{error}"
    );
    let error = ask_every(90, 200, json!({})).await.unwrap_err();
    assert_eq!(error.code(), "invalid-query", "{error}");
    for wrong in [
        answer("Inf", json!([])),
        answer(
            "1m",
            json!([{"metricId": "m", "data": [{"timestamps": [1], "values": []}]}]),
        ),
    ] {
        let error = ask_every(60, 200, wrong).await.unwrap_err();
        assert_eq!(error.code(), "malformed", "{error}");
    }
}
