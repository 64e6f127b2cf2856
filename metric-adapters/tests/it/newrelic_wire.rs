//! What `NerdGraph` answers to NRQL, and how NRQL gets its time.

use serde_json::{Value, json};
use serinus_adapters::{Answer, QueryError};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{T0, account, connect, range, series, step};

async fn exchange(text: &str, to: i64, body: Value) -> (Result<Answer, QueryError>, Vec<String>) {
    let server = MockServer::start().await;
    let reply = ResponseTemplate::new(200).set_body_json(body);
    Mock::given(any()).respond_with(reply).mount(&server).await;
    let config =
        json!({"type": "newrelic", "url": server.uri(), "accountId": 5, "apiKey": {"env": "PATH"}});
    let answer = connect(config).query(&range(text, 0, to, 60)).await;
    let requests = server.received_requests().await.unwrap();
    let sent = requests.iter().map(|request| {
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        body["variables"]["nrql"].as_str().unwrap().to_owned()
    });
    (answer, sent.collect())
}

fn rows(facets: Value, rows: Value) -> Value {
    let nrql = json!({"results": rows, "metadata": {"facets": facets}});
    json!({"data": {"actor": {"account": {"nrql": nrql}}}})
}

async fn ask(body: Value) -> Result<Answer, QueryError> {
    exchange("SELECT x FROM y", 600, body).await.0
}

#[tokio::test]
async fn the_time_may_stand_anywhere_in_the_query() {
    let text = "SELECT a TIMESERIES $stepSeconds seconds SINCE $startSeconds UNTIL $endSeconds WHERE b LIKE 'c'";
    let (answer, sent) = exchange(text, 600, rows(Value::Null, json!([]))).await;
    assert_eq!(answer.unwrap().series, []);
    let (from, to) = (T0 - 60, T0 + 600);
    let expected =
        format!("SELECT a TIMESERIES 60 seconds SINCE {from} UNTIL {to} WHERE b LIKE 'c'");
    assert_eq!(sent, [expected]);
}

#[tokio::test]
async fn a_query_that_cannot_mean_the_window_is_not_sent() {
    for text in [
        "SELECT a SINCE $startSeconds",
        "SELECT a TIMESERIES $stepSeconds seconds",
    ] {
        let (answer, sent) = exchange(text, 600, json!({})).await;
        assert_eq!(answer.unwrap_err().code(), "invalid-query", "{text}");
        assert_eq!(sent.len(), 0);
    }
}

/// Several columns and percentiles are several series; null is a gap; the store may take a longer step.
#[tokio::test]
async fn columns_are_series() {
    let row = |minute: i64, rest: Value| {
        let mut row =
            json!({"beginTimeSeconds": T0 + minute * 60, "endTimeSeconds": T0 + (minute + 2) * 60});
        let rest = rest.as_object().unwrap().clone();
        row.as_object_mut().unwrap().extend(rest);
        row
    };
    let answer = ask(rows(
        Value::Null,
        json!([
            row(0, json!({"count": 3, "p": {"50": 1.5, "99": null}})),
            row(2, json!({"count": null, "p": {"50": 2.5, "99": 9}})),
        ]),
    ))
    .await
    .unwrap();
    assert_eq!(
        answer.series,
        [
            series(&[("value", "count")], [(120, 3.0)]),
            series(&[("value", "p.50")], [(120, 1.5), (240, 2.5)]),
            series(&[("value", "p.99")], [(240, 9.0)]),
        ]
    );
    assert_eq!(answer.step, step(120));
}

fn faceted(facets: &[Value]) -> Value {
    let row = |facet: &Value| json!({"facet": facet, "beginTimeSeconds": T0, "endTimeSeconds": T0 + 60, "count": 1});
    rows(json!(["app", "pod"]), facets.iter().map(row).collect())
}

#[tokio::test]
async fn several_facets_are_several_labels() {
    let answer = ask(faceted(&[json!(["shop", "a"]), json!(["shop", null])]));
    let labels = |pod| {
        series(
            &[("app", "shop"), ("pod", pod), ("value", "count")],
            [(60, 1.0)],
        )
    };
    assert_eq!(answer.await.unwrap().series, [labels("a"), labels("null")]);
}

/// New Relic leaves out what a limit does not hold, without a word.
#[tokio::test]
async fn as_many_facets_as_the_limit_are_too_much() {
    let of = |count: usize| {
        let facets: Vec<_> = (0..count).map(|pod| json!(["shop", pod])).collect();
        faceted(&facets)
    };
    for (text, count, fits) in [
        ("SELECT x FACET y", 9, true),
        ("SELECT x FACET y", 10, false),
        ("SELECT x FACET y limit 20", 19, true),
        ("SELECT x FACET y LIMIT 20", 20, false),
        ("SELECT x FACET y LIMIT MAX", 50, true),
        ("SELECT x WHERE a = 'b LIMIT 500 c' FACET y", 10, false),
    ] {
        let (answer, _) = exchange(text, 600, of(count)).await;
        match answer {
            Ok(answer) => assert!(fits && answer.series.len() == count, "{text}"),
            Err(error) => {
                assert!(!fits, "{text}: {error}");
                assert_eq!(error.code(), "too-much-data");
            }
        }
    }
}

#[tokio::test]
async fn errors_in_a_success_are_errors() {
    for (class, message, code) in [
        ("TIMEOUT", "NRDB:1109", "timeout"),
        ("SERVER_ERROR", "NRQL Syntax Error: at 1", "invalid-query"),
        ("SERVER_ERROR", "something else", "unavailable"),
        ("ACCESS_DENIED", "no", "unauthorized"),
        ("TOO_MANY_REQUESTS", "slowly", "rate-limited"),
    ] {
        let mut body = faceted(&[json!(["shop", "a"])]);
        body["errors"] = json!([{"message": message, "extensions": {"errorClass": class}}]);
        let error = ask(body).await.unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(message), "{error}");
    }
    let nothing =
        json!({"data": {"actor": {"account": {"nrql": null}}}, "errors": [{"message": "no"}]});
    assert_eq!(ask(nothing).await.unwrap_err().code(), "unavailable");
}

#[tokio::test]
async fn rows_that_are_no_series_are_refused() {
    let with = |value: Value| {
        rows(
            Value::Null,
            json!([{"beginTimeSeconds": T0, "endTimeSeconds": T0 + 60, "x": value}]),
        )
    };
    for (body, code) in [
        (rows(Value::Null, json!([{"count": 5}])), "malformed"),
        (with(json!("current")), "invalid-query"),
        (with(json!(["a", "b"])), "invalid-query"),
        (with(json!({"a": {"b": 1}})), "invalid-query"),
        (
            rows(
                Value::Null,
                json!([{"beginTimeSeconds": T0, "endTimeSeconds": T0, "x": 1}]),
            ),
            "malformed",
        ),
    ] {
        let error = ask(body.clone()).await.unwrap_err();
        assert_eq!(error.code(), code, "{body}: {error}");
    }
}

#[test]
fn a_region_decides_the_host() {
    let key = json!({"env": "PATH"});
    let host = |region: &str| {
        account(json!({"type": "newrelic", "accountId": 5, "apiKey": key, "region": region}))
            .host()
            .unwrap()
            .to_string()
    };
    assert_eq!(host("us"), "api.newrelic.com");
    assert_eq!(host("eu"), "api.eu.newrelic.com");
}
