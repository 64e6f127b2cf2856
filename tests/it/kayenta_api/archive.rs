//! The archive, and what clients hear of runs that failed.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers::path};

use super::{Store, config, ended, get, request, send, service, settings, started, stored};
use crate::support::Service;

#[tokio::test]
async fn runs_of_another_kayenta_stay_readable() {
    let (service, _store) = service().await;
    let id = stored(&service, &config("mine", &[(100.0, true)])).await;
    let run = started(&service, &format!("/canary/{id}"), &request()).await;
    let run = ended(&service, &run).await;
    let own = run["pipelineId"].as_str().unwrap();
    let mut foreign = run.clone();
    foreign["pipelineId"] = json!("01CYZCD53RBX2KR2Q9GY0218TV");
    foreign["unknownToUs"] = json!("is kept");
    let archive = "/canaryResultArchive";
    let named = format!("{archive}?pipelineId=01CYZCD53RBX2KR2Q9GY0218TV&storageAccountName=");
    let one = format!("{archive}/01CYZCD53RBX2KR2Q9GY0218TV");

    let (status, _) = send(&service, Method::PUT, &one, &foreign).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let (status, answer) = send(&service, Method::POST, &named, &foreign).await;
    assert_eq!(
        (status, answer),
        (
            StatusCode::OK,
            json!({"pipelineId": "01CYZCD53RBX2KR2Q9GY0218TV"})
        )
    );
    let (status, answer) = send(&service, Method::POST, &named, &foreign).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(
        answer["message"]
            .as_str()
            .unwrap()
            .contains("already exists")
    );
    // Where pipelines link to.
    for path in [one.clone(), "/canary/01CYZCD53RBX2KR2Q9GY0218TV".to_owned()] {
        assert_eq!(
            get(&service, &path).await,
            (StatusCode::OK, foreign.clone())
        );
    }
    foreign["application"] = json!("other");
    let (status, _) = send(&service, Method::PUT, &one, &foreign).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(get(&service, &one).await.1["application"], "other");

    // Own runs are in it, and are not changed there.
    assert_eq!(
        get(&service, &format!("{archive}/{own}")).await,
        (StatusCode::OK, run.clone())
    );
    for (method, path) in [
        (Method::PUT, format!("{archive}/{own}")),
        (Method::POST, format!("{archive}?pipelineId={own}")),
    ] {
        let (status, _) = send(&service, method, &path, &run).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{path}");
    }
    let (_, all) = get(&service, archive).await;
    let ids: Vec<_> = (all.as_array().unwrap().iter())
        .map(|entry| {
            assert!(entry["updatedTimestamp"].is_i64() && entry["updatedTimestampIso"].is_string());
            entry["id"].as_str().unwrap()
        })
        .collect();
    assert_eq!(ids, [own, "01CYZCD53RBX2KR2Q9GY0218TV"]);

    for wrong in [
        json!({}),
        json!([]),
        json!({"application": "a", "complete": true, "status": "fine"}),
    ] {
        let (status, answer) = send(&service, Method::POST, archive, &wrong).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{wrong} {answer}");
    }
    let (status, body) = send(&service, Method::DELETE, &one, &Value::Null).await;
    assert_eq!((status, body), (StatusCode::NO_CONTENT, Value::Null));
    for path in [one.as_str(), "/canary/01CYZCD53RBX2KR2Q9GY0218TV"] {
        assert_eq!(get(&service, path).await.0, StatusCode::NOT_FOUND);
    }
    let (status, _) = send(
        &service,
        Method::DELETE,
        &format!("{archive}/{own}"),
        &Value::Null,
    )
    .await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

/// Refuses what is asked about the canary's `down`.
#[derive(Debug)]
struct HalfBroken;

impl Respond for HalfBroken {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let body = String::from_utf8_lossy(&request.body);
        if body.contains("down") && body.contains("new") {
            let error =
                json!({"status": "error", "errorType": "bad_data", "error": "no such thing"});
            return ResponseTemplate::new(400).set_body_json(error);
        }
        Store.respond(request)
    }
}

#[tokio::test]
async fn a_failed_run_tells_where_and_when_it_failed() {
    let store = MockServer::start().await;
    Mock::given(path("/api/v1/query_range"))
        .respond_with(HalfBroken)
        .mount(&store)
        .await;
    let service = Service::start(&settings(&store.uri()));
    let id = stored(&service, &config("a", &[(50.0, true), (50.0, false)])).await;
    let run = started(&service, &format!("/canary/{id}"), &request()).await;
    let run = ended(&service, &run).await;
    assert_eq!(run["status"], "terminal", "{run:#}");
    assert_eq!(
        run["stageStatus"],
        json!({"setupContext": "succeeded", "fetchControl0": "succeeded", "fetchExperiment0": "succeeded",
            "fetchControl1": "succeeded", "fetchExperiment1": "terminal", "mixMetrics": "not_started", "judge": "not_started"})
    );
    let time = |name: &str| run[name].as_i64().unwrap();
    assert!(time("endTimeMillis") >= time("startTimeMillis"), "{run:#}");
    assert_eq!(run["exception"]["timestamp"], run["endTimeMillis"]);
}
