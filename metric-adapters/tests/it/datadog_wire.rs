//! What Datadog answers besides what every store does: steps of its own, errors under 200, limits by headers.

use std::time::Duration;

use serde_json::{Value, json};
use serinus_adapters::{AccountConfig, Answer, Batch, Escaping, QueryError};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{T0, account, connect, range, series, step};

fn config(api: &str) -> Value {
    let key = json!({"env": "PATH"});
    json!({"type": "datadog", "api": api, "apiKey": key, "applicationKey": key})
}

async fn ask(
    api: &str,
    text: &str,
    reply: ResponseTemplate,
) -> (Result<Answer, QueryError>, Vec<wiremock::Request>) {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(reply).mount(&server).await;
    let mut config = config(api);
    config["url"] = json!(server.uri());
    let answer = connect(config).query(&range(text, 60, 3600, 60)).await;
    (answer, server.received_requests().await.unwrap())
}

async fn read(api: &str, body: Value) -> Result<Answer, QueryError> {
    ask(
        api,
        "avg:x{*}",
        ResponseTemplate::new(200).set_body_json(body),
    )
    .await
    .0
}

/// One series of version 1 with a value per time, in seconds after T0.
fn of_v1(interval: i64, tags: &[&str], points: &[(i64, Option<f64>)]) -> Value {
    let points: Vec<_> = points
        .iter()
        .map(|(t, value)| json!([(T0 + t) * 1000, value]))
        .collect();
    json!({"metric": "x", "tag_set": tags, "query_index": 0, "interval": interval, "pointlist": points})
}

/// Datadog does as it likes with a step it finds too short; the last bucket then reaches beyond the window.
#[tokio::test]
async fn a_coarser_step_is_told_and_buckets_still_end_inside() {
    let points = [
        (0, Some(1.0)),
        (300, Some(2.0)),
        (600, None),
        (3000, Some(3.0)),
        (3600, Some(4.0)),
    ];
    let body = json!({"status": "ok", "series": [of_v1(300, &[], &points), of_v1(60, &["a:b"], &[(60, Some(9.0))])]});
    let answer = read("v1", body).await.unwrap();
    assert_eq!(answer.step, step(300));
    assert_eq!(
        answer.series,
        [
            series(&[("query", "0"), ("a", "b")], [(120, 9.0)]),
            series(&[("query", "0")], [(300, 1.0), (600, 2.0), (3300, 3.0)]),
        ]
    );
    assert_eq!(answer.notes, ["1 samples outside the window were left out"]);

    let times: Vec<_> = [0, 600, 900, 1800, 3300, 3600]
        .map(|t| (T0 + t) * 1000)
        .to_vec();
    let attributes = json!({"series": [{"group_tags": [], "query_index": 0}], "times": times, "values": [[1, 2, null, 3, 4, 5]]});
    let answer = read("v2", json!({"data": {"attributes": attributes}}))
        .await
        .unwrap();
    assert_eq!(answer.step, step(300));
    let expected = [(300, 1.0), (900, 2.0), (2100, 3.0), (3600, 4.0)];
    assert_eq!(answer.series, [series(&[("query", "0")], expected)]);
}

/// A few samples far apart are gaps, not a longer step.
#[tokio::test]
async fn few_samples_do_not_make_a_step() {
    let times: Vec<_> = [0, 600, 1200].map(|t| (T0 + t) * 1000).to_vec();
    let attributes = json!({"series": [{"group_tags": [], "query_index": 0}], "times": times, "values": [[1, 2, 3]]});
    let answer = read("v2", json!({"data": {"attributes": attributes}}))
        .await
        .unwrap();
    assert_eq!(answer.step, step(60));
    let expected = [(60, 1.0), (660, 2.0), (1260, 3.0)];
    assert_eq!(answer.series, [series(&[("query", "0")], expected)]);
}

#[tokio::test]
async fn tags_tell_series_apart() {
    let point = [(60, Some(1.0))];
    let series = [
        of_v1(60, &["host:a:1", "bare", "team:x", "team:y"], &point),
        of_v1(60, &["host:b"], &point),
    ];
    let answer = read("v1", json!({"status": "ok", "series": series}))
        .await
        .unwrap();
    let shown: Vec<_> = answer.series.iter().map(|s| s.labels.to_string()).collect();
    assert_eq!(
        shown,
        [
            r#"{bare="", host="a:1", query="0", team="x,y"}"#,
            r#"{host="b", query="0"}"#
        ]
    );
    let twice = json!({"status": "ok", "series": [of_v1(60, &[], &point), of_v1(60, &[], &point)]});
    let error = read("v1", twice).await.unwrap_err();
    assert!(error.to_string().contains("several values"), "{error}");
}

