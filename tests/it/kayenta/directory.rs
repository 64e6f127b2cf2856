//! Kayenta's configs in the service's directory, beside native ones.

use std::process::Command;

use serde_json::{Value, json};

use super::config_of;
use crate::support::{SERINUS, Service, stand_in};

fn prometheus() -> Value {
    json!({"type": "prometheus", "customInlineTemplate": "PromQL:up{job=\"${scope}\"}"})
}

/// A directory with these files.
fn directory(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, content) in files {
        std::fs::write(directory.path().join(name), content).unwrap();
    }
    directory
}

#[tokio::test]
async fn they_are_known_by_their_names_and_run() {
    let mut kayenta = config_of(&[prometheus()]);
    kayenta["metrics"][0]["wheight"] = json!(7);
    // Kayenta takes the last of two equal keys.
    let text = kayenta
        .to_string()
        .replacen("\"name\":", "\"name\":\"no one\",\"name\":", 1);
    let native = include_str!("../../../judge-configs/web-service.yaml")
        .replace("name: web-service", "name: native")
        .replace("    critical: true", "    critical: true\n    muted: true");
    let directory = directory(&[("one.json", &text), ("two.yml", &native)]);
    let store = stand_in::store(stand_in::canary()).await;
    let service = Service::start(&format!(
        "{{accounts: {{prometheus: {{type: prometheus, url: \"{}\"}}}}, configs: {{directory: \"{}\"}}}}",
        store.uri(),
        directory.path().display(),
    ));
    let known: Value = service.get("/api/v1/configs").await.json().await.unwrap();
    let known = known["configs"].as_array().unwrap();
    let origin = |name: &str| {
        let found = known.iter().find(|config| config["name"] == name);
        found.unwrap_or_else(|| panic!("{name} is not known"))["origin"].clone()
    };
    assert_eq!([origin("checkout"), origin("native")], ["directory"; 2]);
    let lowered: Value = service
        .get("/api/v1/configs/checkout")
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(lowered["judge"]["name"], "netflix-aca");
    let mut request = stand_in::request("netflix-aca");
    request["config"] = json!({"name": "checkout"});
    let summary = service.analyse(&request).await;
    assert_eq!(summary["verdict"], "pass", "{summary:#}");
    let log = service.stop();
    for (config, words) in [
        ("checkout", "/metrics/0/wheight: Kayenta does not read"),
        ("native", "/metrics/0/critical: the metric is muted"),
    ] {
        let told = log
            .lines()
            .any(|line| line.contains("WARN") && line.contains(config) && line.contains(words));
        assert!(told, "{config} {words}: {log}");
    }
}

#[test]
fn one_that_kayenta_would_refuse_stops_the_start() {
    let broken = config_of(&[json!({"type": "atlas"})]).to_string();
    let twice = config_of(&[prometheus()]).to_string();
    let settings = |directory: &tempfile::TempDir| {
        format!("configs: {{directory: \"{}\"}}", directory.path().display())
    };
    for (directory, words) in [
        (directory(&[("a.json", &broken)]), "/metrics/0/query/q"),
        (
            directory(&[("a.json", &twice), ("b.json", &twice)]),
            "\"checkout\" is already used",
        ),
    ] {
        let file = directory.path().join("settings");
        std::fs::write(&file, settings(&directory)).unwrap();
        let output = Command::new(SERINUS)
            .args(["serve", "--listen", "127.0.0.1:0", "--config"])
            .arg(&file)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.contains(words) && told.contains(".json"), "{told}");
    }
}

#[test]
fn they_are_shown_as_the_service_has_them() {
    let kayenta = config_of(&[prometheus()]).to_string();
    let directory = directory(&[("one.json", &kayenta)]);
    let file = directory.path().join("one.json");
    let folder = directory.path().to_str().unwrap();
    for arguments in [
        &["checkout", "--directory", folder][..],
        &[file.to_str().unwrap()],
    ] {
        let output = Command::new(SERINUS)
            .args(["config", "show"])
            .args(arguments)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let shown = String::from_utf8_lossy(&output.stdout);
        assert!(shown.contains("name: netflix-aca"), "{shown}");
        serinus::canary_config::CanaryConfig::parse(&shown).unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(
            told.contains("warning: ") && told.contains("account"),
            "{told}"
        );
    }
}
