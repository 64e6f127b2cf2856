//! Orca's canary stage: five calls, and answers read into types that take nothing else.

use jiff::{SignedDuration, Timestamp};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

use super::{config, ended, get, request, send, service, started, stored};

const STATUSES: [&str; 12] = [
    "NOT_STARTED",
    "RUNNING",
    "PAUSED",
    "SUSPENDED",
    "SUCCEEDED",
    "FAILED_CONTINUE",
    "TERMINAL",
    "CANCELED",
    "REDIRECT",
    "STOPPED",
    "SKIPPED",
    "BUFFERED",
];

/// What Orca reads of a run, or why it could not.
#[derive(Debug)]
struct Read {
    status: String,
    score: Option<i64>,
    /// What passes, and what is marginal.
    thresholds: (f64, f64),
    fewest: Option<u64>,
}

fn read(run: &Value) -> Read {
    assert!(run["complete"].is_boolean(), "{run:#}");
    assert!(run["application"].is_string(), "{run:#}");
    let status = run["status"].as_str().unwrap().to_uppercase();
    assert!(STATUSES.contains(&status.as_str()), "{status}");
    for name in ["buildTimeIso", "startTimeIso", "endTimeIso"] {
        if let Some(at) = run.get(name) {
            at.as_str().unwrap().parse::<Timestamp>().unwrap();
        }
    }
    let asked = &run["canaryExecutionRequest"];
    for pair in asked["scopes"].as_object().unwrap().values() {
        for side in ["controlScope", "experimentScope"] {
            for end in ["start", "end"] {
                pair[side][end]
                    .as_str()
                    .unwrap()
                    .parse::<Timestamp>()
                    .unwrap();
            }
        }
    }
    let threshold = |name: &str| asked["thresholds"][name].as_f64().unwrap();
    let thresholds = (threshold("pass"), threshold("marginal"));
    if let Some(exception) = run.get("exception") {
        assert!(exception.is_object());
    }
    let Some(result) = run.get("result") else {
        assert_ne!(status, "SUCCEEDED", "{run:#}");
        return Read {
            status,
            score: None,
            thresholds,
            fewest: None,
        };
    };
    if let Some(duration) = result.get("canaryDuration") {
        duration
            .as_str()
            .unwrap()
            .parse::<SignedDuration>()
            .unwrap();
    }
    let judged = &result["judgeResult"];
    let score = &judged["score"];
    assert!(
        score["classification"].is_string() && score["classificationReason"].is_string(),
        "{run:#}"
    );
    let counts = judged["results"].as_array().unwrap().iter();
    let counts = counts.map(|metric| {
        metric["controlMetadata"]["stats"]["count"]
            .as_u64()
            .unwrap()
    });
    #[expect(
        clippy::cast_possible_truncation,
        reason = "what Orca does: the score is an integer"
    )]
    let score = score["score"].as_f64().unwrap() as i64;
    Read {
        status,
        score: Some(score),
        thresholds,
        fewest: counts.min(),
    }
}

#[tokio::test]
async fn a_stage_from_the_lookup_to_the_end() {
    let (service, _store) = service().await;
    stored(&service, &config("mine", &[(50.0, true), (50.0, false)])).await;

    // 1. The config by name, without any parameter: the filter is Orca's.
    let (status, list) = get(&service, "/canaryConfig").await;
    assert_eq!(status, StatusCode::OK);
    let mine: Vec<_> = (list.as_array().unwrap().iter())
        .filter(|item| {
            let applications = item["applications"].as_array().unwrap();
            item["name"] == "mine" && applications.contains(&json!("guestbook"))
        })
        .collect();
    assert_eq!(mine.len(), 1, "{list:#}");
    let id = mine[0]["id"].as_str().unwrap();

    // 2. The run: the answer is a flat map of text.
    let path = format!(
        "/canary/{id}?application=guestbook&parentPipelineExecutionId=01PARENT&metricsAccountName=my-prom&configurationAccountName=my-s3&storageAccountName=my-s3"
    );
    let (status, answer) = send(&service, Method::POST, &path, &request()).await;
    assert_eq!(status, StatusCode::OK);
    assert!(
        answer.as_object().unwrap().values().all(Value::is_string),
        "{answer:#}"
    );
    let run_id = answer["canaryExecutionId"].as_str().unwrap();

    // 3. Once a second.
    let run = loop {
        let (status, run) = get(
            &service,
            &format!("/canary/{run_id}?storageAccountName=my-s3"),
        )
        .await;
        assert_eq!(status, StatusCode::OK);
        read(&run);
        if run["complete"] == true {
            break run;
        }
    };
    let found = read(&run);
    assert_eq!(
        (found.status.as_str(), found.score),
        ("SUCCEEDED", Some(50))
    );
    assert_eq!(found.fewest, Some(30));
    assert_eq!(run["parentPipelineExecutionId"], "01PARENT");
    assert_eq!(run["result"]["canaryDuration"], "PT30M");
    for (name, value) in [
        ("metricsAccountName", "my-prom"),
        ("storageAccountName", "my-s3"),
        ("configurationAccountName", "my-s3"),
        ("canaryConfigId", id),
    ] {
        assert_eq!(run[name], value, "{run:#}");
    }
    let stages = run["stageStatus"].as_object().unwrap();
    let mut names: Vec<_> = stages.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "fetchControl0",
            "fetchControl1",
            "fetchExperiment0",
            "fetchExperiment1",
            "judge",
            "mixMetrics",
            "setupContext"
        ]
    );
    assert!(stages.values().all(|status| status == "succeeded"));

    // 4. The accounts: which kind was asked.
    let (status, accounts) = get(&service, "/credentials").await;
    assert_eq!(status, StatusCode::OK);
    let accounts = accounts.as_array().unwrap();
    assert!(
        accounts
            .iter()
            .all(|account| account["name"].is_string() && account["type"].is_string())
    );
    assert!(
        accounts
            .iter()
            .any(|account| account["name"] == "my-prom" && account["type"] == "prometheus")
    );

    // 5. Cancelled when the stage is; the run has ended and stays as it was.
    let url = format!("{}/pipelines/{run_id}/cancel", service.url);
    let response = Client::new()
        .put(url)
        .header("content-type", "application/json")
        .body("\"\"")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::ACCEPTED);
    assert_eq!(get(&service, &format!("/canary/{run_id}")).await.1, run);
}

