//! What versions 2 and 3 of `InfluxDB` may answer, of which no server is at hand, and what is refused before asking.

use serde_json::{Value, json};
use serinus_adapters::{AccountConfig, Answer, Escaping, QueryError, Sample};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{account, at_ms, connect, range, series};

fn config(version: u8, language: &str) -> Value {
    let mut config = json!({"type": "influxdb", "version": version, "url": "http://127.0.0.1:1"});
    match version {
        2 => config["organization"] = json!("shop"),
        _ => config["database"] = json!("shop"),
    }
    if !language.is_empty() {
        config["language"] = json!(language);
    }
    config
}

async fn ask(version: u8, text: &str, reply: ResponseTemplate) -> Result<Answer, QueryError> {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(reply).mount(&server).await;
    let mut config = config(version, "");
    config["url"] = json!(server.uri());
    connect(config).query(&range(text, 60, 300, 60)).await
}

async fn flux(body: &str) -> Result<Answer, QueryError> {
    let text = "from(bucket: \"b\") |> range(start: v.timeRangeStart, stop: v.timeRangeStop)";
    let reply = ResponseTemplate::new(200).set_body_raw(body.replace('\n', "\r\n"), "text/csv");
    ask(2, text, reply).await
}

const ANNOTATIONS: &str = "#datatype,string,long,dateTime:RFC3339,double,string\n#group,false,false,false,false,true\n#default,_result,,,,\n";

#[tokio::test]
async fn tables_of_several_results_and_schemas_are_told_apart() {
    let body = format!(
        "{ANNOTATIONS},result,table,_time,_value,pod\n,,3,2024-03-01T00:01:00Z,1.5,a\n,,3,2024-03-01T00:02:00Z,,a\n,,7,2024-03-01T00:01:00.5Z,-Inf,\"b, \"\"c\"\"\"\n\n\
         #datatype,string,long,dateTime:RFC3339,unsignedLong,string\n#group,false,false,false,false,true\n#default,errors,,,5,none\n,result,table,_time,_value,app\n,,0,2024-03-01T00:03:00Z,,\n,other,1,2024-03-01T00:03:00Z,6,x\n\n"
    );
    let answer = flux(&body).await.unwrap();
    let shown: Vec<_> = answer.series.iter().map(|s| s.labels.to_string()).collect();
    assert_eq!(
        shown,
        [
            r#"{app="none", result="errors"}"#,
            r#"{app="x", result="other"}"#,
            r#"{pod="a"}"#,
            r#"{pod="b, \"c\""}"#,
        ]
    );
    let samples: Vec<_> = answer.series.iter().map(|s| s.samples.clone()).collect();
    let one = |ms, value| {
        vec![Sample {
            at: at_ms(ms),
            value,
        }]
    };
    let expected = [
        one(180_000, 5.0),
        one(180_000, 6.0),
        one(60_000, 1.5),
        one(60_500, f64::NEG_INFINITY),
    ];
    assert_eq!(samples, expected);
}

/// The status was sent long before: an answer that ends in an error is none, however many rows came first.
#[tokio::test]
async fn an_error_in_the_middle_of_a_stream_is_an_error() {
    let rows =
        format!("{ANNOTATIONS},result,table,_time,_value,pod\n,,0,2024-03-01T00:01:00Z,1,a\n");
    let annotated = "#datatype,string,string\n#group,true,true\n#default,,\n,error,reference\n,\"engine: unknown field type, for value\",897\n";
    for (body, code, part) in [
        (
            format!("{rows}\n{annotated}"),
            "invalid-query",
            "unknown field type, for",
        ),
        (annotated.to_owned(), "invalid-query", "unknown field type"),
        (
            format!("{rows}\nerror,reference\nquery timeout,\n"),
            "timeout",
            "query timeout",
        ),
        (
            format!("{rows}\nerror,reference\nmemory allocation limit reached,\n"),
            "too-much-data",
            "memory",
        ),
        (
            format!("{rows}\nerror,reference\n"),
            "invalid-query",
            "without a message",
        ),
    ] {
        let error = flux(&body).await.unwrap_err();
        assert_eq!(error.code(), code, "{body}: {error}");
        assert!(error.to_string().contains(part), "{body}: {error}");
    }
}

