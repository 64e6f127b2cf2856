//! Whatever callers send, the answer is a problem that says where the mistake is.

mod hostile;
mod refused;
mod stores;
mod surface;

use reqwest::{Response, StatusCode};
use serde_json::Value;

use crate::support::{Service, simulated_request};

/// The problem in a response, after checking its form.
async fn problem(response: Response, status: StatusCode) -> Value {
    assert_eq!(response.status(), status);
    let content_type = response.headers()["content-type"]
        .to_str()
        .unwrap()
        .to_owned();
    let problem: Value = response.json().await.unwrap();
    assert_eq!(content_type, "application/problem+json", "{problem:#}");
    assert_eq!(problem["status"], status.as_u16());
    let code = problem["code"].as_str().unwrap();
    assert_eq!(problem["type"], format!("urn:serinus:problem:{code}"));
    assert!(!problem["detail"].as_str().unwrap().is_empty());
    assert!(problem["errors"].is_array());
    problem
}

/// Sends a request that cannot be carried out: the pointers and details of what is wrong with it.
async fn mistakes(service: &Service, request: &Value) -> Vec<(String, String)> {
    let response = service.post("/api/v1/analyses", request).await;
    let problem = problem(response, StatusCode::UNPROCESSABLE_ENTITY).await;
    let errors = problem["errors"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    errors
        .iter()
        .map(|error| (text(&error["pointer"]), text(&error["detail"])))
        .collect()
}

/// Changes a good request at a pointer.
fn with(pointer: &str, value: Value) -> Value {
    let mut request = simulated_request("healthy");
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    request.pointer_mut(parent).unwrap()[key] = value;
    request
}
