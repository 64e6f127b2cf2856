//! Runs in the embedded file: what was acknowledged is there after a power cut, and room that runs out is told.

use std::{
    path::Path,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::{StreamExt, stream};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::support::{SERINUS, Service, redis::Redis, simulated_request, stand_in};

const SETTINGS: &str =
    "simulator: {enabled: true}\nruns: {keep: 1000000, inFlight: 1000000}\nhttp: {grace: 0s}";

fn service(file: &Path) -> Service {
    Service::start_with(SETTINGS, &[at(file)])
}

fn at(file: &Path) -> (&'static str, &str) {
    ("SERINUS__STATE__EMBEDDED__PATH", file.to_str().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_while_writing() {
    killed(5, 200).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes; ./scripts/test --long runs it"]
async fn long_killed_while_writing() {
    killed(50, 1000).await;
}

/// Asks for `writes` runs at once and kills the service in the middle of it, `times` times over.
#[expect(clippy::print_stdout, reason = "what it counted is the evidence")]
async fn killed(times: usize, writes: usize) {
    let began = Instant::now();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("runs.redb");
    let client = Client::new();
    let mut acknowledged: Vec<String> = Vec::new();
    for time in 0..times {
        let service = service(&file);
        let url = format!("{}/api/v1/analyses", service.url);
        let answered = Arc::new(AtomicUsize::new(0));
        let callers: Vec<_> = (0..8)
            .map(|_| {
                let (client, url, answered) = (client.clone(), url.clone(), answered.clone());
                tokio::spawn(async move {
                    let mut ids = Vec::new();
                    // Until the service is gone.
                    while let Ok(id) = ask(&client, &url).await {
                        ids.push(id);
                        if answered.fetch_add(1, Ordering::SeqCst) >= writes {
                            break;
                        }
                    }
                    ids
                })
            })
            .collect();
        // At another moment every time, some of them with hardly anything written.
        let enough = 1 + (time * 7919) % writes;
        while answered.load(Ordering::SeqCst) < enough {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let _log = service.kill();
        for caller in callers {
            acknowledged.extend(caller.await.unwrap());
        }
    }
    let service = service(&file);
    let checks = acknowledged.iter().map(|id| ended_well(&service, id));
    let checks: Vec<_> = stream::iter(checks).buffer_unordered(8).collect().await;
    let lost: Vec<_> = checks.iter().flatten().collect();
    println!(
        "counted: killed {times} times while {writes} runs were asked for: {} acknowledged, {} lost, {:.0} s",
        acknowledged.len(),
        lost.len(),
        began.elapsed().as_secs_f64(),
    );
    assert!(lost.is_empty(), "{lost:?}");
    assert!(acknowledged.len() >= times);
}

/// Waits for the end of a run and reads its scorecard; its id if it is lost.
async fn ended_well(service: &Service, id: &str) -> Option<String> {
    let began = Instant::now();
    let summary = loop {
        let response = service
            .get(&format!("/api/v1/analyses/{id}?wait=10s"))
            .await;
        if response.status() == StatusCode::NOT_FOUND {
            return Some(id.to_owned());
        }
        assert_eq!(response.status(), StatusCode::OK, "{id} is unreadable");
        let summary: Value = response.json().await.unwrap();
        if summary["verdict"] != "pending" {
            break summary;
        }
        assert!(
            began.elapsed() < Duration::from_secs(300),
            "{id} does not end: {summary:#}"
        );
    };
    assert_eq!(summary["state"], "succeeded", "{summary:#}");
    let scorecard = service.scorecard(&summary).await;
    assert_eq!(scorecard["verdict"], summary["verdict"], "{scorecard:#}");
    None
}

/// Asks for a run: its id.
async fn ask(client: &Client, url: &str) -> Result<String, reqwest::Error> {
    let response = client.post(url).json(&small_request()).send().await?;
    // It may have ended before it is answered.
    let taken_in = [StatusCode::ACCEPTED, StatusCode::OK].contains(&response.status());
    assert!(taken_in, "{}", response.status());
    let summary: Value = response.json().await?;
    Ok(summary["id"].as_str().unwrap().to_owned())
}

/// A request for a run that costs little.
fn small_request() -> Value {
    let mut request = simulated_request("healthy");
    let query = "latency_p50{scenario=\"${scenario}\",role=\"${scope}\"}";
    request["window"]["end"] = json!("2026-01-14T09:10:00Z");
    request["config"] = json!({"inline": {
        "apiVersion": "serinus/v1", "name": "one", "judge": {"name": "netflix-aca"},
        "defaults": {"account": "simulator", "minimumSamples": "none"},
        "metrics": [{"name": "latency", "groups": ["g"], "query": query}],
        "groups": {"g": 100}, "thresholds": {"pass": 90, "marginal": 75},
    }});
    request
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_room_is_told_and_made() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("runs.redb");
    // A limit on the size of files is a full disk without being root; its signal would end the program first.
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", SERINUS]);
    let mut service = Service::launch(command, SETTINGS, &[at(&file)]);
    let id = service.process.child().id().to_string();
    let limit = |bytes: &str| {
        let limit = format!("--fsize={bytes}:unlimited");
        let set = Command::new("prlimit")
            .args(["--pid", &id, &limit])
            .status();
        assert!(set.unwrap().success());
    };
    let url = format!("{}/api/v1/analyses", service.url);
    let client = Client::new();
    let first = ask(&client, &url).await.unwrap();
    assert_eq!(ended_well(&service, &first).await, None);
    let size = std::fs::metadata(&file).unwrap().len();
    limit(&(size + 4096).to_string());
    let mut taken_in = vec![first];
    let problem: Value = loop {
        let response = service.post("/api/v1/analyses", &small_request()).await;
        let taken = response.status().is_success();
        let answer: Value = response.json().await.unwrap();
        if !taken {
            break answer;
        }
        taken_in.push(answer["id"].as_str().unwrap().to_owned());
        assert!(taken_in.len() < 3000, "the file never fills");
    };
    assert_eq!(problem["status"], 507, "{problem:#}");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("no space is left"), "{problem:#}");
    assert_eq!(service.get("/livez").await.status(), StatusCode::OK);

    limit("unlimited");
    taken_in.push(ask(&client, &url).await.unwrap());
    for id in &taken_in {
        assert_eq!(ended_well(&service, id).await, None);
    }
    println!(
        "no room after {} times: told, and all runs ended when there was room again",
        taken_in.len() - 1
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_is_told_to_stop_hands_over() {
    let redis = Redis::start();
    let slow = stand_in::canary().set_delay(Duration::from_secs(3));
    let metrics = stand_in::store(slow).await;
    // Without a handover the other one would wait for the lease to end.
    let settings = format!(
        "accounts: {{prometheus: {{type: prometheus, url: \"{}\", limits: {{settlingDelay: 0s}}}}}}\n\
         runs: {{lease: 10m}}\nhttp: {{grace: 0s}}",
        metrics.uri()
    );
    let start = || {
        let url = redis.url();
        Service::start_with(&settings, &[("SERINUS__STATE__REDIS__URL", url.as_str())])
    };
    let first = start();
    let request = stand_in::request("netflix-aca");
    let response = first.post("/api/v1/analyses", &request).await;
    let run: Value = response.json().await.unwrap();
    let path = format!("/api/v1/analyses/{}", run["id"].as_str().unwrap());
    let began = Instant::now();
    loop {
        let now: Value = first.get(&path).await.json().await.unwrap();
        if now["state"] == "running" {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{now:#}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let second = start();
    let log = first.stop();
    assert!(log.contains("given back"), "{log}");
    let ended: Value = second
        .get(&format!("{path}?wait=30s"))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(ended["verdict"], "pass", "{ended:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_whose_clocks_are_wrong_end_each_run_once() {
    let redis = Redis::start();
    let url = redis.url();
    let library = faketime();
    let start = |offset: &str| {
        let variables = [
            ("SERINUS__STATE__REDIS__URL", url.as_str()),
            ("LD_PRELOAD", library.as_str()),
            ("FAKETIME", offset),
            ("DONT_FAKE_MONOTONIC", "1"),
        ];
        Service::launch(
            Command::new(SERINUS),
            "simulator: {enabled: true}\nruns: {lease: 2s, deadline: 2h}",
            &variables,
        )
    };
    let replicas = [start("-30m"), start("+30m")];
    let mut ids = Vec::new();
    for n in 0..20 {
        let mut request = simulated_request(if n % 3 == 0 { "error-spike" } else { "healthy" });
        request["application"] = json!(format!("shop-{n}"));
        let response = replicas[n % 2].post("/api/v1/analyses", &request).await;
        // It may have ended before it is answered.
        let taken_in = [StatusCode::ACCEPTED, StatusCode::OK].contains(&response.status());
        assert!(taken_in, "{}", response.status());
        let run: Value = response.json().await.unwrap();
        ids.push(run["id"].as_str().unwrap().to_owned());
    }
    for (n, id) in ids.iter().enumerate() {
        // Of the other one.
        let path = format!("/api/v1/analyses/{id}?wait=30s");
        let ended: Value = replicas[(n + 1) % 2].get(&path).await.json().await.unwrap();
        assert_eq!(ended["state"], "succeeded", "{ended:#}");
    }
    let [behind, ahead] = replicas.map(Service::stop);
    let told = |log: &str| log.matches("the analysis ended").count();
    assert_eq!(told(&behind) + told(&ahead), 20, "{behind}{ahead}");
}

/// The library that gives a process another clock, without its wrapper: that would be the process that is ended, and
/// leave the service behind.
fn faketime() -> String {
    let wrapper = Command::new("faketime")
        .args(["-m", "-f", "+0", "printenv", "LD_PRELOAD"])
        .output()
        .expect("faketime is missing; run ./scripts/test, it installs what tests need");
    let library = String::from_utf8(wrapper.stdout).unwrap();
    library.trim().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_set_makes_due_what_is_due_and_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let (file, clock) = (
        directory.path().join("runs.redb"),
        directory.path().join("clock"),
    );
    let library = faketime();
    let set = |offset: &str| std::fs::write(&clock, offset).unwrap();
    set("+0");
    let variables = [
        at(&file),
        ("LD_PRELOAD", library.as_str()),
        ("FAKETIME_TIMESTAMP_FILE", clock.to_str().unwrap()),
        ("FAKETIME_NO_CACHE", "1"),
        ("DONT_FAKE_MONOTONIC", "1"),
    ];
    let service = Service::start_with(SETTINGS, &variables);
    let mut ahead = small_request();
    ahead["window"] = json!({"duration": "30m"});
    let response = service.post("/api/v1/analyses", &ahead).await;
    let waiting: Value = response.json().await.unwrap();
    assert_eq!(waiting["state"], "queued", "{waiting:#}");
    let id = waiting["id"].as_str().unwrap();

    set("+1h");
    assert_eq!(ended_well(&service, id).await, None);
    // Back to long before the run was asked for.
    set("-1h");
    assert_eq!(ended_well(&service, id).await, None);
    let url = format!("{}/api/v1/analyses", service.url);
    let later = ask(&Client::new(), &url).await.unwrap();
    assert_eq!(ended_well(&service, &later).await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_was_not_carried_out_in_time_ends_in_error() {
    let directory = tempfile::tempdir().unwrap();
    let clock = directory.path().join("clock");
    let library = faketime();
    std::fs::write(&clock, "+0").unwrap();
    let variables = [
        ("LD_PRELOAD", library.as_str()),
        ("FAKETIME_TIMESTAMP_FILE", clock.to_str().unwrap()),
        ("FAKETIME_NO_CACHE", "1"),
        ("DONT_FAKE_MONOTONIC", "1"),
    ];
    let service = Service::start_with(
        "simulator: {enabled: true}\nruns: {deadline: 10m}",
        &variables,
    );
    let mut ahead = small_request();
    ahead["window"] = json!({"duration": "30m"});
    let response = service.post("/api/v1/analyses", &ahead).await;
    let waiting: Value = response.json().await.unwrap();
    let path = format!(
        "/api/v1/analyses/{}?wait=30s",
        waiting["id"].as_str().unwrap()
    );
    std::fs::write(&clock, "+1h").unwrap();
    let ended: Value = service.get(&path).await.json().await.unwrap();
    assert_eq!(
        (&ended["state"], &ended["verdict"], &ended["action"]),
        (&json!("failed"), &json!("error"), &json!("hold")),
        "{ended:#}"
    );
    assert!(ended["reason"].as_str().unwrap().contains("too late"));
}

/// As many as may be open by default: one more is refused for a while, and none is in the way of another.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_runs_are_in_flight() {
    const RUNS: usize = 1000;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("runs.redb");
    let mut service = Service::start_with("simulator: {enabled: true}", &[at(&file)]);
    let url = format!("{}/api/v1/analyses", service.url);
    let client = Client::new();
    let mut ahead = small_request();
    ahead["window"] = json!({"duration": "1h"});
    ahead["looks"] = json!({"every": "10m"});
    let answers = (0..RUNS).map(|_| client.post(&url).json(&ahead).send());
    let answers: Vec<_> = stream::iter(answers).buffer_unordered(8).collect().await;
    let mut last = String::new();
    for answer in answers {
        let answer = answer.unwrap();
        assert_eq!(answer.status(), StatusCode::ACCEPTED);
        let summary: Value = answer.json().await.unwrap();
        last = summary["id"].as_str().unwrap().to_owned();
    }
    let refused = service.post("/api/v1/analyses", &small_request()).await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.headers().contains_key("retry-after"));
    let metrics = service.get("/metrics").await.text().await.unwrap();
    assert!(
        metrics.contains("serinus_analyses_open 1000\n"),
        "{metrics}"
    );
    let resident = resident_megabytes(service.process.child().id());
    println!("counted: {RUNS} runs in flight: {resident} MB resident, without optimisation");
    assert!(resident < 400, "{resident} MB");

    let cancelled = service
        .post(&format!("/api/v1/analyses/{last}/cancel"), &json!({}))
        .await;
    assert_eq!(cancelled.status(), StatusCode::OK);
    let one_more = ask(&client, &url).await.unwrap();
    assert_eq!(ended_well(&service, &one_more).await, None);
}

fn resident_megabytes(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kilobytes = line.unwrap().split_whitespace().nth(1).unwrap();
    kilobytes.parse::<u64>().unwrap() / 1024
}
