//! A real graphite-web over whisper files.

use std::fs;
use std::process::Command;
use std::sync::OnceLock;

use serde_json::json;
use serinus_adapters::{Escaping, MetricSource, Series};

use crate::keeper::{Kept, assert_installed, free_port, wait_for};
use crate::support::{T0, account, connect, range, series, step};

struct Graphite {
    _kept: Kept,
    port: u16,
}

/// Writes `shop.a.load` and `shop.b.load`: every 10 s from T0 for an hour, the value tells the time. Pod b is silent from
/// 900 s to 1200 s. The files are sparse, since they must reach from T0 to today.
const WRITER: &str = "
import os, sys, time, whisper
folder, t0 = sys.argv[1], int(sys.argv[2])
points = (int(time.time()) - t0) // 10 + 1000
for pod, base, silent in [('a', 0, range(0)), ('b', 1000, range(90, 120))]:
    os.makedirs(f'{folder}/whisper/shop/{pod}')
    path = f'{folder}/whisper/shop/{pod}/load.wsp'
    whisper.create(path, [(10, points)], xFilesFactor=0, sparse=True)
    whisper.update_many(path, [(t0 + i * 10, base + i) for i in range(360) if i not in silent])
";

fn start() -> Graphite {
    assert_installed("graphite-manage");
    let folder = tempfile::tempdir().unwrap().keep();
    let path = folder.display().to_string();
    // The distribution's Python, for which its packages are.
    let written = Command::new("/usr/bin/python3")
        .args(["-c", WRITER, &path, &T0.to_string()])
        .output()
        .unwrap();
    assert!(written.status.success(), "{written:?}");
    let settings = format!(
        "SECRET_KEY = 'of the tests'\nALLOWED_HOSTS = ['*']\nLOG_ROTATION = False\nLOG_DIR = '{path}'\n\
         STORAGE_DIR = '{path}'\nWHISPER_DIR = '{path}/whisper'\nINDEX_FILE = '{path}/index'\n\
         STANDARD_DIRS = ['{path}/whisper']\nCARBONLINK_HOSTS = []\nTIME_ZONE = 'UTC'\n\
         DATABASES = {{'default': {{'ENGINE': 'django.db.backends.sqlite3', 'NAME': '{path}/db'}}}}\n"
    );
    fs::write(folder.join("serinus_graphite.py"), settings).unwrap();
    let port = free_port();
    let arguments = [
        format!("PYTHONPATH={path}"),
        "GRAPHITE_SETTINGS_MODULE=serinus_graphite".to_owned(),
        "graphite-manage".to_owned(),
        "runserver".to_owned(),
        "--noreload".to_owned(),
        format!("127.0.0.1:{port}"),
    ];
    let kept = Kept::start(&folder, "env", &arguments);
    wait_for(
        port,
        "/render?target=constantLine(1)&format=json&from=-1min",
    );
    Graphite { _kept: kept, port }
}

pub(crate) fn source() -> Box<dyn MetricSource> {
    static SHARED: OnceLock<Graphite> = OnceLock::new();
    let port = SHARED.get_or_init(start).port;
    connect(json!({"type": "graphite", "url": format!("http://127.0.0.1:{port}")}))
}

/// Times and values only: labels hold what functions leave in them.
fn samples(series: &Series) -> Vec<(i64, f64)> {
    let samples = series.samples.iter();
    samples
        .map(|sample| (sample.at.as_second() - T0, sample.value))
        .collect()
}

#[tokio::test]
async fn stored_points_carry_the_ends_of_their_slots_and_gaps_stay() {
    let query = range("shop.*.load", 600, 1500, 10);
    let answer = source().query(&query).await.unwrap();
    let of = |pod: &str,
              value: fn(i64) -> i64,
              slots: std::ops::RangeInclusive<i64>,
              silent: std::ops::Range<i64>| {
        let target = format!("shop.{pod}.load");
        let slots = slots.filter(|slot| !silent.contains(slot));
        series(
            &[("name", &target), ("target", &target)],
            slots.map(|slot| (slot * 10 + 10, value(slot) as f64)),
        )
    };
    assert_eq!(
        answer.series,
        [
            of("a", |slot| slot, 59..=149, 0..0),
            of("b", |slot| 1000 + slot, 59..=149, 90..120),
        ]
    );
    assert_eq!(answer.notes, Vec::<String>::new());
    assert_eq!(answer.step, step(10));
}

