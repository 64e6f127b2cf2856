//! What every store makes of servers and connections that fail.

use std::time::{Duration, Instant};

use serde_json::json;
use serinus_adapters::{QueryError, Sample, Series};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::stand_in::{Wire, ask, by_hand, reply, serve};
use super::store::{Ending, Many, SECRET};
use super::{Spelled, Store};
use crate::support::at;

/// A right answer to the query over ten minutes.
fn right(store: &Store) -> (Vec<Series>, Spelled) {
    let samples = (0..=10).map(|index| Sample {
        at: at(index * 60),
        value: 12.5,
    });
    let series = vec![Series {
        labels: (store.labels)("a"),
        samples: samples.collect(),
    }];
    let spelled = (store.spell)(&series, &store.query(0, 600));
    (series, spelled)
}

fn head(store: &Store, length: usize) -> String {
    let media = right(store).1.media;
    format!("HTTP/1.1 200 OK\r\ncontent-type: {media}\r\ncontent-length: {length}\r\n\r\n")
}

pub(super) async fn statuses_are_sorted_by_what_to_do(store: &Store) {
    for (status, code) in [
        (400, "invalid-query"),
        (401, "unauthorized"),
        (403, "unauthorized"),
        (404, "malformed"),
        (405, "malformed"),
        (408, "timeout"),
        (422, "invalid-query"),
        (429, "rate-limited"),
        (500, "unavailable"),
        (502, "unavailable"),
        (503, "unavailable"),
        (504, "timeout"),
    ] {
        let page = "<html>\n  <h1>some  proxy</h1>";
        let said = json!({"error": "so it is", "errors": ["so it is"], "message": "so it is"});
        for (kind, body, words) in [
            ("text/html", page.to_owned(), "<html> <h1>some proxy</h1>"),
            ("application/json", said.to_string(), "so it is"),
        ] {
            let reply = ResponseTemplate::new(status).set_body_raw(body, kind);
            let error = ask(store, reply).await.unwrap_err();
            assert_eq!(error.code(), code, "{status}: {error}");
            let text = error.to_string();
            assert!(text.contains(words), "{text}");
            assert!(text.contains(&status.to_string()), "{text}");
            let retryable = matches!(code, "timeout" | "rate-limited" | "unavailable");
            assert_eq!(error.is_retryable(), retryable, "{status}");
        }
    }
}

pub(super) async fn retry_after_is_honoured(store: &Store) {
    let limited = ResponseTemplate::new(429);
    for (reply, expected) in [
        (
            limited.clone().insert_header("retry-after", "17"),
            Some(Duration::from_secs(17)),
        ),
        (limited, None),
    ] {
        let error = ask(store, reply).await.unwrap_err();
        let QueryError::RateLimited { retry_after, .. } = error else {
            panic!("{error:?}");
        };
        assert_eq!(retry_after, expected);
    }
}

/// The caller repeats what may pass: the same source must answer afterwards.
pub(super) async fn an_error_passes(store: &Store) {
    let (series, spelled) = right(store);
    let (server, source) = serve(store, ResponseTemplate::new(503)).await;
    let query = store.query(0, 600);
    let error = source.query(&query).await.unwrap_err();
    assert_eq!(error.code(), "unavailable");
    server.reset().await;
    let mock = Mock::given(any()).respond_with(reply(200, &spelled));
    mock.mount(&server).await;
    assert_eq!(source.query(&query).await.unwrap().series, series);
}

pub(super) async fn a_page_is_malformed(store: &Store) {
    for body in [
        "<!doctype html><html><h1>Log in</h1></html>",
        "",
        "{}",
        "[1, 2",
        "\u{0}\u{1}",
    ] {
        let reply = ResponseTemplate::new(200).set_body_raw(body, "text/html");
        let error = ask(store, reply).await.unwrap_err();
        assert_eq!(error.code(), "malformed", "{body:?}: {error}");
        assert!(error.to_string().contains("text/html"), "{error}");
    }
}

