//! What Gate passes on for Deck's canary pages.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{config, ended, get, request, send, service, started, stored};

#[tokio::test]
async fn the_lists_that_forms_are_filled_from() {
    let (service, _store) = service().await;
    let (_, judges) = get(&service, "/judges").await;
    assert!(
        judges
            .as_array()
            .unwrap()
            .contains(&json!({"name": "NetflixACAJudge-v1.0", "visible": true}))
    );

    let (_, accounts) = get(&service, "/credentials").await;
    let accounts = accounts.as_array().unwrap();
    let with = |kind: &str| {
        let has = |account: &&Value| {
            account["supportedTypes"]
                .as_array()
                .unwrap()
                .contains(&json!(kind))
        };
        accounts.iter().filter(has).count()
    };
    assert_eq!(
        (
            with("METRICS_STORE"),
            with("OBJECT_STORE"),
            with("CONFIGURATION_STORE")
        ),
        (1, 1, 1)
    );
    for account in accounts {
        assert!(account["locations"].is_array() && account["recommendedLocations"].is_array());
    }
    let (_, services) = get(&service, "/metricsServices").await;
    assert_eq!(
        services,
        json!([{"name": "my-prom", "type": "prometheus", "locations": [], "recommendedLocations": []}])
    );

    let (status, metrics) = get(
        &service,
        "/metadata/metricsService?metricsAccountName=my-prom&filter=Requests",
    )
    .await;
    assert_eq!(
        (status, metrics),
        (StatusCode::OK, json!([{"name": "http_requests_total"}]))
    );
    let (_, metrics) = get(&service, "/metadata/metricsService?filter=").await;
    assert_eq!(metrics.as_array().unwrap().len(), 3);
    let (status, problem) = get(&service, "/metadata/metricsService?metricsAccountName=x").await;
    assert_eq!(
        (status, problem),
        (
            StatusCode::BAD_REQUEST,
            json!({"message": "Unable to resolve account x."})
        )
    );

    let (status, health) = get(&service, "/health").await;
    assert_eq!((status, &health["status"]), (StatusCode::OK, &json!("UP")));
}

#[tokio::test]
async fn no_secret_is_told() {
    let service = crate::support::Service::start_with(
        "accounts: {p: {type: prometheus, url: \"http://127.0.0.1:9\", auth: {type: basic, username: u, password: {env: PASSWORD_OF_P}}}}",
        &[("PASSWORD_OF_P", "hunter-two-secret")],
    );
    let (_, accounts) = get(&service, "/credentials").await;
    let text = accounts.to_string();
    assert!(
        !text.contains("hunter") && !text.contains("PASSWORD_OF_P"),
        "{text}"
    );
}

#[tokio::test]
async fn ad_hoc_runs_and_their_list() {
    let (service, _store) = service().await;
    let ad_hoc = |weight| json!({"canaryConfig": config("a", &[(weight, true), (100.0 - weight, false)]), "executionRequest": request()});
    let mut ids = Vec::new();
    for weight in [20.0, 40.0, 60.0] {
        let id = started(&service, "/canary", &ad_hoc(weight)).await;
        ended(&service, &id).await;
        ids.insert(0, id);
    }
    let other = started(&service, "/canary?application=other", &ad_hoc(50.0)).await;
    let run = ended(&service, &other).await;
    assert_eq!(
        (&run["canaryConfigId"], &run["application"]),
        (&json!("ad-hoc"), &json!("other"))
    );
    assert!(run.get("configurationAccountName").is_none());

    let listed = async |query: &str| {
        let (status, runs) = get(&service, &format!("/canary/executions{query}")).await;
        assert_eq!(status, StatusCode::OK, "{runs:#}");
        let runs = runs.as_array().unwrap().clone();
        runs.iter()
            .map(|run| run["pipelineId"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(listed("").await, ids);
    assert_eq!(listed("?application=ad-hoc&limit=2&page=1").await, ids[..2]);
    assert_eq!(
        listed("?limit=2&page=2&statuses=&storageAccountName=").await,
        ids[2..]
    );
    assert_eq!(
        listed("?application=other&statuses=SUCCEEDED,TERMINAL").await,
        [other.as_str()]
    );
    assert!(listed("?statuses=RUNNING").await.is_empty());
    for query in ["?statuses=DONE", "?limit=x", "?limit=0", "?page=-1"] {
        let (status, problem) = get(&service, &format!("/canary/executions{query}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
        assert!(problem["message"].is_string());
    }

    // They are runs like any other.
    let (_, summary) = get(&service, &format!("/api/v1/analyses/{other}")).await;
    assert_eq!(
        (&summary["state"], &summary["verdict"]),
        (&json!("succeeded"), &json!("fail"))
    );
    let (_, all) = get(&service, "/api/v1/analyses").await;
    assert_eq!(all["analyses"].as_array().unwrap().len(), 4);
    let page = service.get(&format!("/ui/analyses/{other}")).await;
    assert_eq!(page.status(), StatusCode::OK);
    // And what is asked for natively is not told in Kayenta's words.
    for part in ["canaryConfig", "executionRequest"] {
        let mut half = ad_hoc(50.0);
        half[part] = Value::Null;
        let (status, problem) = send(&service, Method::POST, "/canary", &half).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(
            problem["message"].as_str().unwrap().contains(part),
            "{problem:#}"
        );
    }
}

#[tokio::test]
async fn the_report_reads_the_run_and_its_config() {
    let (service, _store) = service().await;
    let id = stored(&service, &config("shown", &[(100.0, true)])).await;
    let (_, config) = get(&service, &format!("/canaryConfig/{id}")).await;
    assert_eq!(
        (&config["id"], &config["name"]),
        (&json!(id), &json!("shown"))
    );
    let run = started(
        &service,
        &format!("/canary/{id}?application=guestbook"),
        &request(),
    )
    .await;
    let run = ended(&service, &run).await;
    assert!(run["config"].is_object());
    assert_eq!(
        run["canaryExecutionRequest"]["thresholds"],
        json!({"pass": 90, "marginal": 75})
    );
    assert_eq!(run["metricSetPairListId"], run["pipelineId"]);
    assert_eq!(run["metricsAccountName"], "my-prom");
    let known = ["Pass", "High", "Low", "Nodata", "NodataFailMetric", "Error"];
    for metric in run["result"]["judgeResult"]["results"].as_array().unwrap() {
        assert!(known.contains(&metric["classification"].as_str().unwrap()));
    }
    // No key is null.
    fn no_null(value: &Value) -> bool {
        match value {
            Value::Null => false,
            Value::Array(items) => items.iter().all(no_null),
            Value::Object(fields) => fields.values().all(no_null),
            Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
        }
    }
    assert!(no_null(&run), "{run:#}");
}
