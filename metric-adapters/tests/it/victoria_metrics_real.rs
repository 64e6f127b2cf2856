//! A real `VictoriaMetrics`, through the account type for Prometheus.

use std::fmt::Write as _;
use std::sync::OnceLock;

use serde_json::json;
use serinus_adapters::MetricSource;

use crate::keeper::{Kept, free_port, http, wait_for};
use crate::support::{T0, connect, range, series};

struct Victoria {
    _kept: Kept,
    port: u16,
}

/// A `load` every 15 s from T0 for an hour, whose value tells its time; pod b is silent from 900 s to 1200 s.
fn start() -> Victoria {
    let folder = tempfile::tempdir().unwrap().keep();
    let port = free_port();
    let arguments = [
        format!("-storageDataPath={}/data", folder.display()),
        format!("-httpListenAddr=127.0.0.1:{port}"),
        "-retentionPeriod=100y".to_owned(),
        "-search.maxPointsPerTimeseries=1000".to_owned(),
    ];
    let kept = Kept::start(&folder, "victoria-metrics", &arguments);
    wait_for(port, "/health");
    let mut text = String::new();
    for index in 0..240 {
        let time = (T0 + index * 15) * 1000;
        writeln!(text, "load{{pod=\"a\"}} {index} {time}").unwrap();
        if !(60..80).contains(&index) {
            writeln!(text, "load{{pod=\"b\"}} {} {time}", 1000 + index).unwrap();
        }
    }
    let (status, said) = http("POST", port, "/api/v1/import/prometheus", &text).unwrap();
    assert_eq!(status, 204, "{said}");
    http("GET", port, "/internal/force_flush", "").unwrap();
    Victoria { _kept: kept, port }
}

fn source(flavour: &str) -> Box<dyn MetricSource> {
    static SHARED: OnceLock<Victoria> = OnceLock::new();
    let port = SHARED.get_or_init(start).port;
    let url = format!("http://127.0.0.1:{port}");
    connect(json!({"type": "prometheus", "flavour": flavour, "url": url}))
}

/// From 50 points on the response cache moves times to multiples of the step; the flavour keeps it out.
#[tokio::test]
async fn long_unaligned_windows_keep_their_times() {
    let query = range("load{pod=\"a\"}", 607, 607 + 59 * 30, 30);
    let answer = source("victoria-metrics").query(&query).await.unwrap();
    let expected = (0..60).map(|index| (607 + index * 30, ((607 + index * 30) / 15) as f64));
    let labels = [("__name__", "load"), ("pod", "a")];
    assert_eq!(answer.series, [series(&labels, expected)]);
    assert_eq!(answer.notes, Vec::<String>::new());

    // Without the flavour the store's own times come, and are told of.
    let answer = source("prometheus").query(&query).await.unwrap();
    let notes = answer.notes.join("; ");
    assert!(notes.contains("not at the instants asked for"), "{notes}");
}

#[tokio::test]
async fn gaps_and_empty_answers_are_as_stored() {
    let source = source("victoria-metrics");
    let answer = source.query(&range("load", 600, 1800, 60)).await.unwrap();
    let of = |pod, value: fn(i64) -> i64, minutes: Vec<i64>| {
        let samples = minutes.into_iter();
        let samples = samples.map(|minute| (minute * 60, value(minute * 4) as f64));
        series(&[("__name__", "load"), ("pod", pod)], samples)
    };
    // At 900 s the last sample of pod b, of 885 s, is still seen.
    let b = of("b", |index| 1000 + index.min(59), (10..=15).collect());
    let mut b_again = of("b", |index| 1000 + index, (20..=30).collect());
    b_again.samples.splice(..0, b.samples);
    let a = of("a", |index| index, (10..=30).collect());
    assert_eq!(answer.series, [a, b_again]);

    // Where Prometheus says NaN, it says nothing.
    for text in ["absent_metric", "load / 0 - load / 0"] {
        let answer = source.query(&range(text, 600, 1800, 60)).await.unwrap();
        assert_eq!(answer.series, [], "{text}");
    }
}

#[tokio::test]
async fn errors_are_sorted_by_what_to_do() {
    let source = source("victoria-metrics");
    for (text, to, code) in [
        ("sum(load", 600, "invalid-query"),
        ("load", 3600, "too-much-data"),
    ] {
        let error = source.query(&range(text, 0, to, 1)).await.unwrap_err();
        assert_eq!(error.code(), code, "{error}");
    }
    source.check().await.unwrap();
}