#[tokio::test]
async fn tables_that_are_no_series_are_refused() {
    let table = |kind: &str, header: &str, row: &str| {
        format!(
            "#datatype,string,long,{kind}\n#group,false,false,false,false\n#default,_result,,,\n{header}\n{row}\n"
        )
    };
    for (body, code, part) in [
        (
            table(
                "dateTime:RFC3339,string",
                ",result,table,_time,_value",
                ",,0,2024-03-01T00:01:00Z,x",
            ),
            "invalid-query",
            "of type string",
        ),
        (
            table(
                "dateTime:RFC3339,boolean",
                ",result,table,_time,_value",
                ",,0,2024-03-01T00:01:00Z,true",
            ),
            "invalid-query",
            "of type boolean",
        ),
        (
            table("long,double", ",result,table,n,_value", ",,0,1,1"),
            "invalid-query",
            "without `_time`",
        ),
        (
            table(
                "dateTime:RFC3339,double",
                ",result,table,_time,usage",
                ",,0,2024-03-01T00:01:00Z,1",
            ),
            "invalid-query",
            "or `_value`",
        ),
        (
            table(
                "dateTime:RFC3339,double",
                ",result,table,_time,_value",
                ",,0,yesterday,1",
            ),
            "malformed",
            "`yesterday` is no time",
        ),
        (
            table(
                "dateTime:RFC3339,double",
                ",result,table,_time,_value",
                ",,0,,1",
            ),
            "malformed",
            "`` is no time",
        ),
        (
            table(
                "dateTime:RFC3339,double",
                ",result,table,_time,_value",
                ",,0,2024-03-01T00:01:00Z,many",
            ),
            "malformed",
            "`many` is no number",
        ),
        (
            table(
                "dateTime:RFC3339,double",
                ",result,table,_time,_value",
                ",,0,2024-03-01T00:01:00Z",
            ),
            "malformed",
            "another number of cells",
        ),
        (
            ",result,table,_time,_value\n,,0,2024-03-01T00:01:00Z,1\n".to_owned(),
            "malformed",
            "without the annotations",
        ),
        (
            "#datatype,string\n".to_owned(),
            "malformed",
            "without a header",
        ),
        (
            "#partial,string\n".to_owned(),
            "malformed",
            "unknown annotation",
        ),
    ] {
        let error = flux(&body).await.unwrap_err();
        assert_eq!(error.code(), code, "{body}: {error}");
        assert!(error.to_string().contains(part), "{body}: {error}");
    }
}

#[tokio::test]
async fn rows_of_version_3_become_series() {
    let text = "SELECT time, pod, a, b FROM x WHERE $timeFilter";
    let rows = json!([
        {"time": "2024-03-01T00:01:00", "pod": "p", "a": 1, "b": -2.5},
        {"time": "2024-03-01T00:02:00.000000000", "pod": "p", "a": null, "b": 3},
        {"time": "2024-03-01T01:03:00+01:00", "pod": "p", "a": 4},
    ]);
    let reply = |rows: &Value| ResponseTemplate::new(200).set_body_json(rows);
    let answer = ask(3, text, reply(&rows)).await.unwrap();
    let of = |field| [("field", field), ("pod", "p")];
    assert_eq!(
        answer.series,
        [
            series(&of("a"), [(60, 1.0), (180, 4.0)]),
            series(&of("b"), [(60, -2.5), (120, 3.0)]),
        ]
    );
    for (rows, code, part) in [
        (
            json!([{"t": "2024-03-01T00:01:00", "a": 1}]),
            "invalid-query",
            "no column `time`",
        ),
        (
            json!([{"time": 5, "a": 1}]),
            "invalid-query",
            "no column `time`",
        ),
        (
            json!([{"time": "now", "a": 1}]),
            "malformed",
            "`now` is no time",
        ),
        (
            json!([{"time": "2024-03-01T00:01:00", "a": true}]),
            "invalid-query",
            "`a` holds neither",
        ),
        (
            json!([{"time": "2024-03-01T00:01:00", "a": 1}, {"time": "2024-03-01T00:01:00", "a": 2}]),
            "invalid-query",
            "several values",
        ),
        (json!({"results": []}), "malformed", "v3 query API"),
    ] {
        let error = ask(3, text, reply(&rows)).await.unwrap_err();
        assert_eq!(error.code(), code, "{rows}: {error}");
        assert!(error.to_string().contains(part), "{rows}: {error}");
    }
}

