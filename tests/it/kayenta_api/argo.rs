//! The `kayenta` provider of Argo Rollouts: what it sends and what it makes of the answers, after its own rules.

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use super::{config, request, send, service, started, stored};
use crate::support::Service;

/// What becomes of a measurement.
#[derive(Debug, PartialEq)]
enum Phase {
    Running,
    Successful(i64),
    Inconclusive(i64),
    Failed(i64),
    Error(String),
}

/// The body that the provider sends, to the byte, for its own example.
const BODY: &str = r#"{"scopes":{"default":{"controlScope":{"scope":"app=guestbook and rollouts-pod-template-hash=xxxx","location":"us-west-2","step":60,"start":"2019-03-29T01:08:34Z","end":"2019-03-29T01:38:34Z"},"experimentScope":{"scope":"app=guestbook and rollouts-pod-template-hash=yyyy","location":"us-west-2","step":60,"start":"2019-03-29T01:08:34Z","end":"2019-03-29T01:38:34Z"}}},"thresholds":{"pass":90,"marginal":75}}"#;

/// The provider: it puts its addresses together without escaping anything, with whatever names it was given.
struct Provider {
    address: String,
    accounts: [&'static str; 3],
}

impl Provider {
    /// With an address that ends in a slash, and no account names.
    fn sloppy(service: &Service) -> Self {
        Self {
            address: format!("{}/", service.url),
            accounts: [""; 3],
        }
    }

