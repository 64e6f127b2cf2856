//! Sizes, numbers and shapes that nobody sends by mistake.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::{mistakes, problem, with};
use crate::support::{Service, simulated_request};

const ANALYSES: &str = "/api/v1/analyses";
const JUDGEMENTS: &str = "/api/v1/judgements";
const JSON: &str = "application/json";

/// An inline config with so many metrics, all but their names the same.
fn metrics(count: usize) -> Value {
    let query = "cpu{scenario=\"${scenario}\",role=\"${scope}\"}";
    let metrics: Vec<_> = (0..count)
        .map(|index| json!({"name": format!("m{index}"), "groups": ["g"], "query": query}))
        .collect();
    json!({"inline": {
        "apiVersion": "serinus/v1", "name": "many", "defaults": {"account": "simulator"},
        "metrics": metrics, "groups": {"g": 100}, "thresholds": {"pass": 90, "marginal": 75},
    }})
}

fn judgement(values: &str) -> String {
    let side =
        format!(r#"{{"start": "2026-01-14T09:00:00Z", "step": "60s", "values": [{values}]}}"#);
    let config = metrics(1);
    format!(
        r#"{{"config": {config}, "metrics": {{"m0": {{"baseline": {side}, "canary": {side}}}}}}}"#
    )
}

#[tokio::test]
async fn no_key_stands_twice_and_lists_are_no_objects() {
    let service = Service::simulated();
    let good = simulated_request("healthy").to_string();
    for (from, to, pointer, detail) in [
        (
            "{\"application\"",
            "{\"application\":\"a\",\"application\"",
            "",
            "`application` stands here twice",
        ),
        (
            "\"params\":{",
            "\"params\":{\"a\":\"1\",\"\\u0061\":\"2\",",
            "/baseline/params",
            "`a` stands here twice",
        ),
        (
            "{\"application\"",
            "{\"labels\":{\"a\":\"1\",\"a\":\"1\"},\"application\"",
            "/labels",
            "`a` stands here twice",
        ),
        (
            "{\"name\":\"simulated\"}",
            "{\"name\":\"simulated\",\"name\":\"simulated\"}",
            "/config",
            "`name` stands here twice",
        ),
    ] {
        let body = good.replacen(from, to, 1);
        assert_ne!(body, good, "{from}");
        let response = service.post_text(ANALYSES, JSON, body).await;
        let found = problem(response, StatusCode::UNPROCESSABLE_ENTITY).await;
        assert_eq!(found["errors"][0]["pointer"], pointer, "{found:#}");
        assert!(
            found["detail"].as_str().unwrap().contains(detail),
            "{found:#}"
        );
    }
    let inline = |pointer: &str, value: Value| {
        let mut request = with("/config", metrics(1));
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        request.pointer_mut(parent).unwrap()[key] = value;
        request
    };
    for (request, pointer) in [
        (
            with(
                "/baseline",
                json!(["baseline", null, {"scenario": "healthy"}]),
            ),
            "/baseline",
        ),
        (with("/window", json!(["30m"])), "/window"),
        (with("/thresholds", json!([90, 75])), "/thresholds"),
        (
            inline("/config/inline", json!(["serinus/v1"])),
            "/config/inline",
        ),
        (
            inline("/config/inline/judge", json!(["serinus"])),
            "/config/inline/judge",
        ),
        (
            inline("/config/inline/defaults", json!(["simulator"])),
            "/config/inline/defaults",
        ),
        (
            inline("/config/inline/compare", json!({"strata": ["pod"]})),
            "/config/inline/compare/strata",
        ),
        (
            inline("/config/inline/thresholds", json!([90, 75])),
            "/config/inline/thresholds",
        ),
    ] {
        let found = mistakes(&service, &request).await;
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!(found[0].0, pointer, "{found:#?}");
        assert!(found[0].1.contains("invalid type: sequence"), "{found:#?}");
    }
    let list = service
        .post(ANALYSES, &json!([simulated_request("healthy")]))
        .await;
    problem(list, StatusCode::UNPROCESSABLE_ENTITY).await;
}

#[tokio::test]
async fn configs_of_any_size() {
    let service = Service::start("{simulator: {enabled: true}, runs: {inFlight: 4}}");
    for (count, pointer) in [
        (0, "/config/inline/metrics"),
        (2_001, "/config/inline/metrics"),
    ] {
        let found = mistakes(&service, &with("/config", metrics(count))).await;
        assert_eq!(found[0].0, pointer, "{found:#?}");
        assert!(found[0].1.contains("1 to 2000 metrics"), "{found:#?}");
    }
    let mut twice = metrics(3);
    twice["inline"]["metrics"][2]["name"] = json!("m0");
    let found = mistakes(&service, &with("/config", twice)).await;
    assert_eq!(found[0].0, "/config/inline/metrics/2/name", "{found:#?}");

    let mut most = with("/config", metrics(2_000));
    most["application"] = json!("x".repeat(200));
    let summary = service.analyse(&most).await;
    assert_eq!(summary["state"], "succeeded", "{summary:#}");
    let scorecard = service.scorecard(&summary).await;
    assert_eq!(scorecard["metrics"].as_array().unwrap().len(), 2_000);
}

#[tokio::test]
async fn names_of_ten_thousand_characters() {
    let service = Service::simulated();
    let long = "\u{e9}".repeat(10_000);
    for (request, pointer) in [
        (with("/application", json!(long)), "/application"),
        (with("/config", json!({"name": long})), "/config/name"),
        (with("/canary/account", json!(long)), "/canary/account"),
        (with("/labels", json!({long.clone(): "x"})), "/labels"),
        (with(&format!("/{long}"), json!(1)), ""),
    ] {
        let found = mistakes(&service, &request).await;
        let at = found.iter().any(|(found, _)| found.starts_with(pointer));
        assert!(at, "{pointer}: {:?}", found.first());
    }
    let plain = "x".repeat(10_000);
    for path in [
        format!("/{plain}"),
        format!("{ANALYSES}/{plain}"),
        format!("/api/v1/configs/{plain}"),
        format!("{ANALYSES}?before={plain}"),
    ] {
        let found = problem(service.get(&path).await, StatusCode::NOT_FOUND).await;
        assert!(found["detail"].as_str().unwrap().len() < 11_000);
    }
    let unknown = service.get(&format!("{ANALYSES}?{plain}=1")).await;
    problem(unknown, StatusCode::BAD_REQUEST).await;
}

#[tokio::test]
async fn numbers_at_the_ends() {
    let service = Service::simulated();
    let judged = |values: &'static str| {
        let service = &service;
        async move { service.post_text(JUDGEMENTS, JSON, judgement(values)).await }
    };
    for values in ["NaN", "Infinity", "1e999", "-1e999", "01", "0x1", "1e"] {
        problem(judged(values).await, StatusCode::BAD_REQUEST).await;
    }
    for (values, verdict) in [
        (
            "1e308, -1e308, 1e308, -1e308, 1e308, -1e308, 1e308, -1e308, 1e308, -1e308, 1e308, -1e308",
            "inconclusive",
        ),
        // Nothing but zeros on both sides is the same, whatever their sign.
        (
            "-0.0, 0, -0.0, 0, -0.0, 0, -0.0, 0, -0.0, 0, -0.0, 0",
            "pass",
        ),
        (
            "5e-324, 1e-400, 5e-324, 0, 5e-324, 0, 5e-324, 0, 5e-324, 0, 5e-324, 0",
            "inconclusive",
        ),
        ("1e308", "inconclusive"),
        ("null, null", "inconclusive"),
        ("", "inconclusive"),
    ] {
        let response = judged(values).await;
        assert_eq!(response.status(), StatusCode::OK, "{values}");
        let scorecard: Value = response.json().await.unwrap();
        assert_eq!(scorecard["verdict"], verdict, "{values}: {scorecard:#}");
        assert!(scorecard["score"].is_number(), "{values}: {scorecard:#}");
    }
    for (threshold, status) in [
        ("1e308", 422),
        ("-0.0", 422),
        ("-1", 422),
        ("1e999", 400),
        ("\"NaN\"", 422),
        ("\"inf\"", 422),
    ] {
        let body = with("/thresholds", json!({"pass": "here", "marginal": 75})).to_string();
        let body = body.replace("\"here\"", threshold);
        let response = service.post_text(ANALYSES, JSON, body).await;
        problem(response, StatusCode::from_u16(status).unwrap()).await;
    }
}

