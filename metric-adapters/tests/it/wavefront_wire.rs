//! What Wavefront says beside the points, and which steps it has.

use serde_json::{Value, json};
use serinus_adapters::{Answer, QueryError};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{T0, connect, range, series};

async fn exchange(
    text: &str,
    step: i64,
    (status, body): (u16, Value),
) -> (Result<Answer, QueryError>, Vec<String>) {
    let server = MockServer::start().await;
    let reply = ResponseTemplate::new(status).set_body_json(body);
    Mock::given(any()).respond_with(reply).mount(&server).await;
    let config = json!({"type": "wavefront", "url": server.uri(), "apiToken": {"env": "PATH"}});
    let answer = connect(config).query(&range(text, 0, 86_400, step)).await;
    let requests = server.received_requests().await.unwrap();
    let granularity = |request: &wiremock::Request| {
        let mut pairs = request.url.query_pairs();
        pairs.find(|(name, _)| name == "g").unwrap().1.into_owned()
    };
    (answer, requests.iter().map(granularity).collect())
}

async fn ask(status: u16, body: Value) -> Result<Answer, QueryError> {
    exchange("ts(x)", 60, (status, body)).await.0
}

#[tokio::test]
async fn other_steps_need_align() {
    for (text, step, granularity) in [
        ("ts(x)", 1, Some("s")),
        ("ts(x)", 60, Some("m")),
        ("ts(x)", 3600, Some("h")),
        ("ts(x)", 86_400, Some("d")),
        ("ts(x)", 300, None),
        ("ts(x)", 90, None),
        ("align(300s, mean, ts(x))", 300, Some("m")),
        ("align(90s, mean, ts(x))", 90, Some("s")),
        ("align(2h, mean, ts(x))", 7200, Some("h")),
    ] {
        let nothing = json!({"query": text, "name": "q"});
        let (answer, sent) = exchange(text, step, (200, nothing)).await;
        match granularity {
            Some(granularity) => {
                assert_eq!(answer.unwrap().series, []);
                assert_eq!(sent, [granularity]);
            }
            None => {
                assert_eq!(answer.unwrap_err().code(), "invalid-query", "{step}");
                assert_eq!(sent.len(), 0);
            }
        }
    }
}

#[tokio::test]
async fn warnings_are_noted() {
    let points = json!([[T0, 1], [T0 + 60, "NaN"], [T0 + 120, 3]]);
    let body = json!({"timeseries": [{"label": "x", "data": points}], "warnings": "pre-aligned"});
    let answer = ask(200, body).await.unwrap();
    let expected = [(60, 1.0), (180, 3.0)];
    assert_eq!(answer.series, [series(&[("label", "x")], expected)]);
    assert_eq!(answer.notes, ["pre-aligned"]);
}

#[tokio::test]
async fn errors_in_a_success_are_errors() {
    for (kind, code) in [
        ("QuerySyntaxError", "invalid-query"),
        ("QueryExecutionError", "unavailable"),
        ("Timeout", "timeout"),
    ] {
        let body = json!({"query": "ts(x)", "timeseries": [], "errorType": kind, "errorMessage": "some words"});
        let error = ask(200, body).await.unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains("some words"));
    }
    let body = json!({"query": "ts(x)", "errorType": "N/A"});
    assert_eq!(ask(200, body).await.unwrap().series, []);
    let body = json!({"status": {"result": "ERROR", "message": "some words", "code": 400}});
    let error = ask(400, body).await.unwrap_err();
    assert_eq!(error.code(), "invalid-query");
    assert!(error.to_string().ends_with(": some words"), "{error}");
}