    /// The id of the first config of that name.
    async fn lookup(&self, name: &str) -> Result<String, String> {
        let [_, _, storage] = self.accounts;
        // The storage account's name under another key, as the provider has it.
        let url = format!(
            "{}/canaryConfig?application=guestbook&configurationAccountName={storage}",
            self.address
        );
        let response = Client::new().get(url).send().await.unwrap();
        if response.status() != StatusCode::OK {
            return Err(format!(
                "Invalid Response: HTTP {}",
                response.status().as_u16()
            ));
        }
        let list: Value = response.json().await.unwrap();
        // Read into a list of structs: a number is an integer, everything else text.
        let list = list.as_array().ok_or("not a list")?;
        for item in list {
            assert!(
                item["id"].is_string() && item["name"].is_string(),
                "{item:#}"
            );
            assert!(item["updatedTimestamp"].is_i64(), "{item:#}");
            assert!(item["updatedTimestampIso"].is_string(), "{item:#}");
            assert!(
                item["applications"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .all(Value::is_string)
            );
        }
        let found = list.iter().find(|item| item["name"] == name);
        let found = found.ok_or("Canary config not found")?;
        Ok(found["id"].as_str().unwrap().to_owned())
    }

    /// Starts a run: its id.
    async fn run(&self, name: &str, body: &str) -> Result<String, String> {
        let id = self.lookup(name).await?;
        let [metrics, configuration, storage] = self.accounts;
        let url = format!(
            "{}/canary/{id}?application=guestbook&metricsAccountName={metrics}&configurationAccountName={configuration}&storageAccountName={storage}",
            self.address
        );
        let posted = Client::new()
            .post(url)
            .header("content-type", "application/json")
            .body(body.to_owned());
        let response = posted.send().await.unwrap();
        if response.status() != StatusCode::OK {
            return Err(format!(
                "Invalid Response: HTTP {}",
                response.status().as_u16()
            ));
        }
        let answer: Value = response.json().await.unwrap();
        let id = answer["canaryExecutionId"].as_str();
        match id {
            Some(id) if !id.is_empty() => Ok(id.to_owned()),
            _ => Err("Invalid canaryExecutionId".to_owned()),
        }
    }

    /// Asks once.
    async fn resume(&self, id: &str, (pass, marginal): (i64, i64)) -> Phase {
        let response = Client::new()
            .get(format!("{}/canary/{id}", self.address))
            .send()
            .await
            .unwrap();
        if response.status() != StatusCode::OK {
            return Phase::Error(format!(
                "Invalid Response: HTTP {}",
                response.status().as_u16()
            ));
        }
        let run: Value = response.json().await.unwrap();
        match run.get("complete") {
            Some(Value::Bool(false)) => return Phase::Running,
            Some(Value::Bool(true)) => {}
            _ => return Phase::Error("Missing Complete Status".to_owned()),
        }
        let score = run.pointer("/result/judgeResult/score/score");
        let Some(score) = score.and_then(Value::as_f64) else {
            return Phase::Error("Missing Score".to_owned());
        };
        #[expect(clippy::cast_possible_truncation, reason = "what the provider does")]
        let score = score as i64;
        if score >= pass {
            Phase::Successful(score)
        } else if score >= marginal {
            Phase::Inconclusive(score)
        } else {
            Phase::Failed(score)
        }
    }

    async fn outcome(&self, id: &str) -> Phase {
        loop {
            match self.resume(id, (90, 75)).await {
                Phase::Running => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
                phase => return phase,
            }
        }
    }
}

#[tokio::test]
async fn a_run_from_the_lookup_to_the_score() {
    let (service, _store) = service().await;
    for name in ["other", "ValidationCanaryConfigTest3", "third"] {
        stored(&service, &config(name, &[(100.0, true)])).await;
    }
    for provider in [
        Provider::sloppy(&service),
        Provider {
            address: service.url.clone(),
            accounts: ["my-prom", "intuit-kayenta", "intuit-kayenta"],
        },
    ] {
        let id = provider
            .run("ValidationCanaryConfigTest3", BODY)
            .await
            .unwrap();
        assert_eq!(provider.outcome(&id).await, Phase::Successful(100));
        let missing = provider.run("nowhere", BODY).await;
        assert_eq!(missing, Err("Canary config not found".to_owned()));
    }
    // Only an account that is to be asked has to exist.
    let unknown = Provider {
        address: service.url.clone(),
        accounts: ["wavefront-prod", "", ""],
    };
    let refused = unknown.run("other", BODY).await;
    assert_eq!(refused, Err("Invalid Response: HTTP 400".to_owned()));
}

#[tokio::test]
async fn before_version_1_9_a_location_was_a_region() {
    let (service, _store) = service().await;
    stored(&service, &config("a", &[(100.0, true)])).await;
    let provider = Provider::sloppy(&service);
    let body = BODY.replace("\"location\"", "\"region\"");
    // The controller's own zone.
    let body = body.replace("01:08:34Z", "02:08:34+01:00");
    let id = provider.run("a", &body).await.unwrap();
    assert_eq!(provider.outcome(&id).await, Phase::Successful(100));
}

#[tokio::test]
async fn scores_at_the_thresholds() {
    let (service, _store) = service().await;
    let provider = Provider::sloppy(&service);
    for (good, phase, label) in [
        (100.0, Phase::Successful(100), "Pass"),
        (90.0, Phase::Successful(90), "Pass"),
        (89.99, Phase::Inconclusive(89), "Marginal"),
        (80.0, Phase::Inconclusive(80), "Marginal"),
        (75.0, Phase::Inconclusive(75), "Marginal"),
        (74.99, Phase::Failed(74), "Fail"),
        (60.0, Phase::Failed(60), "Fail"),
        (0.0, Phase::Failed(0), "Fail"),
    ] {
        let name = format!("score-{good}").replace('.', "_");
        let bad = f64::round((100.0 - good) * 100.0) / 100.0;
        let parts: Vec<_> = [(good, true), (bad, false)]
            .into_iter()
            .filter(|(weight, _)| *weight > 0.0)
            .collect();
        stored(&service, &config(&name, &parts)).await;
        let id = provider.run(&name, BODY).await.unwrap();
        assert_eq!(provider.outcome(&id).await, phase, "{good}");
        let run: Value = service
            .get(&format!("/canary/{id}"))
            .await
            .json()
            .await
            .unwrap();
        let score = &run["result"]["judgeResult"]["score"];
        assert_eq!(
            (&score["score"], &score["classification"]),
            (&json!(good), &json!(label)),
            "{run:#}"
        );
    }
}

#[tokio::test]
async fn a_window_that_ends_ahead_is_waited_for() {
    let (service, _store) = service().await;
    let id = stored(&service, &config("a", &[(100.0, true)])).await;
    let mut request = request();
    let now = jiff::Timestamp::now();
    for side in ["controlScope", "experimentScope"] {
        let scope = &mut request["scopes"]["default"][side];
        scope["start"] = json!(now);
        scope["end"] = json!(now + jiff::SignedDuration::from_mins(30));
    }
    let run = started(
        &service,
        &format!("/canary/{id}?application=guestbook"),
        &request,
    )
    .await;
    let provider = Provider::sloppy(&service);
    assert_eq!(provider.resume(&run, (90, 75)).await, Phase::Running);
    // Whoever gives up says so; then there is no score, which is an error to the provider.
    let (status, _) = send(
        &service,
        reqwest::Method::PUT,
        &format!("/pipelines/{run}/cancel"),
        &json!(""),
    )
    .await;
    assert_eq!(status, StatusCode::ACCEPTED);
    assert_eq!(
        provider.resume(&run, (90, 75)).await,
        Phase::Error("Missing Score".to_owned())
    );
}

#[tokio::test]
async fn a_native_config_is_found_by_its_name_too() {
    let (service, _store) = service().await;
    let native = json!({
        "apiVersion": "serinus/v1", "name": "ours", "judge": {"name": "serinus"}, "defaults": {"account": "my-prom"},
        "metrics": [
            {"name": "up", "groups": ["g"], "direction": "increase", "query": "up{job=\"${scope}\"}"},
            {"name": "down", "groups": ["g"], "direction": "increase", "critical": true, "query": "down{job=\"${scope}\"}"},
        ],
        "groups": {"g": 100}, "thresholds": {"pass": 95, "marginal": 50},
    });
    let (status, answer) = send(
        &service,
        reqwest::Method::PUT,
        "/api/v1/configs/ours",
        &native,
    )
    .await;
    assert_eq!(status, StatusCode::CREATED, "{answer:#}");
    let provider = Provider::sloppy(&service);
    let id = provider.run("ours", BODY).await.unwrap();
    assert!(matches!(provider.outcome(&id).await, Phase::Failed(_)));
    let run: Value = service
        .get(&format!("/canary/{id}"))
        .await
        .json()
        .await
        .unwrap();
    let results = run["result"]["judgeResult"]["results"].as_array().unwrap();
    assert_eq!(
        (&results[0]["classification"], &results[1]["classification"]),
        (&json!("Pass"), &json!("High"))
    );
    assert_eq!(run["result"]["judgeResult"]["judgeName"], "Serinus-v1.0");
}

#[tokio::test]
async fn what_is_undecided_pauses_and_never_passes() {
    let (service, _store) = service().await;
    let mut undecided = config("undecided", &[(100.0, true)]);
    undecided["judge"]["name"] = json!("Serinus-v1.0");
    stored(&service, &undecided).await;
    // Five samples are too few for the judge.
    let body = BODY.replace("01:38:34Z", "01:13:34Z");
    let provider = Provider::sloppy(&service);
    let id = provider.run("undecided", &body).await.unwrap();
    assert_eq!(provider.outcome(&id).await, Phase::Inconclusive(76));
    let run: Value = service
        .get(&format!("/canary/{id}"))
        .await
        .json()
        .await
        .unwrap();
    let result = &run["result"]["judgeResult"];
    assert_eq!(result["results"][0]["classification"], "Nodata", "{run:#}");
    assert_eq!(result["score"]["classification"], "Marginal");
    assert_ne!(result["score"]["classificationReason"], "");
    let summary: Value = service
        .get(&format!("/api/v1/analyses/{id}"))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(summary["verdict"], "inconclusive");
}