#[tokio::test]
async fn windows_of_a_century_and_steps_longer_than_their_window() {
    let service = Service::simulated();
    let century = json!({"start": "1970-01-01T00:00:00Z", "end": "2070-01-01T00:00:00Z"});
    let mut request = with("/window", century.clone());
    let found = mistakes(&service, &request).await;
    assert!(found[0].1.contains("at most 50000"), "{found:#?}");
    // With a step that makes few samples of it, it only ends too far ahead.
    request["step"] = json!("8760h");
    let found = mistakes(&service, &request).await;
    assert!(found[0].1.contains("ahead"), "{found:#?}");
    request["step"] = json!("87600h");
    let found = mistakes(&service, &request).await;
    assert!(
        found.iter().any(|(_, detail)| detail.contains("a step is")),
        "{found:#?}"
    );

    let mut request = with("/step", json!("2h"));
    request["window"] = json!({"start": "2026-01-14T09:00:00Z", "end": "2026-01-14T10:00:00Z"});
    let found = mistakes(&service, &request).await;
    assert!(found.iter().any(|(at, _)| at == "/window"), "{found:#?}");
}

#[tokio::test]
async fn text_that_is_none_and_nesting_without_end() {
    let service = Service::simulated();
    let mut body = simulated_request("healthy").to_string().into_bytes();
    let at = body.windows(4).position(|part| part == b"shop").unwrap();
    for bytes in [b"\xff\xfe..", b"\xc3(..", b"\xed\xa0\x80.", b"\\uD8"] {
        body[at..at + 4].copy_from_slice(bytes);
        let response = service.post_text(ANALYSES, JSON, body.clone()).await;
        problem(response, StatusCode::BAD_REQUEST).await;
    }
    for path in [
        "/%ff",
        "/api/v1/configs/%ff%fe",
        "/api/v1/analyses/%00",
        "/api/v1/configs/..%2f..%2fetc",
    ] {
        let response = service.get(path).await;
        assert!(
            response.status().is_client_error(),
            "{path}: {}",
            response.status()
        );
        let status = response.status();
        problem(response, status).await;
    }
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = open.repeat(50_000) + "1" + &close.repeat(50_000);
        for key in ["labels", "config", "unknown"] {
            let body = format!("{{\"{key}\": {deep}}}");
            let response = service.post_text(ANALYSES, JSON, body).await;
            let status = response.status();
            assert!(status.is_client_error(), "{key}: {status}");
            problem(response, status).await;
        }
    }
    assert!(service.get("/livez").await.status().is_success());
}

