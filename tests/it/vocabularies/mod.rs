//! Other tools' conditions on metrics, imported, linted and judged.

use std::{
    path::Path,
    process::{Command, Output},
};

use serde_json::{Value, json};
use serinus::canary_config::CanaryConfig;

use crate::support::{SERINUS, Service};

fn config(arguments: &[&str]) -> Output {
    Command::new(SERINUS)
        .arg("config")
        .args(arguments)
        .output()
        .unwrap()
}

fn file(name: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/vocabularies/files");
    format!("{folder}/{name}")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// What an import prints, and what it tells.
fn imported(name: &str, more: &[&str]) -> (String, String) {
    let output = config(&[&["import", &file(name)], more].concat());
    let (native, told) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(
        told.lines().all(|line| line.starts_with("warning: ")),
        "{told}"
    );
    // What is printed lints.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("native.yaml");
    std::fs::write(&path, native).unwrap();
    let linted = config(&["lint", path.to_str().unwrap()]);
    assert_eq!(
        linted.status.code(),
        Some(0),
        "{}\n{native}",
        text(&linted.stderr)
    );
    CanaryConfig::parse(native).unwrap();
    (native.to_owned(), told.to_owned())
}

#[test]
fn each_vocabulary_becomes_a_native_config() {
    let sli = file("sli.yaml");
    for (name, more) in [
        (
            "slo.yaml",
            &["--sli", sli.as_str(), "--account", "prom"][..],
        ),
        ("argo.yaml", &[]),
        ("flagger.yaml", &[]),
        ("keptn-analysis.yaml", &[]),
    ] {
        let (native, told) = imported(name, more);
        let name = name.split_once('.').unwrap().0;
        insta::assert_snapshot!(
            format!("import_{name}"),
            format!("{native}\n# told\n{told}")
        );
    }
}

/// Every field of these files that says something of its own is either carried over or told of.
#[test]
fn nothing_is_left_out_silently() {
    let sli = file("sli.yaml");
    for (name, more, fields) in [
        (
            "slo.yaml",
            &["--sli", sli.as_str()][..],
            &[
                "/comparison",
                "/filter",
                "/objectives/0/displayName",
                "/objectives/0/warning",
                "/objectives/1/pass",
                "/objectives/0/pass/0/criteria/0",
                "/objectives/0/pass/0/criteria/1",
            ][..],
        ),
        (
            "argo.yaml",
            &[],
            &[
                "/spec/args",
                "/spec/dryRun/1",
                "/spec/measurementRetention",
                "/spec/metrics/0/interval",
                "/spec/metrics/0/count",
                "/spec/metrics/0/failureLimit",
                "/spec/metrics/0/provider/prometheus/address",
                "/spec/metrics/1/successCondition",
                "/spec/metrics/1/failureCondition",
                "/spec/metrics/2/successCondition",
                "/spec/metrics/2/provider/datadog/interval",
                "/spec/metrics/3/provider/influxdb/profile",
                "/spec/metrics/4/successCondition",
                "/spec/metrics/5/successCondition",
                "/spec/metrics/6",
            ],
        ),
        (
            "flagger.yaml",
            &[],
            &[
                "/0/spec/provider/address",
                "/0/spec/provider/secretRef",
                "/1/spec/query",
                "/2/spec/analysis/interval",
                "/2/spec/analysis/threshold",
                "/2/spec/analysis/stepWeight",
                "/2/spec/analysis/webhooks",
                "/2/spec/analysis/metrics/0",
            ],
        ),
        (
            "keptn-analysis.yaml",
            &[],
            &["/0/spec/objectives/0/target/warning"],
        ),
    ] {
        let (_, told) = imported(name, more);
        for field in fields {
            assert!(
                told.contains(&format!("warning: {field}: ")),
                "{name}: {field}\n{told}"
            );
        }
    }
}

/// A metric whose query cannot be asked keeps every run from passing, and is there.
#[test]
fn what_cannot_be_asked_is_required() {
    let (native, _) = imported("argo.yaml", &[]);
    let config = CanaryConfig::parse(&native).unwrap();
    let required: Vec<_> = config
        .metrics
        .iter()
        .filter(|it| it.required)
        .map(|it| it.name.as_str())
        .collect();
    assert_eq!(required, ["smoke"]);
    let (native, _) = imported("flagger.yaml", &[]);
    let config = CanaryConfig::parse(&native).unwrap();
    let required: Vec<_> = config
        .metrics
        .iter()
        .filter(|it| it.required)
        .map(|it| it.name.as_str())
        .collect();
    assert_eq!(required, ["request-success-rate", "fancy"]);
}

#[test]
fn what_is_not_understood_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |text_of_file: &str, more: &[&str], word: &str| {
        let path = folder.path().join("x.yaml");
        std::fs::write(&path, text_of_file).unwrap();
        let output = config(&[&["import", path.to_str().unwrap()], more].concat());
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains(word), "{told}");
    };
    let slo = std::fs::read_to_string(file("slo.yaml")).unwrap();
    refused(&slo, &[], "--sli");
    refused(
        "objectives: [{sli: a, pass: [{criteria: 5}]}]",
        &[],
        "/objectives/0/pass",
    );
    refused(
        "kind: AnalysisTemplate\napiVersion: argoproj.io/v1alpha1\nspec: {metrics: []}",
        &[],
        "/metrics",
    );
    refused(
        "kind: AnalysisTemplate\napiVersion: argoproj.io/v1alpha1\nspec: {metrics: [{}]}",
        &[],
        "/spec/metrics/0",
    );
    refused(
        "kind: Deployment\napiVersion: apps/v1\nspec: {}",
        &[],
        "JSON",
    );
    refused("", &[], "JSON");
    let missing = file("sli.yaml").replace("sli", "nowhere");
    refused(&slo, &["--sli", &missing], "nowhere");
}

const TEMPLATE: &str = r#"
apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata: {name: simulated}
spec:
  metrics:
    - name: latency
      successCondition: result[0] <= LIMIT
      provider:
        prometheus: {query: "latency_p50{scenario=\"{{args.scenario}}\",role=\"{{args.role}}\"}"}
"#;

async fn verdict(service: &Service, folder: &Path, limit: &str) -> Value {
    let path = folder.join("template.yaml");
    std::fs::write(&path, TEMPLATE.replace("LIMIT", limit)).unwrap();
    let output = config(&[
        "import",
        path.to_str().unwrap(),
        "--account",
        "simulator",
        "--format",
        "json",
    ]);
    let native: Value = serde_json::from_slice(&output.stdout).unwrap();
    let request = json!({
        "application": "shop",
        "config": {"inline": native},
        "canary": {"scope": "shop", "params": {"scenario": "healthy", "role": "canary"}},
        "window": {"start": "2026-01-14T09:00:00Z", "end": "2026-01-14T10:00:00Z"},
    });
    service.analyse(&request).await["verdict"].clone()
}

/// The condition decides here as it does there, about the canary alone.
#[tokio::test]
async fn an_imported_condition_is_judged() {
    let service = Service::simulated();
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(verdict(&service, folder.path(), "100").await, "pass");
    assert_eq!(verdict(&service, folder.path(), "0.000001").await, "fail");
}
