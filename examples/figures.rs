//! Times the service from outside: how soon it is ready, what it needs when idle, and what it adds to the stores' time.
//!
//! `cargo run --release --example figures -- ./target/release/serinus`
#![expect(clippy::print_stdout, reason = "it prints what it measured")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use serde_json::{Value, json};

const ROUNDS: usize = 20;

fn main() -> Result<()> {
    let program = std::env::args().nth(1).context("usage: figures PROGRAM")?;
    let store = constant_store()?;
    let settings = tempfile_path("serinus-figures.yaml");
    std::fs::write(
        &settings,
        format!(
            "accounts: {{prometheus: {{type: prometheus, url: \"{store}\", limits: {{concurrency: 32, settlingDelay: 0s}}}}}}"
        ),
    )?;

    let mut ready = Vec::new();
    for _ in 0..ROUNDS {
        let (service, _, took) = start(&program, &settings)?;
        ready.push(took);
        end(service)?;
    }
    show("ready to serve", &mut ready);

    let (service, url, _) = start(&program, &settings)?;
    // Long enough for start-up to be over, so that what is measured is idleness.
    std::thread::sleep(Duration::from_secs(1));
    println!("{:34} {:>8.1} MB resident", "idle", resident(service.id())?);

    let mut analyses = Vec::new();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let client = reqwest::Client::builder().build()?;
        for round in 0..=ROUNDS {
            let started = Instant::now();
            let answer = client
                .post(format!("{url}/api/v1/analyses?wait=30s"))
                .json(&request(50))
                .send()
                .await?;
            let summary: Value = answer.json().await?;
            anyhow::ensure!(summary["state"] == "succeeded", "{summary:#}");
            // The first one opens the connections.
            if round > 0 {
                analyses.push(started.elapsed());
            }
        }
        anyhow::Ok(())
    })?;
    show("50 metrics x 2 sides x 60 points", &mut analyses);
    let mut pages = runtime.block_on(page_of_many_metrics(&url))?;
    show("page of a run with 500 metrics", &mut pages);
    println!(
        "{:34} {:>8.1} MB resident",
        "after that",
        resident(service.id())?
    );
    end(service)?;
    std::fs::remove_file(settings)?;
    Ok(())
}

fn tempfile_path(name: &str) -> std::path::PathBuf {
    std::env::temp_dir().join(format!("{}-{name}", std::process::id()))
}

fn show(what: &str, times: &mut [Duration]) {
    times.sort();
    let at = |share: usize| times[(times.len() - 1) * share / 100].as_secs_f64() * 1e3;
    println!(
        "{what:34} {:>8.1} ms median, {:.1} to {:.1} of {}",
        at(50),
        at(0),
        at(100),
        times.len()
    );
}

/// Starts the service and waits until it says that it is ready.
fn start(program: &str, settings: &std::path::Path) -> Result<(Child, String, Duration)> {
    let started = Instant::now();
    let mut service = Command::new(program)
        .args(["serve", "--listen", "127.0.0.1:0", "--config"])
        .arg(settings)
        .stderr(Stdio::piped())
        .spawn()?;
    let mut log = BufReader::new(service.stderr.take().context("no log")?).lines();
    let url = loop {
        let event: Value = serde_json::from_str(&log.next().context("the service ended")??)?;
        if event["message"] == "ready" {
            break event["url"].as_str().context("no url")?.to_owned();
        }
    };
    let took = started.elapsed();
    std::thread::spawn(move || log.for_each(drop));
    Ok((service, url, took))
}

fn end(mut service: Child) -> Result<()> {
    service.kill()?;
    service.wait()?;
    Ok(())
}

/// Resident memory of a process in megabytes (Linux).
fn resident(id: u32) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .context("no VmRSS")?;
    let kilobytes: f64 = line
        .split_whitespace()
        .nth(1)
        .context("no value")?
        .parse()?;
    Ok(kilobytes / 1e3)
}

/// How long the page of a run with 500 metrics takes, from the request to its last byte.
async fn page_of_many_metrics(url: &str) -> Result<Vec<Duration>> {
    let client = reqwest::Client::builder().build()?;
    let create = client.post(format!("{url}/api/v1/analyses?wait=60s"));
    let summary: Value = create.json(&request(500)).send().await?.json().await?;
    anyhow::ensure!(summary["state"] == "succeeded", "{summary:#}");
    let page = format!(
        "{url}/ui/analyses/{}",
        summary["id"].as_str().context("no id")?
    );
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let started = Instant::now();
        let html = client
            .get(&page)
            .send()
            .await?
            .error_for_status()?
            .text()
            .await?;
        times.push(started.elapsed());
        anyhow::ensure!(html.contains("m499"), "the page does not show every metric");
    }
    Ok(times)
}

fn request(metrics: usize) -> Value {
    let metrics: Vec<_> = (0..metrics)
        .map(|n| json!({"name": format!("m{n}"), "groups": ["g"], "query": format!("m{n}{{job=\"${{scope}}\"}}")}))
        .collect();
    json!({
        "application": "figures",
        "config": {"inline": {
            "apiVersion": "serinus/v1", "name": "figures", "judge": {"name": "netflix-aca"},
            "defaults": {"account": "prometheus"},
            "metrics": metrics, "groups": {"g": 100}, "thresholds": {"pass": 90, "marginal": 75},
        }},
        "baseline": {"scope": "a"},
        "canary": {"scope": "b"},
        "window": {"start": "2026-01-14T09:00:00Z", "end": "2026-01-14T10:00:00Z"},
    })
}

/// A store that answers at once: the smallest HTTP server, one thread per connection, with 60 samples that differ by side.
fn constant_store() -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    let [a, b] = [1.0, 1.003].map(response);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let (a, b) = (a.clone(), b.clone());
            std::thread::spawn(move || {
                let mut buffer = [0_u8; 16 * 1024];
                // A connection that ends is how a client leaves.
                while let Ok(read @ 1..) = stream.read(&mut buffer) {
                    let request = String::from_utf8_lossy(&buffer[..read]);
                    // The header may come before the body; only the body holds the query.
                    if !request.contains("query=") {
                        continue;
                    }
                    let answer = if request.contains("%3D%22b%22") {
                        &b
                    } else {
                        &a
                    };
                    if stream.write_all(answer).is_err() {
                        break;
                    }
                }
            });
        }
    });
    Ok(url)
}

fn response(scale: f64) -> Vec<u8> {
    let values: Vec<_> = (1..=60_u32)
        .map(|minute| {
            let value = scale * (1.0 + 0.1 * (f64::from(minute) * 0.618_034).fract());
            json!([1_768_381_200 + i64::from(minute) * 60, value.to_string()])
        })
        .collect();
    let body = json!({
        "status": "success",
        "data": {"resultType": "matrix", "result": [{"metric": {}, "values": values}]},
    })
    .to_string();
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