/// Bodies of about so many bytes that take long to read, or would if they were read carelessly.
fn long_bodies(size: usize) -> Vec<String> {
    let filled = |before: &str, item: &str, after: &str| {
        before.to_owned() + &item.repeat((size - before.len()) / item.len()) + after
    };
    let keys: String = (0..size / 15)
        .map(|index| format!("\"k{index}\":\"\","))
        .collect();
    vec![
        filled("{\"metrics\":[", "{},", "{}]}"),
        filled("{\"application\":\"", "x", "\"}"),
        filled("{\"unknown\":[", "{\"a\":[]},", "0]}"),
        filled("{\"labels\":{\"", "\\u0000", "\":1}}"),
        filled("", "9", ""),
        format!("{{\"labels\":{{{keys}\"last\":\"\"}}}}"),
        judgement("0.1,".repeat(size / 8 - 1).trim_end_matches(',')),
    ]
}

const TEN_MEGABYTES: usize = 10 * 1024 * 1024 - 1000;

/// In time means in time by size: other work on the machine plays no part in what a process computes.
#[tokio::test]
async fn ten_megabytes_are_read_in_time() {
    let service = Service::simulated();
    let read = |body: String| {
        let service = &service;
        async move {
            let path = if body.contains("values") {
                JUDGEMENTS
            } else {
                ANALYSES
            };
            let before = service.process.computed();
            let response = service.post_text(path, JSON, body).await;
            let status = response.status();
            assert!(status.is_client_error(), "{status}");
            problem(response, status).await;
            service.process.computed() - before
        }
    };
    let tenths = long_bodies(TEN_MEGABYTES / 10);
    for (tenth, whole) in tenths.into_iter().zip(long_bodies(TEN_MEGABYTES)) {
        let shown = whole[..40].to_owned();
        // What is shorter than that is not measured well.
        let tenth = read(tenth).await.max(Duration::from_millis(50));
        let whole = read(whole).await;
        assert!(whole < 40 * tenth, "{shown}: {tenth:?}, then {whole:?}");
    }
}

