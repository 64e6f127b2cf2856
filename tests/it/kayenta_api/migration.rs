//! `serinus migrate`, from a Serinus that plays Kayenta, and from one that is broken.

use std::process::Command;

use serde_json::{Value, json};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::path};

use super::{config, ended, request, service, started, stored};
use crate::support::SERINUS;

fn migrate(url: &str, more: &[&str]) -> (String, String, i32) {
    let output = Command::new(SERINUS)
        .args(["migrate", "--from", url])
        .args(more)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let code = output.status.code().unwrap();
    (text(output.stdout), text(output.stderr), code)
}

#[tokio::test(flavor = "multi_thread")]
async fn past_runs_are_judged_again_by_both_judges() {
    let (service, _store) = service().await;
    for (name, parts, runs) in [
        ("good", vec![(100.0, true)], 2),
        ("bad", vec![(50.0, true), (50.0, false)], 1),
    ] {
        let id = stored(&service, &config(name, &parts)).await;
        for _ in 0..runs {
            let path = format!("/canary/{id}?application=guestbook");
            let run = started(&service, &path, &request()).await;
            assert_eq!(ended(&service, &run).await["status"], "succeeded");
        }
    }
    let (found, progress, code) = migrate(&service.url, &["--format", "json"]);
    assert_eq!(code, 0, "{progress}");
    assert!(progress.contains("guestbook: 3 runs"), "{progress}");
    let found: Value = serde_json::from_str(&found).unwrap();
    assert_eq!(found["unreadable"], json!([]), "{found:#}");
    assert_eq!(found["withoutResult"], 0);
    let names: Vec<_> = (found["configs"].as_array().unwrap().iter())
        .map(|config| config["name"].as_str().unwrap())
        .collect();
    assert!(
        names.contains(&"good") && names.contains(&"bad"),
        "{names:?}"
    );
    let runs = found["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 3);
    for run in runs {
        let (kayenta, same) = (&run["kayenta"], &run["netflixAca"]);
        assert_eq!(same["verdict"], kayenta["verdict"], "{run:#}");
        assert_eq!(same["score"], kayenta["score"], "{run:#}");
        assert_eq!(same["differences"], json!([]), "{run:#}");
        let verdict = if run["config"] == "good" {
            "pass"
        } else {
            "fail"
        };
        assert_eq!(kayenta["verdict"], verdict);
        assert_eq!(run["serinus"]["verdict"], verdict, "{run:#}");
    }
    let (table, _, _) = migrate(&service.url, &[]);
    assert!(
        table.contains(
            "3 runs judged again: netflix-aca confirms 3, serinus would have ended 0 otherwise"
        ),
        "{table}"
    );
    assert_eq!(
        table
            .lines()
            .filter(|line| line.starts_with("guestbook"))
            .count(),
        3
    );
    let (markdown, _, _) = migrate(&service.url, &["--format", "markdown", "--runs", "1"]);
    assert!(markdown.contains("| guestbook | bad |"), "{markdown}");
    assert!(markdown.contains("1 runs judged again"), "{markdown}");
    let (none, _, code) = migrate(&service.url, &["--application", "nobody"]);
    assert!(none.contains("0 runs judged again") && code == 0, "{none}");
}

/// A run as Kayenta tells it: one metric of which it says that it is high.
fn run(id: &str, list: &str) -> Value {
    json!({
        "application": "shop", "pipelineId": id, "stageStatus": {"judge": "succeeded"}, "complete": true,
        "status": "succeeded", "config": config("old", &[(100.0, true)]), "canaryConfigId": "one",
        "canaryExecutionRequest": request(), "metricSetPairListId": list, "storageAccountName": "s3",
        "result": {"judgeResult": {
            "judgeName": "NetflixACAJudge-v1.0",
            "results": [{
                "name": "metric 0", "tags": {}, "id": "p", "classification": "High",
                "classificationReason": "metric 0 was classified as High", "groups": ["g0"],
                "experimentMetadata": {"stats": {"min": 1.0, "max": 1.0, "mean": 1.0, "std": 0.0, "count": 3}},
                "controlMetadata": {"stats": {"min": 1.0, "max": 1.0, "mean": 1.0, "std": 0.0, "count": 3}},
                "resultMetadata": {"ratio": 1.0}, "critical": false, "muted": false,
            }],
            "groupScores": [{"name": "g0", "score": 0.0, "classification": "", "classificationReason": ""}],
            "score": {"score": 0.0, "classification": "Fail", "classificationReason": ""},
        }},
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_named_and_the_rest_is_read() {
    let kayenta = MockServer::start().await;
    let answer = |at: &str, body: Value| {
        Mock::given(path(at.to_owned()))
            .respond_with(ResponseTemplate::new(200).set_body_json(body))
    };
    let summary = |id: &str| json!({"id": id, "name": id, "updatedTimestamp": 1, "updatedTimestampIso": "2026-01-01T00:00:00Z", "applications": ["shop"]});
    let summaries = json!([summary("one"), summary("gone"), summary("odd")]);
    answer("/canaryConfig", summaries).mount(&kayenta).await;
    answer("/canaryConfig/one", config("old", &[(100.0, true)]))
        .mount(&kayenta)
        .await;
    answer(
        "/canaryConfig/odd",
        json!({"name": "odd", "metrics": "all"}),
    )
    .mount(&kayenta)
    .await;
    let mut unended = run("01UNENDED", "list");
    unended.as_object_mut().unwrap().remove("result");
    unended["status"] = json!("terminal");
    let runs =
        json!([run("01GOOD", "list"), run("01LOST", "lost"), unended, {"pipelineId": "01ODD"}]);
    Mock::given(path("/canary/executions"))
        .and(wiremock::matchers::query_param("application", "shop"))
        .respond_with(ResponseTemplate::new(200).set_body_json(runs))
        .mount(&kayenta)
        .await;
    let samples: Vec<f64> = (0..30).map(|at| 1.0 + f64::from(at % 7) / 10.0).collect();
    let more: Vec<f64> = (0..30)
        .map(|at| 1.01 + f64::from((at + 3) % 7) / 10.0)
        .collect();
    let scope = json!({"startTimeIso": "2026-01-14T09:00:00Z", "startTimeMillis": 1_768_381_200_000_i64, "stepMillis": 60_000});
    let pairs = json!([{
        "name": "metric 0", "id": "p", "tags": {}, "values": {"control": samples, "experiment": more},
        "scopes": {"control": scope, "experiment": scope}, "attributes": {"control": {}, "experiment": {}},
    }]);
    Mock::given(path("/metricSetPairList/list"))
        .and(wiremock::matchers::query_param("accountName", "s3"))
        .respond_with(ResponseTemplate::new(200).set_body_json(pairs))
        .mount(&kayenta)
        .await;
    let (found, _, code) = migrate(&kayenta.uri(), &["--format", "json"]);
    assert_eq!(code, 0);
    let found: Value = serde_json::from_str(&found).unwrap();
    let unreadable: Vec<_> = (found["unreadable"].as_array().unwrap().iter())
        .map(|it| it["what"].as_str().unwrap())
        .collect();
    assert_eq!(
        unreadable,
        [
            "config gone",
            "config odd",
            "runs of ad-hoc",
            "run 01LOST",
            "run 01ODD"
        ]
    );
    assert_eq!(found["withoutResult"], 1);
    let run = &found["runs"][0];
    assert_eq!(
        (&run["run"], &run["kayenta"]["verdict"]),
        (&json!("01GOOD"), &json!("fail"))
    );
    assert_eq!(run["netflixAca"]["verdict"], "pass");
    assert_eq!(run["netflixAca"]["differences"][0]["kayenta"], "High");
    assert_eq!(run["netflixAca"]["differences"][0]["here"], "Pass");
    let (text, _, _) = migrate(&kayenta.uri(), &[]);
    assert!(
        text.contains("netflix-aca: metric 0: High -> Pass"),
        "{text}"
    );
    assert!(
        text.contains("not read: run 01LOST: metricSetPairList/lost: 404"),
        "{text}"
    );
}

/// Half an hour of a metric that is two in a hundred more on the canary: for certain, and too little to matter.
fn a_little_more() -> Value {
    let level = |level: f64, step: f64| -> Value {
        let values = (0..30).map(|at| json!(level + 0.01 * (f64::from(at) * step).fract()));
        values.collect::<Vec<_>>().into()
    };
    let scope = json!({"startTimeIso": "2019-03-29T01:08:34Z", "startTimeMillis": 1_553_821_714_000_i64, "stepMillis": 60_000});
    json!([{
        "name": "metric 0", "id": "p", "tags": {},
        "values": {"control": level(1.0, 0.618_034), "experiment": level(1.02, 0.732_051)},
        "scopes": {"control": scope, "experiment": scope},
        "attributes": {"control": {"query": "m"}, "experiment": {"query": "m"}},
    }])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_would_have_ended_otherwise_is_told_with_why() {
    let kayenta = MockServer::start().await;
    for (at, body) in [
        ("/canaryConfig", json!([])),
        ("/metricSetPairList/small", a_little_more()),
        ("/canary/executions", json!([run("01SMALL", "small")])),
    ] {
        Mock::given(path(at))
            .respond_with(ResponseTemplate::new(200).set_body_json(body))
            .mount(&kayenta)
            .await;
    }
    let only = ["--application", "shop"];
    let (found, told, code) = migrate(&kayenta.uri(), &[&only[..], &["--format", "json"]].concat());
    assert_eq!(code, 0, "{told}");
    let found: Value = serde_json::from_str(&found).unwrap();
    let [run] = found["runs"].as_array().unwrap().as_slice() else {
        panic!("{found:#}")
    };
    assert_eq!(run["kayenta"]["verdict"], "fail");
    let (aca, serinus) = (&run["netflixAca"], &run["serinus"]);
    assert_eq!(
        (&aca["verdict"], &aca["differences"]),
        (&json!("fail"), &json!([])),
        "{run:#}"
    );
    assert_eq!(
        (&serinus["verdict"], &serinus["score"]),
        (&json!("pass"), &json!(100.0)),
        "{run:#}"
    );
    let [difference] = serinus["differences"].as_array().unwrap().as_slice() else {
        panic!("{run:#}")
    };
    assert_eq!(
        (
            &difference["metric"],
            &difference["kayenta"],
            &difference["here"]
        ),
        (&json!("metric 0"), &json!("High"), &json!("Pass"))
    );
    let why = difference["reason"].as_str().unwrap();
    assert!(why.contains("no change that matters"), "{why}");

    let (table, _, _) = migrate(&kayenta.uri(), &only);
    let row = table.lines().find(|line| line.starts_with("shop")).unwrap();
    assert!(
        row.contains("fail 0") && row.ends_with("pass 100 *"),
        "{table}"
    );
    let told = format!("serinus: metric 0: High -> Pass: {why}");
    assert!(table.contains(&told), "{table}");
    let sum = "netflix-aca confirms 1, serinus would have ended 1 otherwise";
    assert!(table.contains(sum), "{table}");
    let (markdown, _, _) = migrate(
        &kayenta.uri(),
        &[&only[..], &["--format", "markdown"]].concat(),
    );
    assert!(markdown.contains("**01SMALL**"), "{markdown}");
    assert!(
        markdown.contains("- serinus: metric 0: High -"),
        "{markdown}"
    );
}

/// A config as Kayenta hands it out with a run: its templates are hidden from Orca's expressions.
fn as_kayenta_shows_it() -> Value {
    let metric = |name: &str, group: &str, more: Value| {
        json!({
            "name": name, "groups": [group], "scopeName": "default", "analysisConfigurations": {"canary": more},
            "query": {"type": "prometheus", "serviceType": "prometheus", "metricName": "m",
                "customInlineTemplate": "PromQL:m{app=\"$\\{scope}\"}"},
        })
    };
    json!({
        "id": "0f6c7d9e-0001", "name": "theirs", "description": "", "configVersion": "1", "applications": ["shop"],
        "createdTimestamp": 1_553_872_111_767_i64, "createdTimestampIso": "2019-03-29T15:08:31.767Z",
        "updatedTimestamp": 1_553_874_627_016_i64, "updatedTimestampIso": "2019-03-29T15:50:27.016Z",
        "judge": {"name": "NetflixACAJudge-v1.0", "judgeConfigurations": {}},
        "metrics": [
            metric("latency", "Latency", json!({"direction": "increase"})),
            metric("errors", "Other", json!({"direction": "either", "nanStrategy": "remove"})),
            metric("queue", "Other", json!({"mustHaveData": true})),
            metric("cpu", "Other", json!({"direction": "increase", "critical": true})),
        ],
        "templates": {"by-app": "app=\"$\\{scope}\""},
        "classifier": {"groupWeights": {"Latency": 50, "Other": 50}},
    })
}

/// What Kayenta's judge said of it. Two groups of equal weight: one failed, of the other one metric of the two that count.
fn as_kayenta_judged_it() -> Value {
    let stats = |mean: f64, count: u32| json!({"stats": {"min": mean, "max": mean, "mean": mean, "std": 0.1, "count": count}});
    let result = |name: &str,
                  group: &str,
                  label: &str,
                  reason: Option<&str>,
                  ratio: Value,
                  count: u32| {
        let mut result = json!({
            "name": name, "id": format!("pair-{name}"), "tags": {}, "groups": [group], "classification": label,
            "experimentMetadata": stats(2.0, count), "controlMetadata": stats(1.0, count),
            "resultMetadata": {"ratio": ratio}, "critical": false, "muted": false,
        });
        if let Some(reason) = reason {
            result["classificationReason"] = json!(reason);
        }
        result
    };
    json!({
        "judgeName": "NetflixACAJudge-v1.0",
        "results": [
            result("latency", "Latency", "High", Some("latency was classified as High"), json!(2.0), 30),
            result("errors", "Other", "Nodata", Some("Missing data for errors"), json!(1.0), 0),
            result("queue", "Other", "NodataFailMetric", Some("Missing data for queue"), json!("NaN"), 0),
            result("cpu", "Other", "Pass", Some("The Canary and Baseline data are identical"), json!(1.0), 30),
        ],
        "groupScores": [
            {"name": "Other", "score": 50.0, "classification": "", "classificationReason": ""},
            {"name": "Latency", "score": 0.0, "classification": "", "classificationReason": ""},
        ],
        "score": {"score": 25.0, "classification": "Fail", "classificationReason": ""},
    })
}

fn as_kayenta_kept_it() -> Value {
    let level = |level: f64, step: f64| -> Value {
        let values = (0..30).map(|at| json!(level + 0.1 * (f64::from(at) * step).fract()));
        values.collect::<Vec<_>>().into()
    };
    let none = || Value::from(vec![json!("NaN"); 30]);
    let scope = json!({"startTimeIso": "2026-01-14T09:00:00Z", "startTimeMillis": 1_768_381_200_000_i64, "stepMillis": 60_000});
    let pair = |name: &str, control: Value, experiment: Value| {
        json!({
            "name": name, "id": format!("pair-{name}"), "tags": {}, "values": {"control": control, "experiment": experiment},
            "scopes": {"control": scope, "experiment": scope},
            "attributes": {"control": {"query": "m{app=\"old\"}"}, "experiment": {"query": "m{app=\"new\"}"}},
        })
    };
    json!([
        pair("latency", level(1.0, 0.618_034), level(2.0, 0.732_051)),
        pair("errors", none(), none()),
        pair("queue", none(), none()),
        pair("cpu", level(1.0, 0.618_034), level(1.0, 0.618_034)),
    ])
}

/// A Kayenta as it is: ids of Orca's, nulls left out, NaN as text, runs in every state.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_in_kayentas_own_shape_is_judged_as_there() {
    let kayenta = MockServer::start().await;
    let answer = async |at: &str, body: Value| {
        Mock::given(path(at.to_owned()))
            .respond_with(ResponseTemplate::new(200).set_body_json(body))
            .mount(&kayenta)
            .await;
    };
    let config = as_kayenta_shows_it();
    let summary = json!([{"id": "0f6c7d9e-0001", "name": "theirs", "updatedTimestamp": 1_553_874_627_016_i64,
        "updatedTimestampIso": "2019-03-29T15:50:27.016Z", "applications": ["shop"]}]);
    answer("/canaryConfig", summary).await;
    answer("/canaryConfig/0f6c7d9e-0001", config.clone()).await;
    answer("/metricSetPairList/3b1f", as_kayenta_kept_it()).await;
    let run = |id: &str, status: &str| {
        json!({
            "application": "shop", "parentPipelineExecutionId": "01PARENT", "pipelineId": id,
            "stageStatus": {"setupContext": "succeeded", "fetchControl0": status, "judge": status},
            "complete": status != "running", "status": status, "config": config, "canaryConfigId": "0f6c7d9e-0001",
            "canaryExecutionRequest": request(), "buildTimeMillis": 1_714_557_600_000_i64,
            "buildTimeIso": "2024-05-01T10:00:00Z", "startTimeMillis": 1_714_557_600_100_i64,
            "startTimeIso": "2024-05-01T10:00:00.100Z", "storageAccountName": "my-s3", "metricsAccountName": "my-prom",
        })
    };
    let mut judged = run("01CYZCD53RBX2KR2Q9GY0218TV", "succeeded");
    judged["result"] = json!({"judgeResult": as_kayenta_judged_it(), "canaryDuration": "PT30M"});
    judged["metricSetPairListId"] = json!("3b1f");
    let mut failed = run("01FAILED", "terminal");
    failed["exception"] = json!({"timestamp": 1_714_557_612_345_i64, "exceptionType": "NullPointerException", "operation": "canaryJudge",
        "details": {"error": "Unexpected Task Failure", "errors": ["no classifier"], "stackTrace": "at .."}, "shouldRetry": false});
    let runs = json!([
        judged,
        failed,
        run("01CANCELED", "canceled"),
        run("01RUNNING", "running")
    ]);
    Mock::given(path("/canary/executions"))
        .and(wiremock::matchers::query_param("application", "shop"))
        .respond_with(ResponseTemplate::new(200).set_body_json(runs))
        .mount(&kayenta)
        .await;
    Mock::given(path("/canary/executions"))
        .and(wiremock::matchers::query_param("application", "ad-hoc"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!([])))
        .mount(&kayenta)
        .await;
    let (found, told, code) = migrate(&kayenta.uri(), &["--format", "json"]);
    assert_eq!(code, 0, "{told}");
    let found: Value = serde_json::from_str(&found).unwrap();
    assert_eq!(found["unreadable"], json!([]), "{found:#}");
    let [run] = found["runs"].as_array().unwrap().as_slice() else {
        panic!("{found:#}")
    };
    for (name, value) in [
        ("verdict", json!("fail")),
        ("score", json!(25.0)),
        ("differences", json!([])),
    ] {
        assert_eq!(run["netflixAca"][name], value, "{run:#}");
    }
    assert_eq!(run["kayenta"]["score"], 25.0);
    assert_eq!(run["serinus"]["verdict"], "fail", "{run:#}");
}

#[test]
fn a_kayenta_that_is_not_there_is_told() {
    let (found, said, code) = migrate("http://127.0.0.1:1", &[]);
    assert_eq!((found.as_str(), code), ("", 5), "{said}");
    assert!(said.contains("canaryConfig"), "{said}");
    let (_, said, code) = migrate("kayenta", &[]);
    assert_eq!(code, 2, "{said}");
}
