//! How fast answers are read, over loopback HTTP and from the account to the series. Target: 100 MB/s for JSON.

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use serinus_adapters::{AccountConfig, RangeQuery, Step, Window};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

const T0: i64 = 1_709_251_200;
const SERIES: i64 = 30;
const POINTS: i64 = 10_000;

/// A value with as many digits as measured ones have.
fn value(series: i64, point: i64) -> f64 {
    (series * POINTS + point) as f64 / 7.0
}

/// Times and values of one series, written by `one`, with commas between them.
fn joined(series: i64, mut one: impl FnMut(&mut String, i64, f64)) -> String {
    let mut text = String::new();
    for point in 0..POINTS {
        if point > 0 {
            text.push(',');
        }
        one(&mut text, T0 + point, value(series, point));
    }
    text
}

/// All series, written by `one`, with commas between them.
fn all(one: impl Fn(i64) -> String) -> String {
    (0..SERIES).map(one).collect::<Vec<_>>().join(",")
}

fn prometheus() -> String {
    let result = all(|series| {
        let values = joined(series, |text, at, value| {
            write!(text, "[{at},\"{value}\"]").expect("a String takes everything");
        });
        format!("{{\"metric\":{{\"pod\":\"{series}\"}},\"values\":[{values}]}}")
    });
    format!(
        "{{\"status\":\"success\",\"data\":{{\"resultType\":\"matrix\",\"result\":[{result}]}}}}"
    )
}

fn influxdb_1() -> String {
    let series = all(|series| {
        let values = joined(series, |text, at, value| {
            write!(text, "[{at}000,{value}]").expect("a String takes everything");
        });
        format!(
            "{{\"name\":\"cpu\",\"tags\":{{\"pod\":\"{series}\"}},\"columns\":[\"time\",\"v\"],\"values\":[{values}]}}"
        )
    });
    format!("{{\"results\":[{{\"statement_id\":0,\"series\":[{series}]}}]}}")
}

fn influxdb_2() -> String {
    let mut text = String::from(
        "#datatype,string,long,dateTime:RFC3339,double,string\r\n#group,false,false,false,false,true\r\n#default,_result,,,,\r\n,result,table,_time,_value,pod\r\n",
    );
    for series in 0..SERIES {
        for point in 0..POINTS {
            let at = Timestamp::from_second(T0 + point).expect("a time");
            write!(
                text,
                ",,{series},{at},{},{series}\r\n",
                value(series, point)
            )
            .expect("a String takes everything");
        }
    }
    text
}

fn influxdb_3() -> String {
    let rows = all(|series| {
        joined(series, |text, at, value| {
            let at = Timestamp::from_second(at).expect("a time").to_string();
            let at = at.trim_end_matches('Z');
            write!(
                text,
                "{{\"time\":\"{at}\",\"pod\":\"{series}\",\"v\":{value}}}"
            )
            .expect("a String takes everything");
        })
    });
    format!("[{rows}]")
}

fn graphite() -> String {
    let series = all(|series| {
        let points = joined(series, |text, at, value| {
            write!(text, "[{value}, {at}]").expect("a String takes everything");
        });
        format!("{{\"target\":\"{series}\",\"tags\":{{}},\"datapoints\":[{points}]}}")
    });
    format!("[{series}]")
}

fn datadog_1() -> String {
    let series = all(|series| {
        let points = joined(series, |text, at, value| {
            write!(text, "[{at}000.0,{value}]").expect("a String takes everything");
        });
        format!(
            "{{\"tag_set\":[\"pod:{series}\"],\"query_index\":0,\"interval\":1,\"pointlist\":[{points}]}}"
        )
    });
    format!("{{\"status\":\"ok\",\"series\":[{series}]}}")
}

fn datadog_2() -> String {
    let heads = all(|series| {
        format!("{{\"group_tags\":[\"pod:{series}\"],\"query_index\":0,\"unit\":null}}")
    });
    let values = all(|series| {
        let row = joined(series, |text, _, value| {
            write!(text, "{value}").expect("a String takes everything");
        });
        format!("[{row}]")
    });
    let times = joined(0, |text, at, _| {
        write!(text, "{at}000").expect("a String takes everything");
    });
    format!(
        "{{\"data\":{{\"attributes\":{{\"series\":[{heads}],\"times\":[{times}],\"values\":[{values}]}}}}}}"
    )
}