/// Proxies change it; the body decides.
pub(super) async fn the_content_type_alone_refuses_nothing(store: &Store) {
    let (series, spelled) = right(store);
    let reply = ResponseTemplate::new(200).set_body_raw(spelled.body, "text/plain");
    assert_eq!(ask(store, reply).await.unwrap().series, series);
}

/// A proxy may cut a body and still frame it correctly. Where the format does not tell, at least nothing is invented.
pub(super) async fn a_cut_answer_is_no_answer(store: &Store) {
    let (series, spelled) = right(store);
    let whole = spelled.body.trim_end();
    let lengths = (0..whole.len()).step_by(7);
    for length in lengths.filter(|&length| whole.is_char_boundary(length)) {
        let cut = Spelled {
            media: spelled.media,
            body: whole[..length].to_owned(),
        };
        match ask(store, reply(200, &cut)).await {
            Err(error) => assert!(
                matches!(error.code(), "malformed" | "unavailable"),
                "{}: {error}",
                cut.body
            ),
            Ok(answer) => {
                assert!(store.ending == Ending::InTransport, "{}", cut.body);
                for part in &answer.series {
                    assert_eq!(part.labels, series[0].labels, "{}", cut.body);
                    assert!(series[0].samples.starts_with(&part.samples));
                }
            }
        }
    }
}

/// Whatever a broken server or a hostile one sends, there is an error or a series in order, inside of the window. The
/// same changes are tried every time (a linear congruential generator chooses them).
pub(super) async fn changed_answers_do_no_harm(store: &Store) {
    let (_, spelled) = right(store);
    let (server, source) = serve(store, reply(200, &spelled)).await;
    let query = store.query(0, 600);
    let mut state = 20_260_114_u64;
    let mut random = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    let tokens: [&[u8]; 12] = [
        b"-",
        b"9",
        b"99999999999999999999",
        b"1e999",
        b"null",
        b"\"",
        b"[",
        b"}",
        b",",
        b"\n",
        b"\xff",
        b"",
    ];
    for _ in 0..150 {
        let mut body = spelled.body.clone().into_bytes();
        for _ in 0..=random(2) {
            let at = random(body.len());
            let end = (at + random(6)).min(body.len());
            let token = tokens[random(tokens.len())];
            body.splice(at..end, token.iter().copied());
        }
        server.reset().await;
        let reply = ResponseTemplate::new(200).set_body_raw(body.clone(), spelled.media);
        Mock::given(any()).respond_with(reply).mount(&server).await;
        if let Ok(answer) = source.query(&query).await {
            for series in answer.series {
                let inside = series.samples.iter().all(|it| query.window.contains(it.at));
                let sorted = series.samples.is_sorted_by(|a, b| a.at < b.at);
                let body = String::from_utf8_lossy(&body);
                assert!(inside && sorted && !series.samples.is_empty(), "{body}");
            }
        }
    }
}

pub(super) async fn a_broken_connection_is_unavailable(store: &Store) {
    let body = right(store).1.body;
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    for sent in [
        format!("{}{body}", head(store, body.len() + 1)),
        format!("{}{}", head(store, body.len()), &body[..body.len() / 2]),
        format!("{chunked}{:x}\r\n{body}\r\n", body.len()),
        String::new(),
    ] {
        let (_tasks, source) = by_hand(store, Wire::Cut(sent.clone()), json!({})).await;
        let error = source.query(&store.query(0, 600)).await.unwrap_err();
        assert_eq!(error.code(), "unavailable", "{sent:?}: {error}");
        assert!(error.to_string().contains("http://127.0.0.1"), "{error}");
    }
}

pub(super) async fn a_stalled_answer_times_out(store: &Store) {
    for sent in [
        String::new(),
        head(store, 5000),
        format!("{}{{", head(store, 5000)),
    ] {
        times_out(store, Wire::Stall(sent)).await;
    }
}

/// Each byte is in time, the whole is not.
pub(super) async fn a_slow_answer_times_out(store: &Store) {
    times_out(store, Wire::Drip(head(store, 5_000_000))).await;
}

