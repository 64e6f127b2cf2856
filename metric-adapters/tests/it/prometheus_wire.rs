//! What is sent, and what is made of replies a healthy Prometheus never gives.

use std::time::Duration;

use serde_json::{Value, json};
use serinus_adapters::{Answer, MetricSource, QueryError};
use wiremock::matchers::{any, method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::support::{T0, connect, prometheus, range, series};

fn ok(result: Value) -> Value {
    json!({"status": "success", "data": {"resultType": "matrix", "result": result}})
}

fn refusal(kind: &str, message: &str) -> Value {
    json!({"status": "error", "errorType": kind, "error": message})
}

async fn serve(reply: ResponseTemplate) -> (MockServer, Box<dyn MetricSource>) {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(reply).mount(&server).await;
    let source = prometheus(&server.uri());
    (server, source)
}

async fn ask(reply: ResponseTemplate) -> Result<Answer, QueryError> {
    let (_server, source) = serve(reply).await;
    source.query(&range("up", 0, 60, 60)).await
}

fn form(request: &Request) -> Vec<(String, String)> {
    url::form_urlencoded::parse(&request.body)
        .into_owned()
        .collect()
}

fn header<'r>(request: &'r Request, name: &str) -> &'r str {
    request
        .headers
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn a_query_is_a_form_with_identity_and_configured_headers() {
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, "first\n").unwrap();
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/mimir/prometheus/api/v1/query_range"))
        .respond_with(ResponseTemplate::new(200).set_body_json(ok(json!([]))))
        .mount(&server)
        .await;
    let source = connect(json!({
        "type": "prometheus",
        "url": format!("{}/mimir/prometheus/", server.uri()),
        "auth": {"type": "bearer", "token": {"file": token}},
        "headers": {"X-Scope-OrgID": "shop|cart", "X-Key": {"file": token}},
        "limits": {"timeout": "4s"},
    }));
    let text = "sum(rate(x{a=~\"b+&c=\u{e9}\"}[1m]))\n# 100 %";
    source.query(&range(text, -1, 119, 60)).await.unwrap();
    std::fs::write(&token, "second").unwrap();
    source.query(&range(text, -1, 119, 60)).await.unwrap();

    let requests = server.received_requests().await.unwrap();
    let expected = [
        ("query", text),
        ("start", &format!("{}.000", T0 - 1)),
        ("end", &format!("{}.000", T0 + 119)),
        ("step", "60s"),
        ("timeout", "4000ms"),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(form(&requests[0]), expected);
    assert_eq!(requests[0].url.query(), None);
    let version = concat!("serinus/", env!("CARGO_PKG_VERSION"));
    assert_eq!(header(&requests[0], "user-agent"), version);
    assert_eq!(
        header(&requests[0], "content-type"),
        "application/x-www-form-urlencoded"
    );
    assert!(header(&requests[0], "accept-encoding").contains("gzip"));
    assert_eq!(header(&requests[0], "x-scope-orgid"), "shop|cart");
    for (request, token) in requests.iter().zip(["first", "second"]) {
        assert_eq!(header(request, "authorization"), format!("Bearer {token}"));
        assert_eq!(header(request, "x-key"), token);
    }
}

#[tokio::test]
async fn a_long_window_becomes_requests_that_meet_without_overlap() {
    let (server, source) = serve(ResponseTemplate::new(200).set_body_json(ok(json!([])))).await;
    source.query(&range("up", 0, 22_000, 1)).await.unwrap();
    let requests = server.received_requests().await.unwrap();
    let ends: Vec<_> = requests
        .iter()
        .map(|request| {
            let form = form(request);
            let second = |index: usize| form[index].1.parse::<f64>().unwrap() - T0 as f64;
            (second(1), second(2))
        })
        .collect();
    assert_eq!(
        ends,
        [(0.0, 10_999.0), (11_000.0, 21_999.0), (22_000.0, 22_000.0)]
    );

    let error = source
        .query(&range("up", 0, 1_100_000, 1))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "too-much-data");
    assert_eq!(server.received_requests().await.unwrap().len(), 3);
}

#[tokio::test]
async fn advice_on_the_query_becomes_notes() {
    let mut body = ok(json!([{"metric": {"a": "b"}, "values": [[T0, "1"]]}]));
    body["warnings"] = json!(["PromQL warning: bucket label\nis missing"]);
    body["infos"] = json!(["metric might not be a counter"]);
    let answer = ask(ResponseTemplate::new(200).set_body_json(body))
        .await
        .unwrap();
    assert_eq!(answer.series, [series(&[("a", "b")], [(0, 1.0)])]);
    assert_eq!(
        answer.notes,
        [
            "PromQL warning: bucket label is missing",
            "metric might not be a counter"
        ]
    );
}

/// As `VictoriaMetrics` does from 50 points on.
#[tokio::test]
async fn moved_times_are_kept_inside_the_window_and_noted() {
    let values = json!([
        [T0 - 7, "0"],
        [T0 + 23, "1"],
        [T0 + 53, "2"],
        [T0 + 83, "3"]
    ]);
    let body = ok(json!([
        {"metric": {}, "values": values},
        {"metric": {"only": "outside"}, "values": [[T0 - 7, "0"]]},
    ]));
    let answer = ask(ResponseTemplate::new(200).set_body_json(body))
        .await
        .unwrap();
    assert_eq!(answer.series, [series(&[], [(23, 1.0), (53, 2.0)])]);
    assert!(
        answer.notes[0].starts_with("3 samples outside"),
        "{:?}",
        answer.notes
    );
    assert!(answer.notes[1].starts_with("2 samples are not at the instants"));
}