fn signalfx() -> String {
    let mut text = String::from("event: control-message\ndata: {\"event\":\"STREAM_START\"}\n\n");
    for series in 0..SERIES {
        write!(
            text,
            "event: metadata\ndata: {{\"tsId\":\"AAAAAM{series:04}\",\"properties\":{{\"pod\":\"{series}\"}}}}\n\n"
        )
        .expect("a String takes everything");
    }
    for point in 0..POINTS {
        let points = all(|series| {
            format!(
                "{{\"tsId\":\"AAAAAM{series:04}\",\"value\":{}}}",
                value(series, point)
            )
        });
        write!(
            text,
            "event: data\ndata: {{\"data\":[{points}],\"logicalTimestampMs\":{}000}}\n\n",
            T0 + point
        )
        .expect("a String takes everything");
    }
    text + "event: control-message\ndata: {\"event\":\"END_OF_CHANNEL\"}\n\n"
}

/// One series: its format has no labels.
fn web() -> String {
    let points: Vec<_> = (0..SERIES * POINTS)
        .map(|point| format!("{{\"time\":{},\"value\":{}}}", T0 + point, value(0, point)))
        .collect();
    format!("{{\"points\":[{}]}}", points.join(","))
}

/// Answers every request with one body, for as long as the runtime lives.
fn serve(runtime: &Runtime, media: &'static str, body: String) -> String {
    let listener = runtime
        .block_on(TcpListener::bind("127.0.0.1:0"))
        .expect("a free port");
    let address = listener.local_addr().expect("a bound socket has one");
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: {media}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    runtime.spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 65_536];
            // Small requests come in one piece; the clients wait for nothing else.
            if stream.read(&mut request).await.is_ok()
                && stream.write_all(head.as_bytes()).await.is_ok()
                && stream.write_all(body.as_bytes()).await.is_ok()
            {
                stream.shutdown().await.ok();
            }
        }
    });
    format!("http://{address}")
}

fn answers(c: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let influxql = "SELECT v FROM cpu WHERE $timeFilter";
    let flux = "range(start: v.timeRangeStart, stop: v.timeRangeStop)";
    let influxdb_of =
        |version: i64| json!({"type": "influxdb", "version": version, "database": "b"});
    let key = json!({"env": "PATH"});
    let datadog_of =
        |api: &str| json!({"type": "datadog", "api": api, "apiKey": key, "applicationKey": key});
    let stores: [(&str, Value, &str, &'static str, String); 9] = [
        (
            "prometheus",
            json!({"type": "prometheus"}),
            "up",
            "application/json",
            prometheus(),
        ),
        (
            "influxdb 1",
            influxdb_of(1),
            influxql,
            "application/json",
            influxdb_1(),
        ),
        (
            "influxdb 2",
            json!({"type": "influxdb", "version": 2, "organization": "b"}),
            flux,
            "text/csv",
            influxdb_2(),
        ),
        (
            "influxdb 3",
            influxdb_of(3),
            influxql,
            "application/json",
            influxdb_3(),
        ),
        (
            "graphite",
            json!({"type": "graphite"}),
            "x",
            "application/json",
            graphite(),
        ),
        (
            "datadog 1",
            datadog_of("v1"),
            "avg:x{*}",
            "application/json",
            datadog_1(),
        ),
        (
            "datadog 2",
            datadog_of("v2"),
            "avg:x{*}",
            "application/json",
            datadog_2(),
        ),
        (
            "signalfx",
            json!({"type": "signalfx", "accessToken": key}),
            "data('x').publish()",
            "text/event-stream",
            signalfx(),
        ),
        (
            "web",
            json!({"type": "web", "times": "$.points[*].time", "values": "$.points[*].value"}),
            "x",
            "application/json",
            web(),
        ),
    ];
    let instant = |second| Timestamp::from_second(second).expect("a time");
    let mut group = c.benchmark_group("read an answer");
    group.sample_size(10);
    for (name, mut config, text, media, body) in stores {
        group.throughput(Throughput::BytesDecimal(body.len() as u64));
        config["url"] = json!(serve(&runtime, media, body));
        let account: AccountConfig = serde_json::from_value(config).expect("an account");
        let source = account.connect().expect("nothing is sent yet");
        let query = RangeQuery {
            text: text.to_owned(),
            window: Window::new(instant(T0), instant(T0 + POINTS)).expect("in order"),
            step: Step::try_from(SignedDuration::from_secs(1)).expect("a step"),
        };
        group.bench_function(name, |b| {
            b.iter(|| {
                let answer = runtime.block_on(source.query(black_box(&query)));
                let answer = answer.expect("a right answer");
                let samples: usize = answer.series.iter().map(|it| it.samples.len()).sum();
                assert!(samples as i64 >= POINTS);
                answer
            });
        });
    }
    group.finish();
}

criterion_group!(benches, answers);
criterion_main!(benches);