#[tokio::test]
async fn formulas_are_written_as_json() {
    let text = r#" {"queries": [{"name": "e", "query": "sum:err{*}.rollup(sum, $interval)"}, {"name": "h", "query": "sum:hits{*}"}], "formulas": ["e / h"]}"#;
    let attributes = json!({"series": [], "times": [], "values": []});
    let reply =
        ResponseTemplate::new(200).set_body_json(json!({"data": {"attributes": attributes}}));
    let (answer, requests) = ask("v2", text, reply).await;
    assert_eq!(answer.unwrap().series, []);
    let body: Value = serde_json::from_slice(&requests[0].body).unwrap();
    let sent = &body["data"]["attributes"];
    assert_eq!(
        sent["queries"],
        json!([
            {"data_source": "metrics", "name": "e", "query": "sum:err{*}.rollup(sum, 60)"},
            {"data_source": "metrics", "name": "h", "query": "sum:hits{*}"},
        ])
    );
    assert_eq!(sent["formulas"], json!([{"formula": "e / h"}]));

    for wrong in [
        r#"{"queries": []}"#,
        r#"{"queries": [], "formulas": [], "limit": 1}"#,
        "{",
    ] {
        let (answer, requests) = ask("v2", wrong, ResponseTemplate::new(200)).await;
        assert_eq!(answer.unwrap_err().code(), "invalid-query");
        assert!(requests.is_empty());
    }
}

#[tokio::test]
async fn the_rate_limit_says_when_to_come_back() {
    let limited = || ResponseTemplate::new(429).insert_header("x-ratelimit-limit", "100");
    for (reply, expected) in [
        (
            limited()
                .insert_header("x-ratelimit-reset", "3")
                .insert_header("x-ratelimit-period", "10"),
            Some(3),
        ),
        (
            limited().insert_header("x-ratelimit-period", "10"),
            Some(10),
        ),
        (
            limited()
                .insert_header("x-ratelimit-reset", "3")
                .insert_header("retry-after", "7"),
            Some(7),
        ),
        (limited().insert_header("x-ratelimit-reset", "soon"), None),
        (limited(), None),
    ] {
        for api in ["v1", "v2"] {
            let error = ask(api, "avg:x{*}", reply.clone()).await.0.unwrap_err();
            let QueryError::RateLimited { retry_after, .. } = error else {
                panic!("{error:?}");
            };
            assert_eq!(retry_after, expected.map(Duration::from_secs));
        }
    }
}

#[tokio::test]
async fn answers_that_are_none_are_errors() {
    for (api, body, code, part) in [
        (
            "v1",
            json!({"status": "error", "error": "Error parsing query"}),
            "invalid-query",
            "Error parsing query",
        ),
        (
            "v1",
            json!({"status": "error", "message": "no such"}),
            "invalid-query",
            "no such",
        ),
        (
            "v1",
            json!({"status": "ok", "error": "part of it failed", "series": []}),
            "invalid-query",
            "part of it failed",
        ),
        (
            "v2",
            json!({"data": {"attributes": {"series": [], "times": [], "values": []}}, "errors": "shard 3 is away"}),
            "unavailable",
            "shard 3 is away",
        ),
        (
            "v1",
            json!({"status": "ok", "series": [of_v1(0, &[], &[])]}),
            "malformed",
            "interval",
        ),
        (
            "v1",
            json!({"status": "ok", "series": [of_v1(i64::MAX, &[], &[])]}),
            "malformed",
            "interval",
        ),
        (
            "v1",
            json!({"status": "ok", "series": [{"interval": 60, "pointlist": [[1e300, 1]]}]}),
            "malformed",
            "is no time",
        ),
        (
            "v2",
            json!({"data": {"attributes": {"series": [{}], "times": [1], "values": [[]]}}}),
            "malformed",
            "different lengths",
        ),
        (
            "v2",
            json!({"data": {"attributes": {"series": [{}], "times": [], "values": []}}}),
            "malformed",
            "different lengths",
        ),
        (
            "v2",
            json!({"data": {"attributes": {"series": [{}], "times": [i64::MAX], "values": [[1]]}}}),
            "malformed",
            "is no time",
        ),
        (
            "v2",
            json!({"errors": ["broken"]}),
            "malformed",
            "Datadog's API",
        ),
    ] {
        let error = read(api, body.clone()).await.unwrap_err();
        assert_eq!(error.code(), code, "{body}: {error}");
        assert!(error.to_string().contains(part), "{body}: {error}");
    }
}

