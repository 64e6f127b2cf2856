//! JSON of any shape, and queries that try to lead elsewhere.

use serde_json::{Value, json};
use serinus_adapters::{AccountConfig, Answer, Escaping, QueryError};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{T0, account, connect, range, series};

fn config(url: &str, times: &str, values: &str) -> Value {
    json!({"type": "web", "url": url, "times": times, "values": values})
}

async fn ask(times: &str, values: &str, body: Value) -> Result<Answer, QueryError> {
    let server = MockServer::start().await;
    let reply = ResponseTemplate::new(200).set_body_json(body);
    Mock::given(any()).respond_with(reply).mount(&server).await;
    let source = connect(config(&server.uri(), times, values));
    source.query(&range("x", 0, 120, 60)).await
}

#[tokio::test]
async fn lists_of_any_shape_become_one_series() {
    let expected = [series(&[], [(0, 1.0), (120, 3.5)])];
    for (times, values, body) in [
        (
            "$[*][0]",
            "$[*][1]",
            json!([[T0, 1], [T0 + 60, null], [T0 + 120, "3.5"]]),
        ),
        (
            "$.t[*]",
            "$.v[*]",
            json!({"v": [1, null, 3.5], "t": ["2024-03-01T00:00:00Z", (T0 + 60) * 1000, (T0 + 120).to_string()]}),
        ),
        (
            "$.a['b c'][*].at",
            "$.a['b c'][*].v.mean",
            json!({"a": {"b c": [{"at": T0 + 120, "v": {"mean": 3.5}}, {"at": T0, "v": {"mean": 1}}]}}),
        ),
    ] {
        assert_eq!(
            ask(times, values, body).await.unwrap().series,
            expected,
            "{times}"
        );
    }
    let answer = ask("$[*][0]", "$[*][1]", json!([[T0, "NaN"]]))
        .await
        .unwrap();
    assert!(answer.series[0].samples[0].value.is_nan());
    let answer = ask("$.t[*]", "$.v[*]", json!({"t": [], "v": []}))
        .await
        .unwrap();
    assert_eq!(answer.series, []);
}

#[tokio::test]
async fn another_shape_is_not_taken_for_no_data() {
    for (body, part) in [
        (json!({}), "no list"),
        (json!({"error": "no such series"}), "no list"),
        (json!({"t": [], "v": null}), "no list"),
        (json!({"t": {}, "v": {}}), "no list"),
        (json!({"t": [T0], "v": []}), "1 times and 0 values"),
        (json!({"t": [T0], "v": ["many"]}), "is no number"),
        (json!({"t": [T0], "v": [true]}), "is no number"),
        (json!({"t": ["today"], "v": [1]}), "is no time"),
        (json!({"t": [null], "v": [1]}), "is no time"),
    ] {
        let error = ask("$.t[*]", "$.v[*]", body.clone()).await.unwrap_err();
        assert_eq!(error.code(), "malformed", "{body}: {error}");
        assert!(error.to_string().contains(part), "{body}: {error}");
    }
}

/// As many times as values, but not of the same items.
#[tokio::test]
async fn a_value_is_not_given_the_time_of_another_item() {
    let items = json!([{"t": T0, "v": 1}, {"t": T0 + 60}, {"v": 9}]);
    let body = json!({ "points": items });
    let error = ask("$.points[*].t", "$.points[*].v", body).await;
    let error = error.unwrap_err();
    assert_eq!(error.code(), "malformed", "{error}");
    let expected = "item 1 of the list, from 0, has a time and no value";
    assert!(error.to_string().contains(expected), "{error}");
    assert!(!error.to_string().contains("not JSON"), "{error}");
    // Neither is no gap in the pairs, and `null` is one in the values.
    let items =
        json!([{"t": T0, "v": 1}, {}, {"t": T0 + 60, "v": null}, {"t": T0 + 120, "v": 3.5}]);
    let body = json!({ "points": items });
    let answer = ask("$.points[*].t", "$.points[*].v", body).await.unwrap();
    assert_eq!(answer.series, [series(&[], [(0, 1.0), (120, 3.5)])]);
}

/// Whoever writes a query, or a value in it, stays below the account's address.
#[tokio::test]
async fn no_query_leads_elsewhere() {
    let server = MockServer::start().await;
    let reply = ResponseTemplate::new(200).set_body_json(json!([]));
    Mock::given(any()).respond_with(reply).mount(&server).await;
    let url = format!("{}/api/v1", server.uri());
    let source = connect(config(&url, "$[*][0]", "$[*][1]"));
    for text in [
        "../admin",
        "a/../../admin",
        "a/%2e%2E/b",
        ".",
        "/admin",
        "//evil.example/x",
        "\\\\evil.example",
        "a b",
        "a#b",
        "a\u{e9}",
        "a\nb",
    ] {
        let error = source.query(&range(text, 0, 120, 60)).await.unwrap_err();
        assert_eq!(error.code(), "invalid-query", "{text}: {error}");
    }
    assert!(server.received_requests().await.unwrap().is_empty());
    for text in [
        "http://evil.example/x",
        "@evil.example",
        ":80/x",
        "x?u=http://evil.example/../&#a",
        "..%2f..%2fadmin",
    ] {
        source.query(&range(text, 0, 120, 60)).await.unwrap();
    }
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 5);
    for request in requests {
        assert!(
            request.url.path().starts_with("/api/v1/"),
            "{}",
            request.url
        );
    }
}

#[tokio::test]
async fn values_are_encoded_into_the_path() {
    let account = account(config("http://localhost", "$[*]", "$[*]"));
    assert_eq!(
        (account.kind(), account.escaping()),
        ("web", Escaping::UrlPart)
    );
    assert_eq!(
        Escaping::UrlPart.apply("../a?b&c=\u{e9}"),
        "%2E%2E%2Fa%3Fb%26c%3D%C3%A9"
    );
}

#[test]
fn paths_are_checked_with_the_account() {
    for (times, part) in [
        ("points[*]", "is no JSONPath"),
        ("$.points[", "is no JSONPath"),
        ("$.points", "leads into no list"),
    ] {
        let error =
            serde_json::from_value::<AccountConfig>(config("http://localhost", times, "$[*]"))
                .unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
    }
    let mut elsewhere = config("http://localhost", "$[*]", "$[*]");
    elsewhere["checkPath"] = json!("../admin");
    let error = account(elsewhere).connect().unwrap_err().to_string();
    assert!(error.contains("checkPath"), "{error}");
}
