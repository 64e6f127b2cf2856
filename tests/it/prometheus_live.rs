//! A real Prometheus that scrapes simulated applications while they run.

use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::{Process, Prometheus, SERINUS, Service, free_port, until_ready};

/// An application that serves its metrics, as `serinus simulate` does.
async fn simulate(scenario: &str, role: &str) -> (Process, u16) {
    let port = free_port();
    let process = Process::start(
        Command::new(SERINUS)
            .args([
                "simulate",
                "--scenario",
                scenario,
                "--role",
                role,
                "--listen",
                &format!("127.0.0.1:{port}"),
            ])
            .stderr(Stdio::null()),
    );
    until_ready(&format!("http://127.0.0.1:{port}/metrics")).await;
    (process, port)
}

/// Four seconds a step: the ready-made queries want four scrapes in one.
fn request(scenario: &str, window: Value) -> Value {
    json!({
        "application": "shop",
        "config": {"name": "web-service"},
        "baseline": {"scope": "baseline"},
        "canary": {"scope": scenario},
        "window": window,
        "step": "4s",
    })
}

#[tokio::test]
async fn canaries_scraped_live_are_judged_rightly_and_an_outage_is_never_a_pass() {
    let (_baseline, port) = simulate("healthy", "baseline").await;
    let mut targets = vec![("baseline".to_owned(), port)];
    let mut canaries = Vec::new();
    for scenario in [
        "healthy",
        "latency-regression",
        "error-spike",
        "low-traffic",
        "no-data",
    ] {
        let (process, port) = simulate(scenario, "canary").await;
        targets.push((scenario.to_owned(), port));
        canaries.push(process);
    }
    let mut prometheus = Prometheus::scraping(&targets).await;
    let service = Service::on_prometheus(&prometheus.url);

    // The windows end ahead: the runs wait for them. The first steps are left to the scrapes to begin.
    let now = jiff::Timestamp::now();
    let start = now + jiff::SignedDuration::from_secs(6);
    let window = json!({"start": start, "end": start + jiff::SignedDuration::from_secs(100)});
    let analyses = [
        "healthy",
        "latency-regression",
        "error-spike",
        "low-traffic",
        "no-data",
    ]
    .map(|scenario| {
        let service = &service;
        let request = request(scenario, window.clone());
        async move {
            let started: Value = service
                .post("/api/v1/analyses", &request)
                .await
                .json()
                .await
                .unwrap();
            assert_eq!(started["state"], "queued", "{started:#}");
            assert_eq!(started["verdict"], "pending");
            assert_eq!(started["action"], "wait");
            let id = started["id"].as_str().unwrap();
            let ended: Value = loop {
                let path = format!("/api/v1/analyses/{id}?wait=60s");
                let summary: Value = service.get(&path).await.json().await.unwrap();
                if summary["verdict"] != "pending" {
                    break summary;
                }
            };
            (scenario, ended)
        }
    });
    for (scenario, summary) in futures_util::future::join_all(analyses).await {
        let verdict = summary["verdict"].as_str().unwrap();
        let expected = match scenario {
            // The ten errors of a hundred seconds do not always exclude that their share has doubled.
            "healthy" => &["pass", "inconclusive"][..],
            "latency-regression" | "error-spike" => &["fail"],
            _ => &["inconclusive"],
        };
        assert!(expected.contains(&verdict), "{scenario}: {summary:#}");
        if scenario == "healthy" {
            let scorecard = service.scorecard(&summary).await;
            for metric in scorecard["metrics"].as_array().unwrap() {
                let outcome = metric["outcome"].as_str().unwrap();
                assert!(["pass", "inconclusive"].contains(&outcome), "{metric:#}");
            }
        }
    }

    // The store goes away while a run waits for its window to end.
    let start = jiff::Timestamp::now() - jiff::SignedDuration::from_secs(98);
    let window = json!({"start": start, "end": start + jiff::SignedDuration::from_secs(100)});
    let started: Value = service
        .post("/api/v1/analyses", &request("healthy", window))
        .await
        .json()
        .await
        .unwrap();
    prometheus.process.kill();
    let id = started["id"].as_str().unwrap();
    let ended: Value = service
        .get(&format!("/api/v1/analyses/{id}?wait=60s"))
        .await
        .json()
        .await
        .unwrap();
    // Under the default judge every metric is an error, and nothing is decided.
    assert_eq!(ended["state"], "succeeded", "{ended:#}");
    assert_eq!(ended["verdict"], "inconclusive");
    assert_eq!(ended["action"], "hold");
    assert_eq!(ended["scored"], false);
}
