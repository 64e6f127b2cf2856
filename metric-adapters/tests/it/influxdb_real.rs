//! A real `InfluxDB` 1, asked what was written to it.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

use serde_json::{Value, json};
use serinus_adapters::{Escaping, MetricSource, QueryError};

use crate::keeper::{Kept, free_port, http, wait_for};
use crate::support::{T0, account, connect, range, series, step};

struct Influx {
    _kept: Kept,
    port: u16,
    folder: PathBuf,
}

impl Influx {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap().keep();
        let (port, backup) = (free_port(), free_port());
        let data = folder.display();
        let config = format!(
            "reporting-disabled = true\nbind-address = \"127.0.0.1:{backup}\"\n\
             [meta]\ndir = \"{data}/meta\"\n[data]\ndir = \"{data}/data\"\nwal-dir = \"{data}/wal\"\n\
             [ifql]\nenabled = false\n[coordinator]\nmax-select-series = 10\n\
             [http]\nbind-address = \"127.0.0.1:{port}\"\nauth-enabled = true\nmax-row-limit = 500\n"
        );
        fs::write(folder.join("influx.conf"), config).unwrap();
        let arguments = [
            "-config".to_owned(),
            folder.join("influx.conf").display().to_string(),
        ];
        let server = Self {
            _kept: Kept::start(&folder, "influxd", &arguments),
            port,
            folder,
        };
        wait_for(port, "/ping");
        server.write(
            "/query",
            "q=CREATE USER admin WITH PASSWORD 'pw' WITH ALL PRIVILEGES",
        );
        for statement in [
            "CREATE DATABASE canary WITH DURATION INF",
            "CREATE RETENTION POLICY coarse ON canary DURATION INF REPLICATION 1",
            "CREATE USER reader WITH PASSWORD 'reading'",
            "GRANT READ ON canary TO reader",
            "CREATE USER nobody WITH PASSWORD 'nothing'",
        ] {
            server.write("/query?u=admin&p=pw", &format!("q={statement}"));
        }
        server.write("/write?db=canary&precision=s&u=admin&p=pw", &lines());
        let coarse = format!("latency,pod=a value=7.5 {T0}\n");
        server.write(
            "/write?db=canary&rp=coarse&precision=s&u=admin&p=pw",
            &coarse,
        );
        server
    }

    fn write(&self, path: &str, body: &str) {
        let (status, said) = http("POST", self.port, path, body).unwrap();
        assert!(status < 300 && !said.contains("error"), "{body}: {said}");
    }

    fn config(&self, user: &str, password: &std::path::Path) -> Value {
        json!({
            "type": "influxdb", "version": 1, "database": "canary",
            "url": format!("http://127.0.0.1:{}", self.port),
            "auth": {"type": "basic", "username": user, "password": {"file": password}},
        })
    }
}

/// Every 15 s from T0 a `latency` per pod, whose value tells its time; pod b is silent from 120 s to 240 s.
/// `errors` is written as integers, `note` as text.
fn lines() -> String {
    let mut text = String::new();
    for index in 0..40 {
        let time = T0 + index * 15;
        writeln!(
            text,
            "latency,pod=a,zone=it's\\ \"x\" value={index}.5,errors={index}i,note=\"x\" {time}"
        )
        .unwrap();
        if !(8..16).contains(&index) {
            writeln!(text, "latency,pod=b value=-{index} {time}").unwrap();
        }
    }
    for pod in 0..20 {
        writeln!(text, "wide,pod=p{pod} value=1 {T0}").unwrap();
    }
    for second in 0..600 {
        writeln!(text, "dense value={second} {}", T0 + second).unwrap();
    }
    text
}

fn shared() -> &'static Influx {
    static SHARED: OnceLock<Influx> = OnceLock::new();
    SHARED.get_or_init(Influx::start)
}

/// A source of that user, and further settings.
fn source(user: &str, password: &str, further: &[(&str, &str)]) -> Box<dyn MetricSource> {
    // Next to the server's data, and gone with them. Every password has a file of its own.
    let path = shared().folder.join(format!("password-{password}"));
    if !path.exists() {
        let aside = tempfile::NamedTempFile::new_in(&shared().folder).unwrap();
        fs::write(aside.path(), password).unwrap();
        aside.persist(&path).unwrap();
    }
    let mut config = shared().config(user, &path);
    for (name, value) in further {
        config[*name] = json!(value);
    }
    connect(config)
}