/// Nothing listens at the address: what is refused here was not sent.
#[tokio::test]
async fn queries_that_could_not_mean_the_window_are_not_sent() {
    let flux = "from(bucket: \"b\") |> range(start: v.timeRangeStart, stop: v.timeRangeStop)";
    for (version, text, part) in [
        (3, "SELECT 1".to_owned(), "no `$timeFilter`"),
        (
            3,
            "SELECT date_bin(INTERVAL '5 minutes', time) AS time FROM x WHERE $timeFilter"
                .to_owned(),
            "date_bin($interval",
        ),
        (
            2,
            "from(bucket: \"b\") |> range(start: -1h)".to_owned(),
            "v.timeRangeStart",
        ),
        (
            2,
            format!("{flux} |> aggregateWindow(every: 5m, fn: mean)"),
            "every: v.windowPeriod",
        ),
    ] {
        let source = connect(config(version, ""));
        let error = source.query(&range(&text, 60, 300, 60)).await.unwrap_err();
        assert_eq!(error.code(), "invalid-query", "{text}: {error}");
        assert!(error.to_string().contains(part), "{error}");
    }
    // Without an offset no minute lies between 10 s and 70 s.
    let text = format!("{flux} |> aggregateWindow(every: v.windowPeriod, fn: mean)");
    let source = connect(config(2, ""));
    let error = source.query(&range(&text, 70, 70, 60)).await.unwrap_err();
    assert!(error.to_string().contains("v.windowOffset"), "{error}");
}

/// Flux cuts windows off at the ends of the range, and nothing in the answer tells.
#[tokio::test]
async fn windows_without_offset_are_asked_for_whole() {
    let server = MockServer::start().await;
    let reply = ResponseTemplate::new(200).set_body_raw("\r\n", "text/csv");
    Mock::given(any()).respond_with(reply).mount(&server).await;
    let mut config = config(2, "");
    config["url"] = json!(server.uri());
    let text = "from(bucket: \"b\") |> range(start: v.timeRangeStart, stop: v.timeRangeStop) |> aggregateWindow(every: 60s, fn: mean)";
    let answer = connect(config)
        .query(&range(text, 70, 310, 60))
        .await
        .unwrap();
    assert_eq!(answer.series, []);
    let request = server.received_requests().await.unwrap().remove(0);
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    let properties = &body["extern"]["body"][0]["assignment"]["init"]["properties"];
    assert_eq!(properties[0]["value"]["value"], "2024-03-01T00:01:00Z");
    assert_eq!(properties[1]["value"]["value"], "2024-03-01T00:05:00Z");
}

#[test]
fn settings_belong_to_their_version() {
    for (version, language, escaping) in [
        (1, "", Escaping::InfluxqlString),
        (2, "", Escaping::FluxString),
        (3, "", Escaping::SqlString),
        (3, "influxql", Escaping::InfluxqlString),
    ] {
        let account = account(config(version, language));
        assert_eq!((account.kind(), account.escaping()), ("influxdb", escaping));
    }
    let url = "http://localhost:8086";
    for (wrong, part) in [
        (json!({"version": 1}), "version 1 has `database`"),
        (
            json!({"version": 1, "database": "a", "organization": "b"}),
            "version 1 has `database`",
        ),
        (
            json!({"version": 2, "database": "a"}),
            "version 2 has `organization`",
        ),
        (
            json!({"version": 3, "database": "a", "retentionPolicy": "b"}),
            "version 3 has `database`",
        ),
        (
            json!({"version": 4, "database": "a"}),
            "versions 1, 2 and 3, not 4",
        ),
        (
            json!({"version": 1, "database": "a", "db": "b"}),
            "unknown field `db`",
        ),
        (json!({"database": "a"}), "missing field `version`"),
    ] {
        let mut config = wrong;
        config["type"] = json!("influxdb");
        config["url"] = json!(url);
        let error = serde_json::from_value::<AccountConfig>(config).unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
    }
}
