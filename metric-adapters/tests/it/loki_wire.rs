//! What Loki says in other forms than Prometheus.

use serde_json::{Value, json};
use serinus_adapters::{Answer, QueryError};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{T0, account, connect, range, series};

async fn ask(more: Value, reply: ResponseTemplate) -> Result<Answer, QueryError> {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(reply).mount(&server).await;
    let mut config = json!({"type": "loki", "url": server.uri()});
    let more = more.as_object().unwrap().clone();
    config.as_object_mut().unwrap().extend(more);
    connect(config)
        .query(&range("rate(x[1m])", 0, 600, 60))
        .await
}

fn answer(kind: &str, result: Value, warnings: Value) -> ResponseTemplate {
    let data = json!({"resultType": kind, "result": result, "stats": {"summary": {}}});
    ResponseTemplate::new(200)
        .set_body_json(json!({"status": "success", "data": data, "warnings": warnings}))
}

#[tokio::test]
async fn warnings_are_refused_unless_allowed() {
    let reply = || {
        let result = json!([{"metric": {"pod": "a"}, "values": [[T0, "1.5"]]}]);
        answer("matrix", result, json!(["some shards are missing"]))
    };
    let error = ask(json!({}), reply()).await.unwrap_err();
    assert_eq!(error.code(), "unavailable");
    assert!(error.to_string().contains("some shards"), "{error}");
    let allow = json!({"partialResponses": "allow"});
    let answer = ask(allow, reply()).await.unwrap();
    assert_eq!(answer.series, [series(&[("pod", "a")], [(0, 1.5)])]);
    assert_eq!(answer.notes, ["some shards are missing"]);
}

/// Most errors are plain text.
#[tokio::test]
async fn errors_are_sorted_by_status_and_words() {
    for (status, body, code) in [
        (
            400,
            "parse error at line 1, col 5: syntax error",
            "invalid-query",
        ),
        (
            400,
            "maximum of series (500) reached for a single query",
            "too-much-data",
        ),
        (
            500,
            "maximum of series (500) reached for a single query",
            "too-much-data",
        ),
        (
            400,
            "the query would read too many bytes (query: 2 TB, limit: 1 TB)",
            "too-much-data",
        ),
        (
            400,
            "the query time range exceeds the limit (query length: 800h, limit: 30d)",
            "too-much-data",
        ),
        (401, "no org id", "unauthorized"),
        (429, "too many outstanding requests", "rate-limited"),
        (502, "bad gateway", "unavailable"),
    ] {
        let reply = ResponseTemplate::new(status).set_body_string(body);
        let error = ask(json!({}), reply).await.unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(body), "{error}");
    }
    let reply = ResponseTemplate::new(200)
        .set_body_json(json!({"status": "error", "errorType": "x", "error": "some words"}));
    let error = ask(json!({}), reply).await.unwrap_err();
    assert_eq!(error.code(), "unavailable");
}

#[tokio::test]
async fn log_lines_are_no_series() {
    let lines = json!([{"stream": {"app": "a"}, "values": [["1709251200000000000", "a line"]]}]);
    let error = ask(json!({}), answer("streams", lines, Value::Null))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "malformed");
    assert!(error.to_string().contains("count_over_time"), "{error}");
}

#[test]
fn a_tenant_is_given_once() {
    let config = json!({"type": "loki", "url": "http://localhost:3100", "tenant": "a", "headers": {"x-scope-orgid": "b"}});
    let error = account(config).connect().unwrap_err().to_string();
    assert!(error.contains("exclude each other"), "{error}");
}
