//! A running `serinus serve`.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    thread::JoinHandle,
};

use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};

use super::{Process, SERINUS};

/// A service process and a client for it.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) process: Process,
    pub(crate) url: String,
    client: Client,
    log: JoinHandle<String>,
    _settings: tempfile::TempDir,
}

impl Service {
    /// A service with the simulator and nothing else.
    pub(crate) fn simulated() -> Self {
        Self::start("simulator: {enabled: true}")
    }

    /// A service whose account `prometheus` is the given server.
    pub(crate) fn on_prometheus(url: &str) -> Self {
        Self::start(&format!(
            "accounts: {{prometheus: {{type: prometheus, url: \"{url}\", limits: {{settlingDelay: 1s, timeout: 5s}}}}}}\n\
             runs: {{attempts: 3}}"
        ))
    }

    /// A service with these settings.
    pub(crate) fn start(settings: &str) -> Self {
        Self::start_with(settings, &[])
    }

    /// A service with these settings and environment variables.
    pub(crate) fn start_with(settings: &str, variables: &[(&str, &str)]) -> Self {
        Self::launch(Command::new(SERINUS), settings, variables)
    }

    /// A service that this command starts, which takes the program's arguments.
    pub(crate) fn launch(mut command: Command, settings: &str, variables: &[(&str, &str)]) -> Self {
        // Each test's runs are its own, and gone with it, unless it says otherwise.
        let says = |(name, _): &(&str, &str)| name.starts_with("SERINUS__STATE");
        if !settings.contains("state:") && !variables.iter().any(says) {
            command.env("SERINUS__STATE", "memory");
        }
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("serinus.yaml");
        std::fs::write(&file, settings).unwrap();
        let mut process = Process::start(
            command
                .args(["serve", "--listen", "127.0.0.1:0", "--config"])
                .arg(&file)
                .envs(variables.iter().copied())
                .stderr(Stdio::piped()),
        );
        let mut lines = BufReader::new(process.child().stderr.take().unwrap()).lines();
        let mut seen = String::new();
        let url = loop {
            let line = lines
                .next()
                .unwrap_or_else(|| panic!("the service ended: {seen}"))
                .unwrap();
            match serde_json::from_str::<Value>(&line) {
                Ok(event) if event["message"] == "ready" => {
                    break event["url"].as_str().unwrap().to_owned();
                }
                _ => seen += &format!("{line}\n"),
            }
        };
        // The pipe must be read on, or the service would block on its own log.
        let log = std::thread::spawn(move || {
            lines
                .map_while(Result::ok)
                .fold(seen, |seen, line| seen + line.as_str() + "\n")
        });
        Self {
            process,
            url,
            client: Client::new(),
            log,
            _settings: directory,
        }
    }

    /// Stops it: all that it has logged.
    pub(crate) fn stop(mut self) -> String {
        self.process.terminate();
        self.log.join().unwrap()
    }

    /// Ends it as a power cut does: all that it has logged.
    pub(crate) fn kill(mut self) -> String {
        self.process.kill();
        self.log.join().unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.client
            .get(format!("{}{path}", self.url))
            .send()
            .await
            .unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Response {
        self.client
            .post(format!("{}{path}", self.url))
            .json(body)
            .send()
            .await
            .unwrap()
    }

    /// Posts text as it is, under a content type.
    pub(crate) async fn post_text(
        &self,
        path: &str,
        content_type: &str,
        body: impl Into<reqwest::Body>,
    ) -> Response {
        let request = self.client.post(format!("{}{path}", self.url));
        request
            .header("content-type", content_type)
            .body(body)
            .send()
            .await
            .unwrap()
    }

    /// Runs an analysis to its end: its summary.
    pub(crate) async fn analyse(&self, request: &Value) -> Value {
        let response = self.post("/api/v1/analyses?wait=60s", request).await;
        let status = response.status();
        let summary: Value = response.json().await.unwrap();
        assert_eq!(status, StatusCode::OK, "{summary:#}");
        assert_ne!(summary["verdict"], "pending", "{summary:#}");
        summary
    }

    /// The scorecard of a run. Whatever it is about, judged again from what was kept it is the same.
    pub(crate) async fn scorecard(&self, summary: &Value) -> Value {
        let id = summary["id"].as_str().unwrap();
        let path = format!("/api/v1/analyses/{id}/scorecard");
        let scorecard: Value = self.get(&path).await.json().await.unwrap();
        let again = self.rejudged(summary, &json!({})).await;
        // Links follow the settings of the service, and are put in when a run's scorecard is read.
        let mut kept = scorecard.clone();
        for evidence in kept["evidence"].as_array_mut().unwrap() {
            evidence.as_object_mut().unwrap().remove("explore");
        }
        for (key, decided) in kept.as_object().unwrap() {
            if !["timings", "links"].contains(&key.as_str()) {
                assert_eq!(&again[key], decided, "judged again: {key}");
            }
        }
        scorecard
    }

    /// What a run's samples lead to when they are judged again.
    pub(crate) async fn rejudged(&self, summary: &Value, otherwise: &Value) -> Value {
        let id = summary["id"].as_str().unwrap();
        let path = format!("/api/v1/analyses/{id}/rejudge");
        let response = self.post(&path, otherwise).await;
        let status = response.status();
        let again: Value = response.json().await.unwrap();
        assert_eq!(status, StatusCode::OK, "{again:#}");
        again
    }
}

/// A request about a simulated release in a fixed hour.
pub(crate) fn simulated_request(scenario: &str) -> Value {
    let side = |role: &str| json!({"scope": role, "params": {"scenario": scenario}});
    json!({
        "application": "shop",
        "config": {"name": "simulated"},
        "baseline": side("baseline"),
        "canary": side("canary"),
        "window": {"start": "2026-01-14T09:00:00Z", "end": "2026-01-14T10:00:00Z"},
    })
}
