//! Queries against a real server, compared with the values the history was made of.

use jiff::SignedDuration;
use serde_json::json;
use serinus_adapters::{Escaping, QueryError, RangeQuery, Step, Window};

use crate::server::{DENSE, Server, shared};
use crate::support::{at, at_ms, connect, prometheus, range, series, step};

const SHOP: (&str, &str) = ("app", "shop \"1\"");

#[tokio::test]
async fn series_come_with_labels_times_and_gaps() {
    let source = prometheus(&shared().url);
    let answer = source.query(&range("load", 0, 1800, 15)).await.unwrap();
    let of_pod = |pod, first: i64, silent: std::ops::Range<i64>| {
        // The last sample is at 1785 s and, with a look-back of 20 s, also seen at 1800 s; so is the one before a gap.
        let before_gap = silent.start - 1;
        let seen = (0..=120).filter(move |index| !silent.contains(index));
        let value = move |index: i64| {
            let repeats = index == 120 || index == before_gap;
            let last = if repeats { index - 1 } else { index };
            (first + last) as f64
        };
        series(
            &[("__name__", "load"), SHOP, ("pod", pod)],
            seen.map(move |index| (index * 15, value(index))),
        )
    };
    assert_eq!(
        answer.series,
        [of_pod("a", 0, 500..500), of_pod("b", 1000, 41..60)]
    );
    assert_eq!(answer.notes, Vec::<String>::new());
    assert_eq!(answer.step, step(15));
}

#[tokio::test]
async fn evaluation_begins_at_an_unaligned_start_and_includes_the_end() {
    let source = prometheus(&shared().url);
    let query = RangeQuery {
        text: "sum(load{pod=\"a\"})".to_owned(),
        window: Window::new(at_ms(7_250), at_ms(67_250)).unwrap(),
        step: step(30),
    };
    let answer = source.query(&query).await.unwrap();
    let samples: Vec<_> = answer.series[0]
        .samples
        .iter()
        .map(|s| (s.at, s.value))
        .collect();
    assert_eq!(
        samples,
        [
            (at_ms(7_250), 0.0),
            (at_ms(37_250), 2.0),
            (at_ms(67_250), 4.0)
        ]
    );
    assert_eq!(answer.notes, Vec::<String>::new());
}

#[tokio::test]
async fn special_values_and_fractional_times_are_exact() {
    let source = prometheus(&shared().url);
    let query = RangeQuery {
        text: "odd".to_owned(),
        window: Window::new(at_ms(250), at_ms(375)).unwrap(),
        step: Step::try_from(SignedDuration::from_millis(125)).unwrap(),
    };
    let answer = source.query(&query).await.unwrap();
    let bits: Vec<(&str, Vec<u64>)> = answer
        .series
        .iter()
        .map(|series| {
            assert_eq!(series.samples[0].at, at_ms(250));
            assert_eq!(series.samples[1].at, at_ms(375));
            let bits = series.samples.iter().map(|sample| sample.value.to_bits());
            (series.labels.get("kind").unwrap(), bits.collect())
        })
        .collect();
    let twice = |value: f64| vec![value.to_bits(); 2];
    assert_eq!(
        bits,
        [
            ("big", twice(f64::MAX)),
            ("inf", twice(f64::INFINITY)),
            ("nan", twice(f64::NAN)),
            ("neg", twice(f64::NEG_INFINITY)),
            ("tiny", twice(5e-324)),
        ]
    );
}

#[tokio::test]
async fn no_matching_data_is_an_empty_answer() {
    let source = prometheus(&shared().url);
    let answer = source
        .query(&range("absent_metric", 0, 600, 60))
        .await
        .unwrap();
    assert_eq!(answer.series, []);
    let scalar = source.query(&range("2", 0, 60, 60)).await.unwrap();
    assert_eq!(scalar.series, [series(&[], [(0, 2.0), (60, 2.0)])]);
}

#[tokio::test]
async fn wrong_queries_say_what_is_wrong() {
    let source = prometheus(&shared().url);
    let too_many = "load / on(app) load";
    for (text, reason) in [
        ("sum(load", "parse error"),
        ("load[5m]", "range vector"),
        ("", "no expression"),
        (too_many, "many-to-many matching not allowed"),
    ] {
        let error = source.query(&range(text, 0, 600, 60)).await.unwrap_err();
        let QueryError::InvalidQuery { detail } = &error else {
            panic!("{error:?}");
        };
        assert!(detail.starts_with("POST http://127.0.0.1:"), "{detail}");
        // Prometheus puts the reason behind the label sets, which may be longer than what an error keeps.
        let cut = detail.ends_with("..");
        assert!(
            detail.contains(reason) || cut && text == too_many,
            "{detail}"
        );
    }
}