#[tokio::test]
async fn what_kayentas_judge_says_is_said_in_its_words() {
    let (service, _store) = service().await;
    let mut both = config("both", &[(60.0, true), (40.0, false)]);
    let rules = &mut both["metrics"][1]["analysisConfigurations"]["canary"];
    rules["critical"] = json!(true);
    let id = stored(&service, &both).await;
    let run = started(&service, &format!("/canary/{id}"), &request()).await;
    let run = ended(&service, &run).await;
    let judged = &run["result"]["judgeResult"];
    assert_eq!(judged["judgeName"], "NetflixACAJudge-v1.0");
    let [good, bad] = judged["results"].as_array().unwrap().as_slice() else {
        panic!("{run:#}")
    };
    assert_eq!(good["classification"], "Pass");
    assert!(good.get("classificationReason").is_none(), "{good:#}");
    assert_eq!(
        (
            good["critical"].clone(),
            good["muted"].clone(),
            good["tags"].clone()
        ),
        (json!(false), json!(false), json!({}))
    );
    assert_eq!(bad["classification"], "High");
    assert_eq!(
        bad["classificationReason"],
        "The metric metric 1 was classified as High (Critical)"
    );
    assert_eq!(bad["critical"], true);
    let mean = |metric: &Value, side: &str| metric[side]["stats"]["mean"].as_f64().unwrap();
    let ratio = bad["resultMetadata"]["ratio"].as_f64().unwrap();
    let expected = mean(bad, "experimentMetadata") / mean(bad, "controlMetadata");
    assert!((ratio - expected).abs() < 1e-12, "{ratio} {expected}");
    assert_ne!(good["id"], bad["id"]);
    assert_eq!(
        judged["score"],
        json!({"score": 0.0, "classification": "Fail", "classificationReason": "Canary Failed: The metric metric 1 was classified as High (Critical)"})
    );
    let groups = judged["groupScores"].as_array().unwrap();
    assert_eq!(
        groups[0],
        json!({"name": "g0", "score": 100.0, "classification": "", "classificationReason": ""})
    );
    // Spinnaker's own expressions must not find theirs in it.
    let template = run.pointer("/config/metrics/0/query/customInlineTemplate");
    assert_eq!(template.unwrap(), "PromQL:up{job=\"$\\{scope}\"}");
    assert!(!run["config"].to_string().contains("${"));
}

/// How Orca's stage ends by the score that it read of its last run: at the marginal score it fails, where others still are in doubt.
#[expect(clippy::cast_precision_loss, reason = "scores are small")]
fn ends(found: &Read) -> &'static str {
    let (pass, marginal) = found.thresholds;
    let score = found.score.unwrap() as f64;
    if score <= marginal || score < pass {
        "TERMINAL"
    } else {
        "SUCCEEDED"
    }
}

#[tokio::test]
async fn scores_at_the_thresholds() {
    let (service, _store) = service().await;
    for (good, read_as, end, label) in [
        (90.0, 90, "SUCCEEDED", "Pass"),
        (89.99, 89, "TERMINAL", "Marginal"),
        (75.0, 75, "TERMINAL", "Marginal"),
        (74.99, 74, "TERMINAL", "Fail"),
    ] {
        let name = format!("score-{good}").replace('.', "_");
        let bad = f64::round((100.0 - good) * 100.0) / 100.0;
        let id = stored(&service, &config(&name, &[(good, true), (bad, false)])).await;
        let run = started(&service, &format!("/canary/{id}"), &request()).await;
        let run = ended(&service, &run).await;
        let found = read(&run);
        assert_eq!(
            (found.status.as_str(), found.score),
            ("SUCCEEDED", Some(read_as)),
            "{good}"
        );
        assert_eq!(ends(&found), end, "{good}");
        // What is read as less keeps its own word and number.
        let score = &run["result"]["judgeResult"]["score"];
        assert_eq!(
            (&score["score"], &score["classification"]),
            (&json!(good), &json!(label)),
            "{run:#}"
        );
    }
}

#[tokio::test]
async fn a_failed_run_is_terminal_and_has_no_score() {
    let service = crate::support::Service::start(
        "accounts: {gone: {type: prometheus, url: \"http://127.0.0.1:9\", limits: {timeout: 1s}}}\nruns: {attempts: 1}",
    );
    let id = stored(&service, &config("a", &[(100.0, true)])).await;
    let run = started(&service, &format!("/canary/{id}"), &request()).await;
    let run = ended(&service, &run).await;
    assert_eq!(read(&run).status, "TERMINAL");
    assert!(
        run.get("result").is_none() && run.get("metricSetPairListId").is_none(),
        "{run:#}"
    );
    let exception = &run["exception"];
    assert!(
        exception["details"]["errors"][0]
            .as_str()
            .unwrap()
            .contains("metric 0"),
        "{run:#}"
    );
    assert_eq!(exception["shouldRetry"], false);
    assert_eq!(run["stageStatus"]["judge"], "not_started");
}
