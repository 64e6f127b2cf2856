//! `serinus config`, as a person runs it.

use std::process::{Command, Output};

use serde_json::{Value, json};
use serinus::canary_config::CanaryConfig;

use super::{config_of, imports::configs};
use crate::support::SERINUS;

fn config(arguments: &[&str]) -> Output {
    Command::new(SERINUS)
        .arg("config")
        .args(arguments)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// The file of a config in `configs/`.
fn example(name: &str) -> String {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/kayenta/configs");
    format!("{directory}/{name}.json")
}

#[test]
fn import_prints_the_native_config_and_tells_what_changed() {
    let output = config(&["import", &example("prometheus-gce")]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let native = CanaryConfig::parse(text(&output.stdout)).unwrap();
    assert_eq!(native.name.as_str(), "gce");
    assert_eq!(native.defaults.account.unwrap().as_str(), "prometheus");
    let told = text(&output.stderr);
    assert!(
        told.lines().all(|line| line.starts_with("warning: ")),
        "{told}"
    );
    assert!(told.contains("import with `--account`"), "{told}");

    let file = example("prometheus-no-resource");
    let more = [
        "--account",
        "prom",
        "--param",
        "resourceType=aws_ec2_instance",
        "--format",
        "json",
    ];
    let output = config(&[&["import", file.as_str()], &more[..]].concat());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(text(&output.stderr), "");
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        json["defaults"],
        json!({"account": "prom", "minimumSamples": "none"})
    );
    assert_eq!(
        json["metrics"][0]["query"],
        "avg(node_load1{job=\"node\",asg_groupName=\"${scope}\",zone=~\"${location}.{1}\"})"
    );
}

#[test]
fn import_refuses_what_it_cannot_read() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("config.json");
    let path = file.to_str().unwrap();
    let mut refused = config_of(&[json!({"type": "atlas"}), json!({"type": "datadog"})]);
    for (content, words) in [
        (None, &["No such file"][..]),
        (Some("{".to_owned()), &["not readable as JSON"]),
        (Some("{\"metrics\": 1}".to_owned()), &["/metrics: "]),
        (
            Some(refused.take().to_string()),
            &["/metrics/0/query/q: ", "/metrics/1/query/metricName: "],
        ),
    ] {
        if let Some(content) = content {
            std::fs::write(&file, content).unwrap();
        }
        let output = config(&["import", path]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert_eq!(text(&output.stdout), "");
        let told = text(&output.stderr);
        assert!(told.contains(path), "{told}");
        for word in words {
            assert!(told.contains(word), "{told}");
        }
    }
    let output = config(&["import", &example("atlas"), "--param", "type"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}

#[test]
fn lint_reads_both_languages_and_finds_every_mistake() {
    let native = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/judge-configs/web-service.yaml"
    );
    let mut files: Vec<String> = configs().iter().map(|(name, _)| example(name)).collect();
    files.push(native.to_owned());
    let arguments: Vec<&str> = std::iter::once("lint")
        .chain(files.iter().map(String::as_str))
        .collect();
    let output = config(&arguments);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let printed = text(&output.stdout);
    assert_eq!(
        printed.matches("a Kayenta config, no mistakes").count(),
        files.len() - 1
    );
    assert!(printed.contains("web-service.yaml: a native config, no mistakes"));

    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str, content: &str| {
        let file = directory.path().join(name);
        std::fs::write(&file, content).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let web_service = std::fs::read_to_string(native).unwrap();
    let wrong = web_service
        .replace("pass: 90", "pass: 900")
        .replace("latency: ", "lateness: ");
    assert_ne!(wrong, web_service);
    let files = [
        path("wrong.yaml", &wrong),
        path("broken.yaml", "metrics: ["),
        path(
            "kayenta.json",
            &config_of(&[json!({"type": "atlas"})]).to_string(),
        ),
        "/nowhere.yaml".to_owned(),
        path("good.yaml", &web_service),
    ];
    let arguments: Vec<&str> = std::iter::once("lint")
        .chain(files.iter().map(String::as_str))
        .collect();
    let output = config(&arguments);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let told = text(&output.stderr);
    for (file, word) in files.iter().zip([
        "/thresholds",
        "unclosed bracket",
        "/metrics/0/query/q",
        "No such file",
    ]) {
        let found = told.lines().any(|line| line.contains(file.as_str()));
        assert!(found && told.contains(word), "{file}: {told}");
    }
    assert!(!told.contains("good.yaml") && text(&output.stdout).contains("good.yaml"));
}

#[test]
fn show_prints_a_ready_made_config_as_it_is() {
    let output = config(&["show", "web-service"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        text(&output.stdout),
        include_str!("../../../judge-configs/web-service.yaml")
    );
    let output = config(&["show", "nowhere"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output.stderr).contains("simulated, web-service"),
        "{output:?}"
    );
}

#[test]
fn settings_of_accounts_become_the_services_own() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("kayenta.yml");
    std::fs::write(
        &file,
        "server: {port: 8090}\nkayenta:\n  prometheus:\n    enabled: true\n    accounts:\n      - name: my-prom\n        endpoint: {baseUrl: 'http://127.0.0.1:9'}\n        username: me\n        password: hunter-two-secret\n        supportedTypes: [METRICS_STORE]\n  s3: {enabled: true}\n",
    )
    .unwrap();
    let output = config(&["import", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let (printed, told) = (text(&output.stdout), text(&output.stderr));
    assert!(
        !format!("{printed}{told}").contains("hunter"),
        "{printed}{told}"
    );
    assert!(
        told.contains("MY_PROM_PASSWORD") && told.contains("/kayenta/s3"),
        "{told}"
    );
    // What is printed is what the service takes.
    let service = crate::support::Service::start_with(printed, &[("MY_PROM_PASSWORD", "x")]);
    drop(service);
}