/// The window is cut into three requests; values equal to their second show that no instant is lost or doubled.
#[tokio::test]
async fn long_windows_equal_the_same_query_in_pieces() {
    let source = prometheus(&shared().url);
    let whole = source
        .query(&range("dense", 0, DENSE - 1, 1))
        .await
        .unwrap();
    let expected = (0..DENSE).map(|second| (second, second as f64));
    assert_eq!(whole.series, [series(&[("__name__", "dense")], expected)]);

    let mut pieces = Vec::new();
    for from in (0..DENSE).step_by(5000) {
        let to = from + 4999;
        let piece = source.query(&range("dense", from, to, 1)).await.unwrap();
        pieces.extend(piece.series.into_iter().flat_map(|series| series.samples));
    }
    assert_eq!(whole.series[0].samples, pieces);
}

/// One point more than a request asks for, and a series that exists only in the second request.
#[tokio::test]
async fn the_edge_of_the_point_limit() {
    let source = prometheus(&shared().url);
    for points in [10_999, 11_000, 11_001, 11_002, 22_000, 22_001] {
        let answer = source
            .query(&range("dense", 0, points - 1, 1))
            .await
            .unwrap();
        let samples = &answer.series[0].samples;
        assert_eq!(samples.len(), usize::try_from(points).unwrap());
        assert_eq!(samples.last().map(|sample| sample.at), Some(at(points - 1)));
    }
    let late = source
        .query(&range("dense > 11500", 0, 11_999, 1))
        .await
        .unwrap();
    assert_eq!(late.series[0].samples.len(), 499);
}

/// The store's own parser says what an escaped value means: `absent` returns the labels it was asked for.
#[tokio::test]
async fn escaped_values_survive_the_real_parser() {
    let source = prometheus(&shared().url);
    let ascii: String = (1..=127_u8).map(char::from).collect();
    for value in [
        ascii.as_str(),
        "\"} or vector(1) #",
        "\\\"",
        "\\",
        "a\\nb",
        "two\nlines\r\n",
        "${scope} $1",
        "`'",
        "p\u{e9}ch\u{e9} \u{1f426}",
    ] {
        let text = format!(
            "absent(nothing{{v=\"{}\"}})",
            Escaping::PromqlString.apply(value)
        );
        let answer = source.query(&range(&text, 0, 60, 60)).await.unwrap();
        assert_eq!(answer.series.len(), 1);
        assert_eq!(answer.series[0].labels.get("v"), Some(value));
    }
}

#[tokio::test]
async fn check_asks_the_query_api_under_the_path_prefix() {
    prometheus(&shared().url).check().await.unwrap();
    let slash = format!("{}/", shared().url);
    prometheus(&slash).check().await.unwrap();

    let (root, _) = shared().url.split_once("/team").unwrap();
    let error = prometheus(root).check().await.unwrap_err();
    assert!(matches!(error, QueryError::Malformed { .. }), "{error:?}");
    assert!(error.to_string().contains("404 Not Found"), "{error}");
}

#[tokio::test]
async fn limits_of_the_server_are_told_apart() {
    let narrow = Server::start("http", &["--query.max-samples=50"]);
    let error = prometheus(&narrow.url)
        .query(&range("dense", 0, 600, 1))
        .await
        .unwrap_err();
    assert!(matches!(error, QueryError::TooMuchData { .. }), "{error:?}");

    let hasty = Server::start("http", &["--query.timeout=1ms"]);
    let heavy = "sum_over_time(max_over_time(dense[1h:1s])[1h:1s])";
    let error = prometheus(&hasty.url)
        .query(&range(heavy, 3600, 7200, 1))
        .await
        .unwrap_err();
    assert!(matches!(error, QueryError::Timeout { .. }), "{error:?}");
    assert!(error.to_string().contains("timed out"), "{error}");
}

/// The server itself stops at the account's time limit, and so does the client.
#[tokio::test]
async fn the_accounts_time_limit_ends_a_query() {
    let source = connect(json!({
        "type": "prometheus", "url": shared().url, "limits": {"timeout": "20ms"},
    }));
    let heavy = "sum_over_time(max_over_time(dense[1h:1s])[1h:1s])";
    let begin = std::time::Instant::now();
    let error = source
        .query(&range(heavy, 3600, 7200, 1))
        .await
        .unwrap_err();
    assert!(matches!(error, QueryError::Timeout { .. }), "{error:?}");
    assert!(begin.elapsed().as_secs() < 10);
}

#[tokio::test]
async fn a_stopped_server_is_unavailable() {
    let server = Server::start("http", &[]);
    let source = prometheus(&server.url);
    source.check().await.unwrap();
    server.stop();
    // The first request may find the old connection and see it close.
    let first = source.check().await.unwrap_err();
    assert!(matches!(first, QueryError::Unavailable { .. }), "{first:?}");
    let second = source.query(&range("load", 0, 60, 15)).await.unwrap_err();
    assert!(
        matches!(second, QueryError::Unavailable { .. }),
        "{second:?}"
    );
    assert!(second.is_retryable());
    assert!(second.to_string().contains("refused"), "{second}");
}
