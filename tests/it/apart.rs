//! What callers for one application cannot do to another.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    access::{answer, get, post, request, settings},
    support::{Service, simulated_request},
};

/// Two callers, each for an application of its own, and one for all.
fn service() -> Service {
    let of = |application: &str| json!({"roles": ["run"], "applications": [application]});
    Service::start(&settings(&[
        ("shop", of("shop")),
        ("other", of("other")),
        ("all", json!({"roles": ["admin"]})),
    ]))
}

async fn put(service: &Service, name: &str, path: &str, body: &Value) -> (StatusCode, Value) {
    answer(request(service, name, Method::PUT, path).json(body)).await
}

fn of(application: &str) -> Value {
    let mut request = simulated_request("healthy");
    request["application"] = json!(application);
    request
}

#[tokio::test]
async fn no_attempt_takes_the_key_of_another_application() {
    let service = service();
    let key = "/api/v1/analyses/by-key/release-7";
    let (status, mine) = put(&service, "shop", &format!("{key}?wait=30s"), &of("shop")).await;
    assert_eq!(status, StatusCode::OK, "{mine:#}");
    for attempt in [1, 2, 99] {
        let path = format!("{key}?attempt={attempt}");
        for name in ["other", "all"] {
            let (status, problem) = put(&service, name, &path, &of("other")).await;
            assert_eq!(status, StatusCode::CONFLICT, "{problem:#}");
            assert_eq!(problem["code"], "key-taken", "{problem:#}");
        }
    }
    let (_, found) = get(&service, "shop", key).await;
    assert_eq!(found, mine);
    let query = "/prometheus/api/v1/query?query=serinus_pass%7Bkey%3D%22release-7%22%7D";
    let (_, found) = get(&service, "all", query).await;
    let labels = &found["data"]["result"][0]["metric"];
    assert_eq!(labels["application"], "shop", "{found:#}");
    // Its own application still begins anew.
    let path = format!("{key}?attempt=2");
    let (status, anew) = put(&service, "shop", &path, &of("shop")).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{anew:#}");
    assert_ne!(anew["id"], mine["id"]);
}

#[tokio::test]
async fn keys_of_our_own_are_not_for_callers() {
    let service = service();
    for key in [
        "flagger%2Ftest%2Fpodinfo%2F1",
        "rollout%200199a2b4-0000-7000-8000-000000000000%20stage%201",
    ] {
        let path = format!("/api/v1/analyses/by-key/{key}");
        let (status, problem) = put(&service, "all", &path, &of("shop")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{problem:#}");
    }
    let header = request(&service, "all", Method::POST, "/api/v1/analyses");
    let header = header.header("idempotency-key", "\"flagger/test/podinfo/1\"");
    let (status, problem) = answer(header.json(&of("shop"))).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{problem:#}");
}

/// A hook about the first version of `shop`, with more metadata.
async fn hook(service: &Service, name: &str, hook: &str, more: Value) -> (StatusCode, Value) {
    let payload = json!({
        "name": "shop", "namespace": "test", "phase": "Progressing", "checksum": "1", "metadata": more,
    });
    post(service, name, &format!("/hooks/flagger/{hook}"), &payload).await
}

#[tokio::test]
async fn a_release_is_answered_about_its_own_application() {
    let service = service();
    let watching = |application: Option<&str>| {
        let mut metadata = json!({
            "config": "simulated", "baseline": "baseline", "canary": "canary", "param.scenario": "healthy",
            "duration": "1h", "every": "30m",
        });
        if let Some(application) = application {
            metadata["application"] = json!(application);
        }
        metadata
    };
    let other = json!({"application": "other"});
    // Whoever may run another application only is first under this name.
    let (status, theirs) = hook(&service, "other", "pre-rollout", watching(Some("other"))).await;
    assert_eq!(status, StatusCode::OK, "{theirs:#}");
    let (status, denied) = hook(&service, "other", "pre-rollout", watching(None)).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{denied:#}");
    // Nothing of that is the release's own, even to somebody who sees it all.
    for name in ["shop", "all"] {
        let (status, none) = hook(&service, name, "rollout", json!({})).await;
        assert_eq!(status, StatusCode::CONFLICT, "{name}: {none:#}");
        assert!(none.as_str().unwrap().contains("no analysis"), "{none:#}");
    }
    let (status, own) = hook(&service, "shop", "pre-rollout", watching(None)).await;
    assert_eq!(status, StatusCode::OK, "{own:#}");
    assert_ne!(own["analysis"], theirs["analysis"]);
    // Nor does the end of the one end the other, or what was let through there count here.
    let free = hook(&service, "other", "confirm-traffic-increase", other.clone()).await;
    assert_eq!(free.0, StatusCode::OK, "{:#}", free.1);
    let (status, over) = hook(&service, "other", "post-rollout", other).await;
    assert_eq!(status, StatusCode::OK, "{over:#}");
    assert_eq!(over["analysis"], theirs["analysis"]);
    let free = hook(&service, "shop", "confirm-traffic-increase", json!({})).await;
    assert_eq!(free.0, StatusCode::OK, "{:#}", free.1);
    assert_eq!(free.1["analysis"], own["analysis"]);
    let path = format!("/api/v1/analyses/{}", own["analysis"].as_str().unwrap());
    let (_, summary) = get(&service, "shop", &path).await;
    assert_eq!(summary["verdict"], "pending", "{summary:#}");
}
