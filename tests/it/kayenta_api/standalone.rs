//! Standalone analyses: several judgements while a window fills.

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

use super::{config, get, request, send, service, started, stored};
use crate::support::Service;

/// An analysis of a past hour, judged every twenty minutes.
fn past() -> Value {
    json!({
        "scopes": [{
            "scopeName": "default", "controlScope": "old", "controlLocation": "us-west-2", "controlOffsetInMinutes": 0,
            "experimentScope": "new", "experimentLocation": "us-west-2", "startTimeIso": "2026-01-14T09:00:00Z",
            "endTimeIso": "2026-01-14T10:00:00Z", "step": 60, "extendedScopeParams": {},
        }],
        "thresholds": {"pass": 95, "marginal": 75},
        "lifetimeDurationMins": 5, "beginAfterMins": 0, "lookbackMins": 0, "analysisIntervalMins": 20, "siteLocal": {},
    })
}

async fn begun(service: &Service, path: &str, request: &Value) -> String {
    let (status, answer) = send(service, Method::POST, path, request).await;
    assert_eq!(status, StatusCode::OK, "{answer:#}");
    let id = answer["canaryAnalysisExecutionId"].as_str();
    id.unwrap().to_owned()
}

async fn ended(service: &Service, id: &str) -> Value {
    loop {
        let (status, run) = get(service, &format!("/standalone_canary_analysis/{id}")).await;
        assert_eq!(status, StatusCode::OK, "{run:#}");
        if run["complete"] == true {
            return run;
        }
        assert_eq!(
            (&run["executionStatus"], &run["status"]),
            (&json!("RUNNING"), &json!("running"))
        );
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

fn statuses(run: &Value) -> Vec<(&str, &str)> {
    let stages = run["stageStatus"].as_array().unwrap().iter();
    stages
        .map(|stage| {
            (
                stage["name"].as_str().unwrap(),
                stage["status"].as_str().unwrap(),
            )
        })
        .collect()
}

#[tokio::test]
async fn every_judgement_passes() {
    let (service, _store) = service().await;
    let id = stored(&service, &config("mine", &[(100.0, true)])).await;
    let path = format!(
        "/standalone_canary_analysis/{id}?user=me&application=guestbook&parentPipelineExecutionId=01PARENT&metricsAccountName=my-prom"
    );
    let analysis = begun(&service, &path, &past()).await;
    let run = ended(&service, &analysis).await;
    for (name, value) in [
        ("application", json!("guestbook")),
        ("user", json!("me")),
        ("parentPipelineExecutionId", json!("01PARENT")),
        ("pipelineId", json!(analysis)),
        ("executionStatus", json!("SUCCEEDED")),
        ("status", json!("succeeded")),
        ("canaryConfigId", json!(id)),
        ("metricsAccountName", json!("my-prom")),
        ("canaryAnalysisExecutionRequest", past()),
    ] {
        assert_eq!(run[name], value, "{run:#}");
    }
    assert!(run.get("exception").is_none());
    let stages = statuses(&run);
    assert_eq!(
        stages.iter().map(|(_, status)| *status).collect::<Vec<_>>(),
        ["SUCCEEDED"; 5],
        "{stages:?}"
    );
    assert_eq!(
        stages[1..4]
            .iter()
            .map(|(name, _)| *name)
            .collect::<Vec<_>>(),
        ["Run Canary #1", "Run Canary #2", "Run Canary #3"]
    );
    let result = &run["canaryAnalysisExecutionResult"];
    assert_eq!(result["didPassThresholds"], true);
    assert_eq!(result["canaryScores"], json!([100.0, 100.0, 100.0]));
    assert_eq!(
        result["canaryScoreMessage"],
        "Final canary score 100.0 met or exceeded the pass score threshold."
    );
    let executions = result["canaryExecutionResults"].as_array().unwrap();
    // The last one alone has seen fifty samples.
    let warned: Vec<_> = executions
        .iter()
        .map(|execution| execution["warnings"].as_array().unwrap().len())
        .collect();
    assert_eq!(
        (warned, &result["hasWarnings"]),
        (vec![1, 1, 0], &json!(true))
    );
    for (execution, (end, length)) in
        executions
            .iter()
            .zip([("09:20", "PT20M"), ("09:40", "PT40M"), ("10:00", "PT1H")])
    {
        assert_eq!(execution["judgementStartTimeIso"], "2026-01-14T09:00:00Z");
        let expected = format!("2026-01-14T{end}:00Z");
        assert_eq!(execution["judgementEndTimeIso"], expected);
        assert_eq!(execution["result"]["canaryDuration"], length);
        // Each is a run for those who follow its id.
        let id = execution["executionId"].as_str().unwrap();
        let (status, alone) = get(&service, &format!("/canary/{id}")).await;
        assert_eq!(status, StatusCode::OK, "{alone:#}");
        assert_eq!(
            (&alone["status"], &alone["pipelineId"]),
            (&json!("succeeded"), &json!(id))
        );
        assert_eq!(alone["result"], execution["result"]);
        let scope = &alone["canaryExecutionRequest"]["scopes"]["default"]["experimentScope"];
        assert_eq!(
            (&scope["scope"], &scope["end"]),
            (&json!("new"), &json!(expected))
        );
        let samples = execution["metricSetPairListId"].as_str().unwrap();
        let (status, pairs) = get(&service, &format!("/metricSetPairList/{samples}")).await;
        assert_eq!(status, StatusCode::OK, "{pairs:#}");
        let seen = pairs[0]["values"]["control"].as_array().unwrap().len();
        let counted = &execution["result"]["judgeResult"]["results"][0]["controlMetadata"];
        assert_eq!(counted["stats"]["count"], seen);
    }
}

#[tokio::test]
async fn a_judgement_that_fails_ends_it() {
    let (service, _store) = service().await;
    for (good, status, scores, message) in [
        (
            50.0,
            "TERMINAL",
            json!([50.0]),
            "is not above the marginal score threshold.",
        ),
        (
            80.0,
            "SUCCEEDED",
            json!([80.0, 80.0, 80.0]),
            "is below the pass score threshold.",
        ),
        // Exactly marginal fails, as in Orca.
        (
            75.0,
            "TERMINAL",
            json!([75.0, 75.0, 75.0]),
            "is not above the marginal score threshold.",
        ),
        (
            95.0,
            "SUCCEEDED",
            json!([95.0, 95.0, 95.0]),
            "met or exceeded the pass score threshold.",
        ),
    ] {
        let body = json!({
            "canaryConfig": config("inline", &[(good, true), (100.0 - good, false)]),
            "executionRequest": past(),
        });
        let id = begun(&service, "/standalone_canary_analysis", &body).await;
        let run = ended(&service, &id).await;
        let result = &run["canaryAnalysisExecutionResult"];
        assert_eq!(
            (&run["executionStatus"], &result["canaryScores"]),
            (&json!(status), &scores),
            "{run:#}"
        );
        let score = format!("Final canary score {good:?} {message}");
        assert_eq!(result["canaryScoreMessage"], score);
        assert_eq!(result["didPassThresholds"], good >= 95.0);
        let stages = statuses(&run);
        if good < 75.0 {
            let rest: Vec<_> = stages[1..4].iter().map(|(_, status)| *status).collect();
            assert_eq!(rest, ["TERMINAL", "NOT_STARTED", "NOT_STARTED"]);
        }
        assert_eq!(
            (&run["user"], &run["application"]),
            (&json!("anonymous"), &json!("ad-hoc"))
        );
    }
}

#[tokio::test]
async fn judgements_may_see_only_so_far_back() {
    let (service, _store) = service().await;
    let mut sliding = past();
    sliding["lookbackMins"] = json!(20);
    sliding["scopes"][0]["controlOffsetInMinutes"] = json!(30);
    let body =
        json!({"canaryConfig": config("inline", &[(100.0, true)]), "executionRequest": sliding});
    let id = begun(&service, "/standalone_canary_analysis", &body).await;
    let run = ended(&service, &id).await;
    let executions = &run["canaryAnalysisExecutionResult"]["canaryExecutionResults"];
    let executions = executions.as_array().unwrap().iter();
    let starts: Vec<_> = executions
        .map(|execution| execution["judgementStartTimeIso"].as_str().unwrap())
        .map(|at| at[11..16].to_owned())
        .collect();
    assert_eq!(starts, ["08:30", "08:50", "09:10"], "{run:#}");
}

/// An analysis that begins in five minutes.
fn ahead() -> Value {
    json!({
        "scopes": [{"controlScope": "old", "experimentScope": "new"}],
        "thresholds": {"pass": 95, "marginal": 75},
        "lifetimeDurationMins": 60, "beginAfterMins": 5, "analysisIntervalMins": 20,
    })
}

#[tokio::test]
async fn a_repeated_request_is_the_same_analysis_also_a_little_later() {
    let (service, _store) = service().await;
    let id = stored(&service, &config("mine", &[(100.0, true)])).await;
    let path = format!("/standalone_canary_analysis/{id}");
    let keyed = async |key: &str, path: &str, request: &Value| {
        let posted = Client::new()
            .post(format!("{}{path}", service.url))
            .header("idempotency-key", key)
            .json(request);
        let response = posted.send().await.unwrap();
        let status = response.status();
        (status, response.json::<Value>().await.unwrap())
    };
    let mut earlier = ahead();
    earlier["scopes"][0]["controlOffsetInMinutes"] = json!(30);
    for (key, request) in [("beside", ahead()), ("earlier", earlier)] {
        let (status, first) = keyed(key, &path, &request).await;
        assert_eq!(status, StatusCode::OK, "{key}: {first:#}");
        let (status, second) = keyed(key, &path, &request).await;
        assert_eq!((status, &second), (StatusCode::OK, &first), "{key}");
        // Anything else under the key is another request.
        let mut other = request.clone();
        other["lifetimeDurationMins"] = json!(80);
        let elsewhere = format!("{path}?application=guestbook");
        let by_another = format!("{path}?storageAccountName=s3");
        for (path, request) in [
            (&path, &other),
            (&elsewhere, &request),
            (&by_another, &request),
        ] {
            let (status, answer) = keyed(key, path, request).await;
            assert_eq!(status, StatusCode::CONFLICT, "{key} {path}: {answer:#}");
            assert!(answer["message"].is_string(), "{answer:#}");
        }
    }
}

#[tokio::test]
async fn one_that_is_to_come_is_waited_for_and_can_be_cancelled() {
    let (service, _store) = service().await;
    let id = stored(&service, &config("mine", &[(100.0, true)])).await;
    let path = format!("/standalone_canary_analysis/{id}");
    let analysis = begun(&service, &path, &ahead()).await;
    let at = format!("/standalone_canary_analysis/{analysis}");
    let (_, run) = get(&service, &at).await;
    assert_eq!(
        (&run["complete"], &run["executionStatus"]),
        (&json!(false), &json!("RUNNING"))
    );
    assert_eq!(statuses(&run).len(), 5);
    // A judgement alone is not cancelled, and not the analysis in its place.
    for judgement in ["1", "7"] {
        let cancel = format!("/pipelines/{analysis}.{judgement}/cancel");
        let (status, answer) = send(&service, Method::PUT, &cancel, &json!("")).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{answer}");
    }
    let (_, run) = get(&service, &at).await;
    assert_eq!(run["executionStatus"], "RUNNING");
    let cancel = format!("/pipelines/{analysis}/cancel");
    let (status, _) = send(&service, Method::PUT, &cancel, &json!("")).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    let run = ended(&service, &analysis).await;
    assert_eq!(run["executionStatus"], "CANCELED");
    assert!(run.get("canaryAnalysisExecutionResult").is_none());
    assert!(run["endTimeIso"].is_string(), "{run:#}");
}

#[tokio::test]
async fn a_store_that_is_gone_never_passes() {
    let service = Service::start(
        "accounts: {gone: {type: prometheus, url: \"http://127.0.0.1:9\", limits: {timeout: 1s}}}\nruns: {attempts: 1}",
    );
    let body =
        json!({"canaryConfig": config("inline", &[(100.0, true)]), "executionRequest": past()});
    let id = begun(&service, "/standalone_canary_analysis", &body).await;
    let run = ended(&service, &id).await;
    assert_eq!(run["executionStatus"], "TERMINAL", "{run:#}");
    let result = &run["canaryAnalysisExecutionResult"];
    assert_eq!(
        (&result["didPassThresholds"], &result["canaryScores"]),
        (&json!(false), &json!([]))
    );
    assert_eq!(
        result["canaryScoreMessage"],
        "There were no successful canary judgements to aggregate"
    );
    let reason = &run["exception"]["details"]["errors"][0];
    assert!(reason.as_str().unwrap().contains("metric 0"), "{run:#}");
}

#[tokio::test]
async fn the_two_kinds_of_runs_are_told_apart() {
    let (service, _store) = service().await;
    let id = stored(&service, &config("mine", &[(100.0, true)])).await;
    let one = started(&service, &format!("/canary/{id}"), &request()).await;
    let several = begun(
        &service,
        &format!("/standalone_canary_analysis/{id}"),
        &past(),
    )
    .await;
    ended(&service, &several).await;
    for (path, expected) in [
        (format!("/canary/{several}"), 400),
        (format!("/standalone_canary_analysis/{one}"), 400),
        (format!("/canary/{one}.1"), 404),
        (format!("/canary/{several}.9"), 404),
        (format!("/canary/{several}.x"), 404),
        (format!("/standalone_canary_analysis/{several}.1"), 404),
        (format!("/standalone_canary_analysis/{several}.7"), 404),
        (format!("/pipelines/{several}.1"), 404),
        (format!("/pipelines/{several}.7"), 404),
        (format!("/metricSetPairList/{several}.9"), 404),
        ("/standalone_canary_analysis/01NOWHERE".to_owned(), 404),
    ] {
        let (status, answer) = get(&service, &path).await;
        assert_eq!(status.as_u16(), expected, "{path}: {answer}");
        assert!(answer["message"].is_string(), "{path}: {answer}");
    }
    let (_, listed) = get(&service, "/canary/executions").await;
    let listed: Vec<_> = (listed.as_array().unwrap().iter())
        .map(|run| run["pipelineId"].as_str().unwrap())
        .collect();
    assert_eq!(listed, [one.as_str()]);
    // Both are pipelines.
    let (_, pipelines) = get(&service, "/pipelines").await;
    assert_eq!(pipelines, json!([several, one]));
    let (status, pipeline) = get(&service, &format!("/pipelines/{several}")).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        (&pipeline["id"], &pipeline["status"], &pipeline["canceled"]),
        (&json!(several), &json!("SUCCEEDED"), &json!(false))
    );
    let (status, _) = get(&service, "/pipelines/01NOWHERE").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_cannot_be_carried_out_is_told() {
    let (service, _store) = service().await;
    let id = stored(&service, &config("mine", &[(100.0, true)])).await;
    let with = |pointer: &str, value: Value| {
        let mut request = past();
        *request.pointer_mut(pointer).unwrap() = value;
        request
    };
    for (request, said) in [
        (with("/scopes", json!([])), "at least one scope"),
        (with("/scopes", Value::Null), "at least one scope"),
        (
            with("/scopes/0/scopeName", json!("other")),
            "require scopes",
        ),
        (
            with("/scopes/0/experimentScope", json!("")),
            "scope is empty",
        ),
        (
            with("/scopes/0/endTimeIso", json!("2026-01-14T08:00:00Z")),
            "at least a minute",
        ),
        (
            with("/analysisIntervalMins", json!(-1)),
            "analysisIntervalMins",
        ),
        (with("/analysisIntervalMins", json!(0.05)), "at most 500"),
        (with("/lookbackMins", json!(5)), "lookback"),
        (with("/lookbackMins", json!("x")), "lookbackMins"),
        (with("/thresholds", Value::Null), "thresholds"),
        (json!([]), "invalid type"),
    ] {
        let path = format!("/standalone_canary_analysis/{id}");
        let (status, problem) = send(&service, Method::POST, &path, &request).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{request:#} {problem:#}");
        let message = problem["message"].as_str().unwrap();
        assert!(message.contains(said), "{message}, not {said}");
    }
    let (status, _) = send(
        &service,
        Method::POST,
        "/standalone_canary_analysis/nowhere",
        &past(),
    )
    .await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    for body in [
        json!({}),
        json!({"canaryConfig": {}}),
        json!({"executionRequest": past()}),
    ] {
        let (status, _) = send(&service, Method::POST, "/standalone_canary_analysis", &body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
    }
}