#[test]
fn the_site_is_one_of_a_list() {
    for site in [
        "datadoghq.com",
        "us3.datadoghq.com",
        "us5.datadoghq.com",
        "datadoghq.eu",
        "ap1.datadoghq.com",
        "ap2.datadoghq.com",
        "uk1.datadoghq.com",
        "ddog-gov.com",
        "us2.ddog-gov.com",
    ] {
        let mut config = config("v2");
        config["site"] = json!(site);
        let account = account(config);
        assert_eq!(
            (account.kind(), account.escaping()),
            ("datadog", Escaping::DatadogTag)
        );
        let source = account.connect().unwrap();
        assert!(
            format!("{source:?}").contains(&format!("\"api.{site}\"")),
            "{source:?}"
        );
    }
    let mut unknown = config("v2");
    unknown["site"] = json!("evil.example");
    assert!(serde_json::from_value::<AccountConfig>(unknown).is_err());
    let mut both = config("v2");
    both["site"] = json!("datadoghq.eu");
    both["url"] = json!("http://localhost");
    let mut doubled = both.clone();
    doubled["site"] = Value::Null;
    doubled["headers"] = json!({"dd-api-key": "x"});
    for (wrong, part) in [
        (config("v2"), "either `site` or `url`"),
        (both, "either `site` or `url`"),
        (doubled, "`apiKey`"),
    ] {
        let error = account(wrong).connect().unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}

/// Questions asked in one request, of a server with that answer; what it was sent.
async fn ask_together(
    api: &str,
    texts: &[&str],
    attributes: Value,
) -> (Vec<Option<Answer>>, Vec<Value>) {
    let server = MockServer::start().await;
    let body = json!({"data": {"attributes": attributes}});
    let reply = ResponseTemplate::new(200).set_body_json(body);
    Mock::given(any()).respond_with(reply).mount(&server).await;
    let mut config = config(api);
    config["url"] = json!(server.uri());
    let query = range("", 60, 3600, 60);
    let batch = Batch {
        texts: texts.iter().map(|text| (*text).to_owned()).collect(),
        window: query.window,
        step: query.step,
    };
    let answers = connect(config).query_together(&batch).await.unwrap();
    let requests = server.received_requests().await.unwrap();
    let bodies = requests.iter().map(|request| request.body_json().unwrap());
    (answers, bodies.collect())
}

/// Names of queries written as JSON may meet, and version 1 has one text only.
#[tokio::test]
async fn json_and_version_1_are_left_to_be_asked_alone() {
    let formula = r#"{"queries": [{"name": "q0", "query": "sum:err{*}"}], "formulas": ["q0"]}"#;
    let times: Vec<_> = (0..6).map(|minute| (T0 + minute * 60) * 1000).collect();
    let attributes = json!({
        "series": [{"group_tags": [], "query_index": 1}, {"group_tags": [], "query_index": 0}],
        "times": times, "values": [[1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12]],
    });
    let texts = ["avg:x{*}", formula, "avg:y{*}"];
    let (answers, bodies) = ask_together("v2", &texts, attributes.clone()).await;
    let of = |first: i64| {
        let samples = (0..6).map(|minute| (minute * 60 + 60, (first + minute) as f64));
        vec![series(&[("query", "0")], samples)]
    };
    let found: Vec<_> = answers
        .into_iter()
        .map(|it| it.map(|it| it.series))
        .collect();
    assert_eq!(found, [Some(of(7)), None, Some(of(1))]);
    let sent = &bodies[0]["data"]["attributes"];
    assert_eq!(
        sent["queries"],
        json!([
            {"data_source": "metrics", "name": "q0", "query": "avg:x{*}"},
            {"data_source": "metrics", "name": "q1", "query": "avg:y{*}"},
        ])
    );
    for (api, texts) in [
        ("v2", [formula, "avg:x{*}"]),
        ("v1", ["avg:x{*}", "avg:y{*}"]),
    ] {
        let (answers, bodies) = ask_together(api, &texts, attributes.clone()).await;
        assert_eq!((answers, bodies.len()), (vec![None, None], 0), "{api}");
    }
}

/// In one list of times for all, the step of one question cannot be told from gaps.
#[tokio::test]
async fn questions_of_other_steps_are_left_to_be_asked_alone() {
    let minutes = 0..30;
    let times: Vec<_> = minutes
        .clone()
        .map(|minute| (T0 + minute * 60) * 1000)
        .collect();
    let fine: Vec<_> = minutes.clone().collect();
    let coarse: Vec<_> = minutes
        .map(|minute| (minute % 5 == 0).then_some(minute))
        .collect();
    let attributes = json!({
        "series": [{"group_tags": [], "query_index": 0}, {"group_tags": [], "query_index": 1}],
        "times": times, "values": [fine, coarse],
    });
    let texts = ["avg:x{*}", "avg:y{*}.rollup(avg, 300)", "avg:nothing{*}"];
    let (answers, _) = ask_together("v2", &texts, attributes).await;
    let [Some(fine), None, Some(nothing)] = answers.as_slice() else {
        panic!("{answers:?}");
    };
    assert_eq!((fine.step, fine.series[0].samples.len()), (step(60), 30));
    assert_eq!(nothing.series, []);
}

/// Without the number of its formula, a series is nobody's.
#[tokio::test]
async fn a_series_without_a_number_is_refused() {
    let server = MockServer::start().await;
    let attributes = json!({"series": [{"group_tags": []}], "times": [T0 * 1000], "values": [[1]]});
    let reply =
        ResponseTemplate::new(200).set_body_json(json!({"data": {"attributes": attributes}}));
    Mock::given(any()).respond_with(reply).mount(&server).await;
    let mut config = config("v2");
    config["url"] = json!(server.uri());
    let query = range("", 60, 3600, 60);
    let texts = vec!["avg:x{*}".to_owned(), "avg:y{*}".to_owned()];
    let (window, step) = (query.window, query.step);
    let batch = Batch {
        texts,
        window,
        step,
    };
    let error = connect(config).query_together(&batch).await.unwrap_err();
    assert_eq!(error.code(), "malformed", "{error}");
}