pub(crate) fn reader() -> Box<dyn MetricSource> {
    source("reader", "reading", &[])
}

const A: [(&str, &str); 3] = [("field", "mean"), ("measurement", "latency"), ("pod", "a")];
const B: [(&str, &str); 3] = [("field", "mean"), ("measurement", "latency"), ("pod", "b")];

/// The bucket of four samples that ends at a time, in seconds, of pod a: (first + last) / 2 + 0.5.
fn mean(end: i64) -> f64 {
    (end / 15 - 4) as f64 + 2.0
}

#[tokio::test]
async fn buckets_carry_their_ends_and_gaps_stay() {
    let text = "SELECT mean(value) FROM latency WHERE $timeFilter GROUP BY time($interval), pod";
    let answer = reader().query(&range(text, 60, 600, 60)).await.unwrap();
    let a = (1..=10).map(|minute| (minute * 60, mean(minute * 60)));
    let b = [1, 2, 5, 6, 7, 8, 9, 10].map(|minute| (minute * 60, 0.5 - mean(minute * 60)));
    assert_eq!(answer.series, [series(&A, a), series(&B, b)]);
    assert_eq!(answer.notes, Vec::<String>::new());
    assert_eq!(answer.step, step(60));
}

/// The buckets are moved to where the window begins, so none of them is cut off at its edges.
#[tokio::test]
async fn an_unaligned_window_has_whole_buckets() {
    let text =
        "SELECT count(value) FROM latency WHERE $timeFilter AND pod = 'a' GROUP BY time($interval)";
    let answer = reader().query(&range(text, 75, 315, 60)).await.unwrap();
    let expected = [75, 135, 195, 255, 315].map(|end| (end, 4.0));
    let labels = [("field", "count"), ("measurement", "latency")];
    assert_eq!(answer.series, [series(&labels, expected)]);
    assert_eq!(answer.notes, Vec::<String>::new());

    // Without an offset the server's buckets begin at whole minutes, and those at the edges are cut off.
    let fixed = text.replace("$interval", "1m");
    let answer = reader().query(&range(&fixed, 75, 315, 60)).await.unwrap();
    let expected = [120, 180, 240, 300].map(|end| (end, 4.0));
    assert_eq!(answer.series, [series(&labels, expected)]);
    assert!(
        answer.notes[0].starts_with("2 samples outside"),
        "{:?}",
        answer.notes
    );
}

#[tokio::test]
async fn a_whole_window_can_be_one_number() {
    let text = "SELECT sum(errors) FROM latency WHERE $timeFilter GROUP BY time($interval)";
    let answer = reader().query(&range(text, 307, 307, 300)).await.unwrap();
    let expected: i64 = (1..=20).sum();
    let labels = [("field", "sum"), ("measurement", "latency")];
    assert_eq!(answer.series, [series(&labels, [(307, expected as f64)])]);
}

#[tokio::test]
async fn single_points_keep_their_times_and_columns_become_series() {
    let text = "SELECT value, errors FROM latency WHERE $timeFilter AND pod = 'a'";
    let answer = reader().query(&range(text, 30, 60, 15)).await.unwrap();
    let of = |field| [("field", field), ("measurement", "latency")];
    assert_eq!(
        answer.series,
        [
            series(&of("errors"), [(30, 2.0), (45, 3.0), (60, 4.0)]),
            series(&of("value"), [(30, 2.5), (45, 3.5), (60, 4.5)]),
        ]
    );
}

#[tokio::test]
async fn no_data_is_an_empty_answer() {
    for text in [
        "SELECT mean(value) FROM absent WHERE $timeFilter GROUP BY time($interval)",
        "SELECT mean(value) FROM latency WHERE $timeFilter AND pod = 'z' GROUP BY time($interval), pod",
    ] {
        let answer = reader().query(&range(text, 60, 600, 60)).await.unwrap();
        assert_eq!(answer.series, []);
    }
}

