//! Flagger's webhooks, from the first traffic to the end of a release.

use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use super::Pipeline;
use crate::support::Service;

/// What Flagger makes of an answer: a success is a status up to 202, and 204 is none of them.
#[derive(Debug)]
pub(super) enum Heard {
    Success(Value),
    Failure(StatusCode, String),
}

impl Heard {
    pub(super) async fn of(response: Response) -> Self {
        let status = response.status();
        let kind = response.headers()["content-type"]
            .to_str()
            .unwrap()
            .to_owned();
        let text = response.text().await.unwrap();
        assert!(!text.is_empty(), "{status}: there is always a body");
        if status.as_u16() <= 202 {
            assert_eq!(kind, "application/json");
            return Self::Success(serde_json::from_str(&text).unwrap());
        }
        assert!(status.as_u16() >= 400, "{status}");
        assert!(text.len() <= 1_000, "shown in an event: {text}");
        Self::Failure(status, text)
    }

    pub(super) fn success(self) -> Value {
        match self {
            Self::Success(value) => value,
            Self::Failure(status, text) => panic!("{status}: {text}"),
        }
    }

    pub(super) fn failure(self) -> (StatusCode, String) {
        match self {
            Self::Success(value) => panic!("{value:#}"),
            Self::Failure(status, text) => (status, text),
        }
    }
}

/// One version of `podinfo` as Flagger sees it.
pub(super) struct Flagger<'a> {
    pub(super) service: &'a Service,
    pub(super) checksum: &'static str,
}