#[tokio::test]
async fn statuses_and_error_types_are_sorted_by_what_to_do() {
    let json_cases = [
        (400, "bad_data", "1:1: parse error", "invalid-query"),
        (422, "execution", "many-to-many matching", "invalid-query"),
        (
            422,
            "execution",
            "query processing would load too many samples into memory",
            "too-much-data",
        ),
        (
            400,
            "bad_data",
            "exceeded maximum resolution of 11,000 points",
            "too-much-data",
        ),
        (
            422,
            "422",
            "cannot parse: unexpected token",
            "invalid-query",
        ),
        (
            422,
            "422",
            "too big; see -search.maxPointsPerTimeseries",
            "too-much-data",
        ),
        (
            422,
            "execution",
            "over the limit (err-mimir-max-chunks-per-query)",
            "too-much-data",
        ),
        (503, "timeout", "query timed out", "timeout"),
        (503, "canceled", "query was canceled", "unavailable"),
        (499, "canceled", "query was canceled", "unavailable"),
        (500, "internal", "disk", "unavailable"),
        (404, "not_found", "no such thing", "invalid-query"),
        (401, "bad_data", "no org id", "unauthorized"),
        (429, "too_many_requests", "slow down", "rate-limited"),
        (200, "bad_data", "parse error", "invalid-query"),
        (200, "timeout", "query timed out", "timeout"),
        (200, "", "", "unavailable"),
        (
            200,
            "execution",
            "query processing would load too many samples",
            "too-much-data",
        ),
    ];
    for (status, kind, message, code) in json_cases {
        let reply = ResponseTemplate::new(status).set_body_json(refusal(kind, message));
        let error = ask(reply).await.unwrap_err();
        assert_eq!(error.code(), code, "{status} {kind} {message}: {error}");
        let text = error.to_string();
        assert!(
            text.contains(message) && text.contains(&status.to_string()),
            "{text}"
        );
    }
}

#[tokio::test]
async fn retry_after_is_read_as_seconds_or_date() {
    let wait = async |value: &str| {
        let reply = ResponseTemplate::new(429).insert_header("retry-after", value);
        let error = ask(reply).await.unwrap_err();
        let QueryError::RateLimited { retry_after, .. } = error else {
            panic!("{error:?}");
        };
        retry_after
    };
    assert_eq!(wait("17").await, Some(Duration::from_secs(17)));
    assert_eq!(
        wait("Sun, 06 Nov 1994 08:49:37 GMT").await,
        Some(Duration::ZERO)
    );
    let date = jiff::Timestamp::now() + Duration::from_secs(3600);
    let date = date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let seconds = wait(&date).await.unwrap().as_secs();
    assert!((3590..=3600).contains(&seconds), "{seconds}");
    assert_eq!(wait("soon").await, None);
}

#[tokio::test]
async fn bodies_that_are_not_the_api_are_malformed() {
    let matrix = |series: Value| ok(json!([series])).to_string();
    let cases = [
        (
            "<html>login</html>".to_owned(),
            "not an answer of the Prometheus API",
        ),
        (String::new(), "not an answer of the Prometheus API"),
        (
            "{\"status\":\"success\",\"data\":{\"resultT".to_owned(),
            "not an answer",
        ),
        ("{\"status\":\"fine\"}".to_owned(), "not an answer"),
        ("{\"status\":\"success\"}".to_owned(), "without `data`"),
        (
            json!({"status": "success", "data": {"resultType": "vector", "result": []}})
                .to_string(),
            "not a `vector`",
        ),
        (
            json!({"status": "success", "data": {"resultType": "scalar", "result": [T0, "1"]}})
                .to_string(),
            "not a `scalar`",
        ),
        (
            matrix(json!({"metric": {}, "values": [[T0, "many"]]})),
            "many",
        ),
        (
            matrix(json!({"metric": {}, "values": [[T0, 5]]})),
            "a number written as a text",
        ),
        (
            matrix(json!({"metric": {}, "values": [[1e300, "5"]]})),
            "is no time",
        ),
        (
            matrix(json!({"metric": {}, "values": [[T0, "5"], [T0, "5"]]})),
            "out of order",
        ),
        (
            ok(json!([{"metric": {"a": "b"}}, {"metric": {"a": "b"}}])).to_string(),
            "two series {a=\"b\"}",
        ),
    ];
    for (body, part) in cases {
        let reply = ResponseTemplate::new(200).set_body_raw(body.clone(), "text/plain");
        let error = ask(reply).await.unwrap_err();
        assert_eq!(error.code(), "malformed", "{body}: {error}");
        assert!(error.to_string().contains(part), "{body}: {error}");
        assert!(error.to_string().contains("text/plain"), "{error}");
    }
    // The content type alone is no reason to refuse a right answer.
    let body = ok(json!([])).to_string();
    let answer = ask(ResponseTemplate::new(200).set_body_raw(body, "text/plain")).await;
    assert_eq!(answer.unwrap().series, []);
}

#[tokio::test]
async fn native_histograms_are_refused_with_advice() {
    let histogram = json!([T0, {"count": "10", "sum": "20", "buckets": [[1, "-1", "1", "10"]]}]);
    let body = ok(json!([{"metric": {"job": "shop"}, "histograms": [histogram]}]));
    let error = ask(ResponseTemplate::new(200).set_body_json(body))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "invalid-query");
    let text = error.to_string();
    assert!(
        text.contains("histogram_quantile") && text.contains("{job=\"shop\"}"),
        "{text}"
    );
}

#[tokio::test]
async fn error_texts_stay_short() {
    let long = "\u{e9}".repeat(5000);
    let error = ask(ResponseTemplate::new(500).set_body_string(long))
        .await
        .unwrap_err();
    let text = error.to_string();
    assert_eq!(text.matches('\u{e9}').count(), 300);
    assert!(text.chars().count() < 450, "{text}");
}