async fn times_out(store: &Store, wire: Wire) {
    let (_tasks, source) = by_hand(store, wire, json!({"timeout": "200ms"})).await;
    let begin = Instant::now();
    let error = source.query(&store.query(0, 600)).await.unwrap_err();
    assert_eq!(error.code(), "timeout", "{error}");
    assert!(begin.elapsed() < Duration::from_secs(10));
}

/// Stopped while it is read: the server never gets to its end.
pub(super) async fn a_huge_answer_is_stopped(store: &Store) {
    let (series, spelled) = right(store);
    let limits = json!({"maxResponseBytes": spelled.body.len()});
    let (_tasks, source) = by_hand(
        store,
        Wire::Drip(format!(
            "{}{}",
            head(store, 1 << 40),
            " ".repeat(spelled.body.len() + 1)
        )),
        limits.clone(),
    )
    .await;
    let query = store.query(0, 600);
    let error = source.query(&query).await.unwrap_err();
    assert_eq!(error.code(), "too-much-data", "{error}");
    // One byte less is within the limit.
    let server = MockServer::start().await;
    let mock = Mock::given(any()).respond_with(reply(200, &spelled));
    mock.mount(&server).await;
    let source = store.at(&server.uri(), limits);
    assert_eq!(source.query(&query).await.unwrap().series, series);
}

/// A series takes memory however few bytes it has.
pub(super) async fn too_many_series_are_refused(store: &Store) {
    if store.many == Many::One {
        return;
    }
    let series: Vec<_> = (0..=10_000)
        .map(|number| Series {
            labels: (store.labels)(&format!("pod-{number:05}")),
            samples: vec![Sample {
                at: at(60),
                value: 12.5,
            }],
        })
        .collect();
    let spelled = (store.spell)(&series, &store.query(0, 600));
    let error = ask(store, reply(200, &spelled)).await.unwrap_err();
    assert_eq!(error.code(), "too-much-data", "{error}");
}

/// A server that does not speak TLS at all; certificates are tried against a real one in `prometheus_secured`.
pub(super) async fn tls_failure_is_unavailable(store: &Store) {
    let server = MockServer::start().await;
    let source = store.at(&server.uri().replace("http://", "https://"), json!({}));
    let error = source.query(&store.query(0, 600)).await.unwrap_err();
    assert_eq!(error.code(), "unavailable", "{error}");
    assert!(error.is_retryable());
}

/// The top-level domain `invalid` never exists (RFC 6761); nothing listens on port 1.
pub(super) async fn unknown_hosts_are_unavailable(store: &Store) {
    for url in ["http://metrics.invalid", "http://127.0.0.1:1"] {
        let source = store.at(url, json!({"timeout": "5s"}));
        let error = source.query(&store.query(0, 600)).await.unwrap_err();
        assert_eq!(error.code(), "unavailable", "{error}");
        assert!(error.to_string().contains(url), "{error}");
    }
}

pub(super) async fn redirects_are_not_followed(store: &Store) {
    let other = MockServer::start().await;
    let target = format!(
        "http://localhost:{}/login?token=abc",
        other.address().port()
    );
    for status in [301, 302, 303, 307, 308] {
        let reply = ResponseTemplate::new(status).insert_header("location", target.as_str());
        let error = ask(store, reply).await.unwrap_err();
        assert_eq!(error.code(), "malformed");
        let text = error.to_string();
        assert!(text.contains("redirect to localhost"), "{text}");
        assert!(!text.contains("token=abc"), "{text}");
    }
    assert_eq!(other.received_requests().await.unwrap().len(), 0);
}

/// Some proxies repeat the request's headers in their error page.
pub(super) async fn secrets_stay_out_of_errors(store: &Store) {
    for status in [200, 400, 403, 500] {
        let page = format!("<html>you sent {SECRET} and {SECRET}");
        let reply = ResponseTemplate::new(status).set_body_raw(page, "text/html");
        let error = ask(store, reply).await.unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(shown.contains("you sent"), "{shown}");
        assert!(!shown.contains(SECRET), "{shown}");
    }
}
