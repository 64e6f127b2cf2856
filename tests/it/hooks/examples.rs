//! What is shipped for other tools is what the service takes, as it stands.

use std::path::Path;

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{flagger::Heard, only, shipped};
use crate::support::Service;

/// A service that has the account the examples read from; nobody answers there, but runs begin.
fn service() -> Service {
    Service::start("accounts: {prometheus: {type: prometheus, url: \"http://127.0.0.1:9\"}}")
}

fn files(folder: &str) -> Vec<String> {
    let path = format!("{}/deploy/{folder}", env!("CARGO_MANIFEST_DIR"));
    let entries = std::fs::read_dir(Path::new(&path)).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

#[tokio::test]
async fn every_body_of_an_analysis_template_starts_a_run() {
    let service = service();
    let mut bodies = 0;
    for file in files("argo") {
        for template in shipped(&format!("argo/{file}")) {
            assert_eq!(template["apiVersion"], "argoproj.io/v1alpha1", "{file}");
            for metric in template["spec"]["metrics"].as_array().unwrap() {
                let Some(body) = metric["provider"]["web"].get("jsonBody") else {
                    continue;
                };
                let mut text = body.to_string();
                for arg in template["spec"]["args"].as_array().unwrap() {
                    let name = arg["name"].as_str().unwrap();
                    text = text.replace(&format!("{{{{args.{name}}}}}"), name);
                }
                assert!(!text.contains("{{"), "{file}: {text}");
                let body: Value = serde_json::from_str(&text).unwrap();
                let response = service.post("/api/v1/analyses", &body).await;
                let status = response.status();
                let run: Value = response.json().await.unwrap();
                assert_eq!(status, StatusCode::ACCEPTED, "{file}: {run:#}");
                bodies += 1;
            }
        }
    }
    assert_eq!(bodies, 4);
}

/// The fields that the provider has, in its own spelling; its documentation's differs.
#[test]
fn the_kayenta_template_has_the_fields_of_the_provider() {
    let template = only("argo/kayenta.yaml");
    let kayenta = template["spec"]["metrics"][0]["provider"]["kayenta"]
        .as_object()
        .unwrap();
    let known = [
        "address",
        "application",
        "canaryConfigName",
        "metricsAccountName",
        "configurationAccountName",
        "storageAccountName",
        "threshold",
        "scopes",
        "lookback",
    ];
    for field in kayenta.keys() {
        assert!(known.contains(&field.as_str()), "{field}");
    }
    for threshold in ["pass", "marginal"] {
        assert!(kayenta["threshold"][threshold].is_i64());
    }
    let address = kayenta["address"].as_str().unwrap();
    assert!(!address.ends_with('/'), "it is joined by hand: {address}");
    for side in ["controlScope", "experimentScope"] {
        let scope = kayenta["scopes"][0][side].as_object().unwrap();
        for field in scope.keys() {
            assert!(
                ["scope", "region", "step", "start", "end"].contains(&field.as_str()),
                "{field}"
            );
        }
    }
}

#[tokio::test]
async fn the_canary_of_flagger_asks_hooks_that_are_there() {
    let service = service();
    let canary = only("flagger/canary.yaml");
    let hooks = canary["spec"]["analysis"]["webhooks"].as_array().unwrap();
    let mut types = Vec::new();
    for hook in hooks {
        let kind = hook["type"].as_str().unwrap();
        let url = hook["url"].as_str().unwrap();
        let path = url.strip_prefix("http://serinus.serinus:8090").unwrap();
        assert_eq!(
            path,
            format!("/hooks/flagger/{kind}"),
            "a hook has its own meaning"
        );
        let payload = json!({
            "name": canary["metadata"]["name"], "namespace": canary["metadata"]["namespace"],
            "phase": "Progressing", "checksum": "85d557f47b", "metadata": hook.get("metadata"),
        });
        let heard = Heard::of(service.post(path, &payload).await).await;
        match kind {
            "confirm-promotion" | "rollback" => {
                assert_eq!(heard.failure().0, StatusCode::CONFLICT, "{kind}");
            }
            _ => {
                heard.success();
            }
        }
        types.push(kind);
    }
    assert_eq!(types.len(), 8, "{types:?}");
}

#[tokio::test]
async fn the_metric_templates_ask_questions_that_are_understood() {
    let service = service();
    let templates = shipped("flagger/metric-template.yaml");
    assert_eq!(templates.len(), 2);
    for template in templates {
        assert_eq!(template["kind"], "MetricTemplate");
        let provider = &template["spec"]["provider"];
        assert_eq!(provider["type"], "prometheus");
        let path = provider["address"].as_str().unwrap();
        let path = path.strip_prefix("http://serinus.serinus:8090").unwrap();
        let query = template["spec"]["query"].as_str().unwrap();
        let query = query
            .replace("{{ name }}", "checkout")
            .replace("{{ variables.config }}", "web-service");
        let encoded: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
        let response = service
            .get(&format!("{path}/api/v1/query?query={encoded}"))
            .await;
        assert_eq!(response.status(), StatusCode::OK, "{query}");
    }
}