impl Flagger<'_> {
    pub(super) async fn call(&self, hook: &str, phase: &str, metadata: Value) -> Heard {
        let payload = json!({
            "name": "podinfo", "namespace": "test", "phase": phase, "checksum": self.checksum,
            "metadata": metadata,
        });
        let path = format!("/hooks/flagger/{hook}");
        Heard::of(self.service.post(&path, &payload).await).await
    }

    pub(super) async fn ask(&self, hook: &str) -> Heard {
        self.call(hook, "Progressing", json!({})).await
    }

    /// The run of this version, when it has ended.
    pub(super) async fn ended(&self) -> Value {
        let key = format!("flagger%2Ftest%2Fpodinfo%2F{}", self.checksum);
        loop {
            let path = format!("/api/v1/analyses/by-key/{key}?wait=30s");
            let summary: Value = self.service.get(&path).await.json().await.unwrap();
            if summary["verdict"] != "pending" {
                return summary;
            }
        }
    }

    /// Waits until a look has been taken.
    async fn looked(&self, id: &str, looks: usize) {
        loop {
            let path = format!("/api/v1/analyses/{id}/looks");
            let seen: Value = self.service.get(&path).await.json().await.unwrap();
            if seen["looks"].as_array().unwrap().len() >= looks {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    }
}

/// The metadata of the hook that begins.
pub(super) fn watching(scenario: &str) -> Value {
    json!({
        "config": "checkout", "baseline": "baseline", "canary": "canary", "location": scenario,
        "duration": "40s", "every": "20s", "step": "1s",
    })
}

#[tokio::test]
async fn a_healthy_release_is_promoted_when_it_has_passed_and_not_before() {
    let pipeline = Pipeline::start();
    let flagger = Flagger {
        service: &pipeline.service,
        checksum: "85d557f47b",
    };
    let told = flagger
        .call("confirm-rollout", "Progressing", watching("healthy"))
        .await
        .success();
    assert_eq!(told["analysis"], "", "nothing runs yet: {told:#}");
    let begun = flagger
        .call("pre-rollout", "Progressing", watching("healthy"))
        .await
        .success();
    assert_eq!(begun["verdict"], "pending");
    let id = begun["analysis"].as_str().unwrap().to_owned();

    // The first step gives the canary traffic; the next one waits for a look.
    let first = flagger.ask("confirm-traffic-increase").await.success();
    assert_eq!(first["analysis"], *id);
    let (status, reason) = flagger.ask("confirm-traffic-increase").await.failure();
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(reason.contains("waits for look 1"), "{reason}");
    // While nothing is known: no evidence against it, none for it, and no rollback.
    assert_eq!(flagger.ask("rollout").await.success()["verdict"], "pending");
    let (status, reason) = flagger.ask("confirm-promotion").await.failure();
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(
        reason.contains("not decided yet") && reason.contains("/ui/analyses/"),
        "{reason}"
    );
    assert_eq!(
        flagger.ask("rollback").await.failure().0,
        StatusCode::CONFLICT
    );

    flagger.looked(&id, 1).await;
    let metadata = json!({"onUndecidedLook": "go"});
    flagger
        .call("confirm-traffic-increase", "Progressing", metadata)
        .await
        .success();

    let ended = flagger.ended().await;
    assert_eq!(
        (&ended["id"], &ended["verdict"]),
        (&json!(id), &json!("pass")),
        "{ended:#}"
    );
    for hook in [
        "rollout",
        "confirm-traffic-increase",
        "confirm-traffic-increase",
        "confirm-promotion",
    ] {
        assert_eq!(
            flagger.ask(hook).await.success()["verdict"],
            "pass",
            "{hook}"
        );
    }
    let (status, reason) = flagger.ask("rollback").await.failure();
    assert_eq!(
        (status, reason.contains("no fail but pass")),
        (StatusCode::CONFLICT, true),
        "{reason}"
    );
    flagger
        .call("post-rollout", "Succeeded", json!({}))
        .await
        .success();
    // The release is over: its verdict is not the next one's.
    assert_eq!(
        flagger.ask("confirm-promotion").await.failure().0,
        StatusCode::CONFLICT
    );
}

#[tokio::test]
async fn a_worse_release_is_rolled_back() {
    let pipeline = Pipeline::start();
    let flagger = Flagger {
        service: &pipeline.service,
        checksum: "6c7f8d9b",
    };
    // Without a `pre-rollout` hook the first `rollout` hook begins.
    let slower = watching("latency-regression");
    let begun = flagger
        .call("rollout", "Progressing", slower.clone())
        .await
        .success();
    let ended = flagger.ended().await;
    assert_eq!(
        (&ended["id"], &ended["verdict"]),
        (&begun["analysis"], &json!("fail")),
        "{ended:#}"
    );
    for hook in ["rollout", "confirm-traffic-increase", "confirm-promotion"] {
        let (status, reason) = flagger
            .call(hook, "Progressing", slower.clone())
            .await
            .failure();
        assert_eq!(status, StatusCode::CONFLICT, "{hook}");
        assert!(
            reason.contains("fail: ") && reason.contains("latency-p"),
            "{hook}: {reason}"
        );
    }
    let told = flagger.ask("rollback").await.success();
    assert_eq!(
        (&told["hook"], &told["verdict"]),
        (&json!("rollback"), &json!("fail"))
    );

    // The event ends the release; the same version once more gets a run of its own.
    flagger.call("event", "Failed", json!({"eventMessage": "Rolling back", "eventType": "Warning", "timestamp": "1700000000000"}))
        .await
        .success();
    assert_eq!(
        flagger.ask("rollback").await.failure().0,
        StatusCode::CONFLICT
    );
    let again = flagger
        .call("rollout", "Progressing", slower)
        .await
        .success();
    assert_ne!(again["analysis"], begun["analysis"]);
    assert_eq!(again["verdict"], "pending");
}

#[tokio::test]
async fn a_version_that_comes_back_after_another_is_looked_at_anew() {
    let pipeline = Pipeline::start();
    let [first, second] = ["1", "2"].map(|checksum| Flagger {
        service: &pipeline.service,
        checksum,
    });
    let slower = watching("latency-regression");
    let begun = first
        .call("rollout", "Progressing", slower.clone())
        .await
        .success();
    assert_eq!(first.ended().await["verdict"], "fail");
    first.ask("rollback").await.success();
    second
        .call("rollout", "Progressing", slower.clone())
        .await
        .success();
    // What was found of the first version when it was new is no reason to roll it back now, nor to let it go on.
    assert_eq!(
        first.ask("rollback").await.failure().0,
        StatusCode::CONFLICT
    );
    let again = first.call("rollout", "Progressing", slower).await.success();
    assert_ne!(again["analysis"], begun["analysis"]);
    assert_eq!(again["verdict"], "pending");
}

#[tokio::test]
async fn the_run_begins_anew_with_the_traffic() {
    let pipeline = Pipeline::start();
    let flagger = Flagger {
        service: &pipeline.service,
        checksum: "1",
    };
    let mut long = watching("healthy");
    long["duration"] = json!("1h");
    long["every"] = json!("10m");
    let first = flagger
        .call("pre-rollout", "Progressing", long.clone())
        .await
        .success();
    let second = flagger
        .call("pre-rollout", "Progressing", long.clone())
        .await
        .success();
    assert_ne!(first["analysis"], second["analysis"]);
    let id = first["analysis"].as_str().unwrap();
    let before: Value = pipeline
        .service
        .get(&format!("/api/v1/analyses/{id}"))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(before["state"], "cancelled");
    // Other hooks may say what is wanted, too: it is the same run, whatever they say.
    long["every"] = json!("20m");
    let same = flagger.call("rollout", "Progressing", long).await.success();
    assert_eq!(same["analysis"], second["analysis"]);
    // The end of the release ends the run, which did not.
    flagger
        .call("post-rollout", "Failed", json!({}))
        .await
        .success();
    let id = second["analysis"].as_str().unwrap();
    let after: Value = pipeline
        .service
        .get(&format!("/api/v1/analyses/{id}"))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(after["state"], "cancelled");
}