#[tokio::test]
async fn another_retention_policy_has_other_data() {
    let coarse = source("reader", "reading", &[("retentionPolicy", "coarse")]);
    let text = "SELECT mean(value) FROM latency WHERE $timeFilter GROUP BY time($interval), pod";
    let answer = coarse.query(&range(text, 60, 600, 60)).await.unwrap();
    assert_eq!(answer.series, [series(&A, [(60, 7.5)])]);
}

#[tokio::test]
async fn escaped_values_are_found() {
    let config = shared().config("reader", std::path::Path::new("unused"));
    assert_eq!(account(config).escaping(), Escaping::InfluxqlString);
    let value = Escaping::InfluxqlString.apply("it's \"x\"");
    let text = format!(
        "SELECT last(value) FROM latency WHERE $timeFilter AND zone = '{value}' GROUP BY time($interval)"
    );
    let answer = reader().query(&range(&text, 60, 60, 60)).await.unwrap();
    let labels = [("field", "last"), ("measurement", "latency")];
    assert_eq!(answer.series, [series(&labels, [(60, 3.5)])]);
}

#[tokio::test]
async fn errors_inside_of_success_are_errors() {
    let filter = "WHERE $timeFilter";
    for (text, code, part) in [
        (
            "SELECT mean(value FROM latency WHERE $timeFilter".to_owned(),
            "invalid-query",
            "error parsing query",
        ),
        (
            format!("SELECT mean(note) FROM latency {filter} GROUP BY time($interval)"),
            "invalid-query",
            "unsupported mean iterator",
        ),
        (
            format!("SELECT note FROM latency {filter}"),
            "invalid-query",
            "holds no numbers",
        ),
        (
            format!("SELECT value FROM latency {filter} AND (pod = 'a' OR pod = 'b')"),
            "invalid-query",
            "several values",
        ),
        (
            format!("SELECT mean(value) FROM wide {filter} GROUP BY pod, time($interval)"),
            "too-much-data",
            "max-select-series",
        ),
        (
            format!("SELECT value FROM dense {filter}"),
            "too-much-data",
            "limit of rows",
        ),
        (
            "SELECT mean(value) FROM latency".to_owned(),
            "invalid-query",
            "$timeFilter",
        ),
        (
            format!("SELECT mean(value) FROM latency {filter} GROUP BY time(5m)"),
            "invalid-query",
            "step of 60s",
        ),
    ] {
        let answer = reader().query(&range(&text, 60, 600, 60)).await;
        let error = answer.expect_err(&text);
        assert_eq!(error.code(), code, "{text}: {error}");
        assert!(error.to_string().contains(part), "{text}: {error}");
    }
    // Not even an account with every right changes anything.
    let admin = source("admin", "pw", &[]);
    for text in [
        format!("SELECT value FROM latency {filter}; DROP DATABASE canary"),
        format!("DROP DATABASE canary --{filter}"),
        format!("SELECT value /**/into latency FROM dense {filter}"),
    ] {
        let error = admin.query(&range(&text, 0, 600, 60)).await.unwrap_err();
        assert_eq!(error.code(), "invalid-query", "{error}");
    }
    let text = "SELECT count(value) FROM latency WHERE $timeFilter GROUP BY time($interval)";
    let answer = reader().query(&range(text, 60, 60, 60)).await.unwrap();
    let labels = [("field", "count"), ("measurement", "latency")];
    assert_eq!(answer.series, [series(&labels, [(60, 8.0)])]);
}

#[tokio::test]
async fn the_check_needs_user_password_right_and_database() {
    reader().check().await.unwrap();
    for (user, password) in [("reader", "wrong"), ("nobody", "nothing")] {
        let error = source(user, password, &[]).check().await.unwrap_err();
        assert!(
            matches!(error, QueryError::Unauthorized { .. }),
            "{error:?}"
        );
    }
    let elsewhere = source("admin", "pw", &[("database", "absent")]);
    let error = elsewhere.check().await.unwrap_err();
    assert_eq!(error.code(), "invalid-query");
    assert!(error.to_string().contains("database not found"), "{error}");
}
