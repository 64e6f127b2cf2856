//! Bodies that are no JSON, unknown things, wrong methods, too much at once.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{problem, with};
use crate::support::{Service, simulated_request};

#[tokio::test]
async fn bodies_that_are_no_json_are_problems() {
    let service = Service::simulated();
    let path = "/api/v1/analyses";
    let json = "application/json";
    for body in ["", "{", "nonsense", "\u{0}"] {
        let response = service.post_text(path, json, body).await;
        let found = problem(response, StatusCode::BAD_REQUEST).await;
        assert_eq!(found["code"], "not-json", "{body:?}: {found:#}");
    }
    let invalid_utf8 = service
        .post_text(path, json, vec![b'"', 0xff, 0xfe, b'"'])
        .await;
    assert!(invalid_utf8.status().is_client_error());
    let good = simulated_request("healthy").to_string();
    problem(
        service
            .post_text(path, json, format!("{good} trailing"))
            .await,
        StatusCode::BAD_REQUEST,
    )
    .await;
    let deep = "[".repeat(100_000);
    problem(
        service.post_text(path, json, deep).await,
        StatusCode::UNPROCESSABLE_ENTITY,
    )
    .await;
    let not_declared = service.post_text(path, "text/plain", "{}").await;
    problem(not_declared, StatusCode::UNSUPPORTED_MEDIA_TYPE).await;
    // Sent to the end and answered, however much too large.
    for megabytes in [11, 50, 90] {
        let huge = vec![b' '; megabytes * 1024 * 1024];
        let huge = service.post_text(path, json, huge).await;
        problem(huge, StatusCode::PAYLOAD_TOO_LARGE).await;
    }
}

#[tokio::test]
async fn unknown_things_and_wrong_methods_are_problems() {
    let service = Service::simulated();
    let unknown_id = "/api/v1/analyses/0199a2b0-0000-7000-8000-000000000000";
    for path in [
        "/",
        "/nowhere",
        "/api/v1/analyses/x",
        unknown_id,
        &format!("{unknown_id}/scorecard"),
        "/api/v1/configs/nowhere",
        "/ui/analyses/x",
    ] {
        let found = problem(service.get(path).await, StatusCode::NOT_FOUND).await;
        assert_eq!(found["code"], "not-found", "{path}");
    }
    problem(
        service
            .post("/api/v1/accounts/nowhere/check", &json!({}))
            .await,
        StatusCode::NOT_FOUND,
    )
    .await;
    problem(
        service
            .post(&format!("{unknown_id}/cancel"), &json!({}))
            .await,
        StatusCode::NOT_FOUND,
    )
    .await;
    let wrong_method = service.post("/livez", &json!({})).await;
    assert_eq!(wrong_method.headers()["allow"], "GET, HEAD");
    problem(wrong_method, StatusCode::METHOD_NOT_ALLOWED).await;
    problem(
        service.get("/api/v1/analyses?limt=3").await,
        StatusCode::BAD_REQUEST,
    )
    .await;
    problem(
        service.get("/api/v1/analyses?before=x").await,
        StatusCode::NOT_FOUND,
    )
    .await;
    problem(
        service.get(&format!("{unknown_id}?wait=soon")).await,
        StatusCode::BAD_REQUEST,
    )
    .await;
}

#[tokio::test]
async fn more_runs_than_allowed_are_refused_until_there_is_room() {
    let service = Service::start("{simulator: {enabled: true}, runs: {inFlight: 1}}");
    let now = jiff::Timestamp::now();
    let window = json!({"start": now, "end": now + jiff::SignedDuration::from_hours(1)});
    let waiting = with("/window", window);
    let first: Value = service
        .post("/api/v1/analyses", &waiting)
        .await
        .json()
        .await
        .unwrap();
    let refused = service.post("/api/v1/analyses", &waiting).await;
    assert_eq!(refused.headers()["retry-after"], "5");
    let found = problem(refused, StatusCode::TOO_MANY_REQUESTS).await;
    assert_eq!(found["code"], "busy");

    let cancel = format!("/api/v1/analyses/{}/cancel", first["id"].as_str().unwrap());
    service.post(&cancel, &json!({})).await;
    // The run's task notices in its own time.
    for _ in 0..100 {
        if service.post("/api/v1/analyses", &waiting).await.status() == StatusCode::ACCEPTED {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("there was no room after two seconds");
}
