//! Requests under the caller's own keys.

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::support::{Service, simulated_request};

async fn put(service: &Service, path: &str, body: &Value) -> (StatusCode, Value) {
    let url = format!("{}/api/v1/analyses/by-key/{path}", service.url);
    let response = Client::new().put(url).json(body).send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

async fn post(service: &Service, key: &str, body: &Value) -> (StatusCode, Value) {
    let url = format!("{}/api/v1/analyses?wait=30s", service.url);
    let request = Client::new().post(url).header("idempotency-key", key);
    let response = request.json(body).send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

#[tokio::test]
async fn a_request_that_is_repeated_finds_its_run() {
    let service = Service::simulated();
    let request = simulated_request("healthy");
    // A slash, a space, another script: as pipelines name things.
    let key = "deploy%2F7%20%D0%BC%D0%B8%D1%80";
    let (status, first) = put(&service, &format!("{key}?wait=30s"), &request).await;
    assert_eq!(
        (status, &first["verdict"]),
        (StatusCode::OK, &json!("pass")),
        "{first:#}"
    );
    let mut reordered = request.clone();
    reordered["labels"] = json!({});
    let (status, again) = put(&service, key, &reordered).await;
    assert_eq!((status, &again), (StatusCode::OK, &first));
    let found: Value = service
        .get(&format!("/api/v1/analyses/by-key/{key}"))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(found, first);

    let other = simulated_request("latency-regression");
    let (status, problem) = put(&service, key, &other).await;
    assert_eq!(
        (status, &problem["code"]),
        (StatusCode::CONFLICT, &json!("key-taken")),
        "{problem:#}"
    );
    let (status, rerun) = put(&service, &format!("{key}?attempt=2&wait=30s"), &other).await;
    assert_eq!(
        (status, &rerun["verdict"]),
        (StatusCode::OK, &json!("fail")),
        "{rerun:#}"
    );
    let found: Value = service
        .get(&format!("/api/v1/analyses/by-key/{key}"))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(found, rerun);
    let (status, problem) = put(&service, key, &request).await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem:#}");
    let unknown = service.get("/api/v1/analyses/by-key/never").await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_header_is_the_same_key() {
    let service = Service::simulated();
    let request = simulated_request("healthy");
    let (status, first) = post(&service, "pipeline-1", &request).await;
    assert_eq!(status, StatusCode::OK, "{first:#}");
    assert_eq!(
        post(&service, "\"pipeline-1\"", &request).await,
        (StatusCode::OK, first.clone())
    );
    assert_eq!(
        put(&service, "pipeline-1", &request).await,
        (StatusCode::OK, first)
    );
    for bad in ["", &"k".repeat(256)] {
        let (status, problem) = post(&service, bad, &request).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{problem:#}");
    }
    let (status, _) = put(&service, "pipeline-1?attempt=0", &request).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_run_is_cancelled_by_its_key() {
    let service = Service::simulated();
    let mut request = simulated_request("healthy");
    request["window"] = json!({"duration": "1h"});
    let (status, waiting) = put(&service, "k", &request).await;
    assert_eq!(
        (status, &waiting["state"]),
        (StatusCode::ACCEPTED, &json!("queued"))
    );
    for _ in 0..2 {
        let response = service
            .post("/api/v1/analyses/by-key/k/cancel", &json!({}))
            .await;
        assert_eq!(response.status(), StatusCode::OK);
        let cancelled: Value = response.json().await.unwrap();
        assert_eq!(
            (&cancelled["id"], &cancelled["state"]),
            (&waiting["id"], &json!("cancelled"))
        );
    }
    // The same request still means the same run.
    let (_, again) = put(&service, "k", &request).await;
    assert_eq!(again["state"], "cancelled");
}
