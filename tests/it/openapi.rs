//! The API's description is what the code says.

use std::process::Command;

use serde_json::Value;

use crate::support::{SERINUS, Service};

#[tokio::test]
async fn the_committed_document_is_the_one_that_is_served() {
    let committed: Value =
        serde_json::from_str(include_str!("../../openapi/openapi.json")).unwrap();
    let printed = Command::new(SERINUS).arg("openapi").output().unwrap();
    let printed: Value = serde_json::from_slice(&printed.stdout).unwrap();
    assert!(
        printed == committed,
        "run: cargo run -- openapi > openapi/openapi.json"
    );
    let served: Value = Service::start("{}")
        .get("/openapi.json")
        .await
        .json()
        .await
        .unwrap();
    assert!(served == committed);
}

#[test]
fn every_operation_is_described() {
    let document: Value = serde_json::from_str(include_str!("../../openapi/openapi.json")).unwrap();
    let mut operations = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            operations += 1;
            assert!(
                operation["summary"].is_string(),
                "{method} {path} has no summary"
            );
            let ok = operation["responses"]
                .as_object()
                .unwrap()
                .keys()
                .any(|status| status.starts_with(['2', '3']));
            assert!(ok, "{method} {path} never succeeds");
        }
    }
    assert!(operations >= 14, "{operations}");
}
