//! What Flagger hears when something is wrong: never a yes.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{
    Pipeline,
    flagger::{Flagger, Heard, watching},
};
use crate::support::Service;

const HOOKS: [&str; 8] = [
    "confirm-rollout",
    "pre-rollout",
    "rollout",
    "confirm-traffic-increase",
    "confirm-promotion",
    "post-rollout",
    "rollback",
    "event",
];

#[tokio::test]
async fn a_release_that_nobody_knows_goes_nowhere() {
    let pipeline = Pipeline::start();
    let flagger = Flagger {
        service: &pipeline.service,
        checksum: "unknown",
    };
    for hook in [
        "rollout",
        "confirm-traffic-increase",
        "confirm-promotion",
        "rollback",
    ] {
        let (status, reason) = flagger.ask(hook).await.failure();
        assert_eq!(status, StatusCode::CONFLICT, "{hook}");
        assert!(reason.contains("pre-rollout"), "{hook}: {reason}");
    }
    let (status, reason) = flagger.ask("pre-rollout").await.failure();
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(reason.contains("/metadata/config"), "{reason}");
    // These only note.
    for hook in ["confirm-rollout", "post-rollout", "event"] {
        flagger.ask(hook).await.success();
    }
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused_as_text() {
    let pipeline = Pipeline::start();
    let flagger = Flagger {
        service: &pipeline.service,
        checksum: "1",
    };
    let asking = [
        "confirm-rollout",
        "pre-rollout",
        "rollout",
        "confirm-traffic-increase",
    ];
    let with = |key: &str, value: &str| {
        let mut metadata = watching("healthy");
        metadata[key] = json!(value);
        metadata
    };
    for (metadata, word) in [
        (with("config", "nowhere"), "no config is named \"nowhere\""),
        (with("duration", "soon"), "/metadata/duration"),
        (with("duration", "1y"), "/metadata/duration"),
        (with("every", "1h"), "/looks/every"),
        (with("pass", "90"), "/metadata/marginal"),
        (with("baselin", "x"), "/metadata/baselin"),
        (with("onMarginal", "maybe"), "/metadata/onMarginal"),
    ] {
        for hook in asking {
            let (status, reason) = flagger
                .call(hook, "Progressing", metadata.clone())
                .await
                .failure();
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{hook}: {reason}");
            assert!(reason.contains(word), "{hook}: {reason}");
        }
    }
    for hook in ["confirm-promotion", "rollback"] {
        let metadata = json!({"typo": "x"});
        let (status, _) = flagger.call(hook, "Progressing", metadata).await.failure();
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{hook}");
    }
}

#[tokio::test]
async fn broken_payloads_are_never_a_yes() {
    let service = Service::simulated();
    let long = "x".repeat(10_000);
    let bodies = [
        String::new(),
        "{".to_owned(),
        "[]".to_owned(),
        json!({"name": "a"}).to_string(),
        json!({"name": "a/b", "namespace": "c", "checksum": "d"}).to_string(),
        json!({"name": "", "namespace": "c", "checksum": "d"}).to_string(),
        json!({"name": long, "namespace": "c", "checksum": "d"}).to_string(),
        json!({"name": "a", "namespace": "c"}).to_string(),
        json!({"name": "a", "namespace": "c", "checksum": "d", "metadata": {"n": 1}}).to_string(),
        json!({"name": "a", "namespace": "c", "checksum": "d", "metadata": "text"}).to_string(),
    ];
    for hook in HOOKS {
        let path = format!("/hooks/flagger/{hook}");
        for body in &bodies {
            let response = service
                .post_text(&path, "application/json", body.clone())
                .await;
            let (status, reason) = Heard::of(response).await.failure();
            assert!(
                matches!(status.as_u16(), 400 | 422),
                "{hook} {body}: {status} {reason}"
            );
        }
        let right = json!({"name": "a", "namespace": "c", "checksum": "d"}).to_string();
        let response = service.post_text(&path, "text/plain", right).await;
        assert_eq!(
            Heard::of(response).await.failure().0,
            StatusCode::UNSUPPORTED_MEDIA_TYPE
        );
        assert_eq!(
            service.get(&path).await.status(),
            StatusCode::METHOD_NOT_ALLOWED
        );
    }
    for hook in ["nothing", "Rollback", "rollback%20", "%FF"] {
        let payload: Value = json!({"name": "a", "namespace": "c", "checksum": "d"});
        let response = service
            .post(&format!("/hooks/flagger/{hook}"), &payload)
            .await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{hook}");
    }
}

#[tokio::test]
async fn a_run_without_a_verdict_neither_goes_on_nor_back() {
    let pipeline = Pipeline::start();
    let flagger = Flagger {
        service: &pipeline.service,
        checksum: "1",
    };
    let mut long = watching("healthy");
    long["duration"] = json!("1h");
    let begun = flagger
        .call("pre-rollout", "Progressing", long)
        .await
        .success();
    let id = begun["analysis"].as_str().unwrap();
    let cancel = format!("/api/v1/analyses/{id}/cancel");
    pipeline.service.post(&cancel, &json!({})).await;
    for hook in [
        "rollout",
        "confirm-traffic-increase",
        "confirm-promotion",
        "rollback",
    ] {
        let (status, reason) = flagger.ask(hook).await.failure();
        assert_eq!(status, StatusCode::CONFLICT, "{hook}");
        assert!(reason.contains("without a verdict"), "{hook}: {reason}");
    }
}

#[tokio::test]
async fn an_undecided_release_goes_on_only_where_that_is_said() {
    let pipeline = Pipeline::start();
    let flagger = Flagger {
        service: &pipeline.service,
        checksum: "1",
    };
    let begun = flagger
        .call("pre-rollout", "Progressing", watching("no-data"))
        .await
        .success();
    let ended = flagger.ended().await;
    assert_eq!(
        (&ended["id"], &ended["verdict"]),
        (&begun["analysis"], &json!("inconclusive")),
        "{ended:#}"
    );
    let permitted = json!({"onInconclusive": "go", "onMarginal": "go"});
    for hook in ["rollout", "confirm-traffic-increase"] {
        let (_, reason) = flagger.ask(hook).await.failure();
        assert!(reason.contains("inconclusive"), "{hook}: {reason}");
        flagger
            .call(hook, "Progressing", permitted.clone())
            .await
            .success();
    }
    for hook in ["confirm-promotion", "rollback"] {
        let (status, _) = flagger
            .call(hook, "Progressing", permitted.clone())
            .await
            .failure();
        assert_eq!(status, StatusCode::CONFLICT, "{hook}");
    }
}
