//! What pipelines' own tools ask, each as a conversation that keeps to that tool's rules.

mod argo;
mod boundaries;
mod ci;
mod examples;
mod flagger;
mod flagger_bad;
mod gates;
mod prometheus;
mod spinnaker;

use serde_json::{Value, json};

use crate::support::Service;

/// Latency alone, and differences so large that chance does not decide. The location is the simulator's scenario, so that tools
/// that can say where can say that.
const CHECKOUT: &str = r#"
apiVersion: serinus/v1
name: checkout
defaults: {account: simulator, step: 1s, minimumSamples: 5}
metrics:
  - name: latency-p50
    groups: [latency]
    direction: increase
    effect: {allowed: 25%, mustDetect: 100%}
    query: latency_p50{scenario="${location}",role="${scope}"}
  - name: latency-p99
    groups: [latency]
    direction: increase
    effect: {allowed: 25%, mustDetect: 100%}
    query: latency_p99{scenario="${location}",role="${scope}"}
groups: {latency: 100}
thresholds: {pass: 90, marginal: 75}
"#;

/// A service with the simulator, this config, and what it takes to keep the config.
struct Pipeline {
    service: Service,
    _configs: tempfile::TempDir,
}

impl Pipeline {
    fn start() -> Self {
        Self::with(CHECKOUT)
    }

    fn with(config: &str) -> Self {
        let configs = tempfile::tempdir().unwrap();
        std::fs::write(configs.path().join("checkout.yaml"), config).unwrap();
        let settings = format!(
            "simulator: {{enabled: true}}\nconfigs: {{directory: {:?}}}",
            configs.path()
        );
        Self {
            service: Service::start(&settings),
            _configs: configs,
        }
    }
}

/// A request about a simulated release in a fixed hour.
fn request(scenario: &str) -> Value {
    let side = |role: &str| json!({"scope": role, "location": scenario});
    json!({
        "application": "shop",
        "config": {"name": "checkout"},
        "baseline": side("baseline"),
        "canary": side("canary"),
        "window": {"start": "2026-01-14T09:00:00Z", "end": "2026-01-14T09:20:00Z"},
    })
}

/// The documents of a file that is shipped.
fn shipped(path: &str) -> Vec<Value> {
    let path = format!("{}/deploy/{path}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap();
    serde_saphyr::from_multiple(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The document of a file that is shipped with one.
fn only(path: &str) -> Value {
    let mut documents = shipped(path);
    assert_eq!(documents.len(), 1, "{path}");
    documents.remove(0)
}
