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
async fn killed(times: usize, writes: usize) {
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
    let deadline = Instant::now() + Duration::from_secs(600);
    for id in &acknowledged {
        let summary = loop {
            let response = service
                .get(&format!("/api/v1/analyses/{id}?wait=10s"))
                .await;
            assert_eq!(response.status(), StatusCode::OK, "{id} is lost");
            let summary: Value = response.json().await.unwrap();
            if summary["verdict"] != "pending" {
                break summary;
            }
            assert!(Instant::now() < deadline, "{id} does not end: {summary:#}");
        };
        assert_eq!(summary["verdict"], "pass", "{summary:#}");
        let scorecard = service.scorecard(&summary).await;
        assert_eq!(scorecard["verdict"], "pass");
    }
    println!(
        "killed {times} times while {writes} runs were asked for: {} acknowledged, {} there and ended, {} lost",
        acknowledged.len(),
        acknowledged.len(),
        0
    );
    assert!(acknowledged.len() >= times);
}

async fn ask(client: &Client, url: &str) -> Result<String, reqwest::Error> {
    let request = simulated_request("healthy");
    let response = client.post(url).json(&request).send().await?;
    assert_eq!(response.status(), StatusCode::ACCEPTED);
    let summary: Value = response.json().await?;
    Ok(summary["id"].as_str().unwrap().to_owned())
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
    let first = service.analyse(&simulated_request("healthy")).await;
    let size = std::fs::metadata(&file).unwrap().len();
    limit(&(size + 4096).to_string());
    let mut taken_in = vec![first];
    let refused = loop {
        let response = service
            .post("/api/v1/analyses", &simulated_request("healthy"))
            .await;
        if response.status() != StatusCode::ACCEPTED {
            break response;
        }
        taken_in.push(response.json().await.unwrap());
        assert!(taken_in.len() < 3000, "the file never fills");
    };
    assert_eq!(refused.status(), StatusCode::INSUFFICIENT_STORAGE);
    let problem: Value = refused.json().await.unwrap();
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("no space is left"), "{problem:#}");
    // What is there can be read meanwhile.
    assert_eq!(service.get("/livez").await.status(), StatusCode::OK);
    let path = format!("/api/v1/analyses/{}", taken_in[0]["id"].as_str().unwrap());
    assert_eq!(service.get(&path).await.status(), StatusCode::OK);

    limit("unlimited");
    let after = service.analyse(&simulated_request("healthy")).await;
    assert_eq!(after["verdict"], "pass", "{after:#}");
    let count = taken_in.len();
    for summary in taken_in {
        let path = format!(
            "/api/v1/analyses/{}?wait=30s",
            summary["id"].as_str().unwrap()
        );
        let ended: Value = service.get(&path).await.json().await.unwrap();
        assert_eq!(ended["verdict"], "pass", "{ended:#}");
    }
    println!("no room after {count} runs: told, and all of them ended when there was room again");
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
    let start = |offset: &str| {
        let mut command = Command::new("faketime");
        command.args(["-f", offset, SERINUS]);
        let variables = [
            ("SERINUS__STATE__REDIS__URL", url.as_str()),
            ("DONT_FAKE_MONOTONIC", "1"),
        ];
        Service::launch(
            command,
            "simulator: {enabled: true}\nruns: {lease: 2s}",
            &variables,
        )
    };
    let replicas = [start("-20m"), start("+20m")];
    let mut ids = Vec::new();
    for n in 0..20 {
        let mut request = simulated_request(if n % 3 == 0 { "error-spike" } else { "healthy" });
        request["application"] = json!(format!("shop-{n}"));
        let response = replicas[n % 2].post("/api/v1/analyses", &request).await;
        assert_eq!(response.status(), StatusCode::ACCEPTED);
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