#[tokio::test]
async fn summaries_are_whole_and_begin_with_the_window() {
    // Six slots from 600 s on: 60 to 65.
    for (from, to) in [(660, 960), (690, 990)] {
        let text = "summarize(shop.a.load, \"60s\", \"sum\", true)";
        let answer = source().query(&range(text, from, to, 60)).await.unwrap();
        let sum = |end: i64| (end / 10 - 6..end / 10).sum::<i64>() as f64;
        let expected: Vec<_> = (from..=to).step_by(60).map(|end| (end, sum(end))).collect();
        assert_eq!(answer.series.len(), 1);
        assert_eq!(samples(&answer.series[0]), expected, "{from}");
        assert_eq!(answer.step, step(60));
    }
    // Aligned to the clock, the summaries at the edges are cut off.
    let text = "summarize(shop.a.load, \"60s\", \"count\", false)";
    let answer = source().query(&range(text, 690, 990, 60)).await.unwrap();
    let expected: Vec<_> = (720..=960).step_by(60).map(|end| (end, 6.0)).collect();
    assert_eq!(samples(&answer.series[0]), expected);
}

/// What is stored every 10 s and asked for every minute comes as it is stored, and is told so.
#[tokio::test]
async fn the_stored_step_is_told() {
    let answer = source()
        .query(&range("shop.a.load", 660, 900, 60))
        .await
        .unwrap();
    assert_eq!(answer.step, step(10));
}

#[tokio::test]
async fn a_whole_window_can_be_one_number() {
    let text = "summarize(shop.a.load, \"600s\", \"sum\", true)";
    let answer = source().query(&range(text, 1210, 1210, 600)).await.unwrap();
    // The slots from 610 s to 1200 s.
    let expected: i64 = (61..=120).sum();
    let shown: Vec<_> = answer.series.iter().map(samples).collect();
    assert_eq!(shown, [[(1210, expected as f64)]]);
}

#[tokio::test]
async fn no_data_is_an_empty_answer_and_mistakes_are_errors() {
    let source = source();
    source.check().await.unwrap();
    let answer = source
        .query(&range("shop.z.load", 60, 600, 60))
        .await
        .unwrap();
    assert_eq!(answer.series, []);
    let nothing = range("shop.b.load", 920, 1190, 10);
    assert_eq!(source.query(&nothing).await.unwrap().series, []);
    let wrong = range("nosuchFunction(shop.a.load)", 60, 600, 60);
    let error = source.query(&wrong).await.unwrap_err();
    assert_eq!(error.code(), "invalid-query");
    assert!(error.to_string().contains("nosuchFunction"), "{error}");
    let fine = serinus_adapters::RangeQuery {
        step: serinus_adapters::Step::MILLISECOND,
        ..wrong
    };
    let error = source.query(&fine).await.unwrap_err();
    assert!(error.to_string().contains("whole seconds"), "{error}");
}

/// A value cannot leave its place in the path.
#[tokio::test]
async fn escaped_values_stay_inside() {
    let config = account(json!({"type": "graphite", "url": "http://localhost"}));
    assert_eq!(config.escaping(), Escaping::GraphitePath);
    for value in ["*", "{a,b}", "a),sumSeries(shop.*"] {
        let text = format!("shop.{}.load", config.escaping().apply(value));
        let answer = source().query(&range(&text, 60, 600, 10)).await.unwrap();
        assert_eq!(answer.series, [], "{text}");
    }
    let text = format!("shop.{}.load", config.escaping().apply("a"));
    let answer = source().query(&range(&text, 60, 600, 10)).await.unwrap();
    assert_eq!(answer.series.len(), 1);
}