/// An HTTP worker that reads for seconds would keep everybody else waiting.
#[tokio::test]
async fn others_are_answered_while_ten_megabytes_are_read() {
    let service = Service::simulated();
    let host = service.url.trim_start_matches("http://");
    let keys = long_bodies(TEN_MEGABYTES).swap_remove(5);
    let request = format!(
        "POST {ANALYSES} HTTP/1.1\r\nhost: {host}\r\ncontent-type: {JSON}\r\ncontent-length: {}\r\n\r\n{keys}",
        keys.len()
    );
    // One for each HTTP worker.
    let mut first = TcpStream::connect(host).await.unwrap();
    let mut second = TcpStream::connect(host).await.unwrap();
    let (sent, also) = tokio::join!(
        first.write_all(request.as_bytes()),
        second.write_all(request.as_bytes())
    );
    sent.and(also).unwrap();
    let mut others = 0;
    loop {
        tokio::select! {
            biased;
            read = first.readable() => break read.unwrap(),
            read = second.readable() => break read.unwrap(),
            answered = service.get("/livez") => assert_eq!(answered.status(), StatusCode::OK),
        }
        others += 1;
    }
    for mut stream in [first, second] {
        let mut begin = [0; 12];
        stream.read_exact(&mut begin).await.unwrap();
        assert_eq!(&begin, b"HTTP/1.1 422");
    }
    assert!(others > 20, "{others} were answered meanwhile");
}

#[tokio::test]
async fn head_is_answered_as_get_without_the_body() {
    let service = Service::simulated();
    let client = reqwest::Client::new();
    for (path, status) in [
        ("/livez", 200),
        ("/api/v1/configs/simulated", 200),
        ("/openapi.json", 200),
        ("/nowhere", 404),
        ("/api/v1/judgements", 405),
    ] {
        let head = client
            .head(format!("{}{path}", service.url))
            .send()
            .await
            .unwrap();
        let get = service.get(path).await;
        assert_eq!(head.status().as_u16(), status, "{path}");
        assert_eq!(get.status().as_u16(), status, "{path}");
        for name in ["content-type", "content-length", "etag"] {
            assert_eq!(
                head.headers().get(name),
                get.headers().get(name),
                "{path} {name}"
            );
        }
        assert!(head.bytes().await.unwrap().is_empty(), "{path}");
    }
}

/// What the service answers to these bytes, until it hangs up.
async fn answer_to(host: &str, sent: &[u8]) -> String {
    let mut stream = TcpStream::connect(host).await.unwrap();
    stream.write_all(sent).await.unwrap();
    let mut answer = Vec::new();
    // Hanging up on somebody who still sends can look like a connection that broke.
    stream.read_to_end(&mut answer).await.ok();
    String::from_utf8(answer).unwrap()
}

/// What is no request reaches no handler. The server below them answers it with a status alone.
#[tokio::test]
async fn what_is_not_http_is_refused_without_a_body() {
    let service = Service::simulated();
    let host = service.url.trim_start_matches("http://");
    // As much as is read of a head, so that nothing is on its way when the service hangs up.
    let begin = format!("GET / HTTP/1.1\r\nhost: {host}\r\nx: ");
    let long = format!("{begin}{}", "x".repeat(131_072 - begin.len()));
    for (sent, status) in [
        ("GARBAGE\r\n\r\n", "400 Bad Request"),
        ("GET / HTTP/9.9\r\n\r\n", "400 Bad Request"),
        ("GET /\u{0} HTTP/1.1\r\nhost: a\r\n\r\n", "400 Bad Request"),
        (
            "GET / HTTP/1.1\r\nhost: a\r\nno colon\r\n\r\n",
            "400 Bad Request",
        ),
        (
            "POST /api/v1/analyses HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n",
            "400 Bad Request",
        ),
        (
            "POST /api/v1/analyses HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n{}",
            "400 Bad Request",
        ),
        (&long, "431 Request Header Fields Too Large"),
    ] {
        let answer = answer_to(host, sent.as_bytes()).await;
        let (head, body) = answer.split_once("\r\n\r\n").expect("a whole head");
        let first = head.lines().next();
        assert_eq!(first, Some(format!("HTTP/1.1 {status}").as_str()));
        assert_eq!(body, "", "{answer}");
    }
    assert_eq!(service.get("/livez").await.status(), StatusCode::OK);
}
