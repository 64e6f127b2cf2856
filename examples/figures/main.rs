//! Times the service from outside: how soon it is ready, what it needs when idle, and what it adds to the stores' time.
//!
//! `cargo run --release --example figures -- ./target/release/serinus`
#![expect(clippy::print_stdout, reason = "it prints what it measured")]

mod on_redis;
mod process;
mod store;

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use process::{end, resident, start, tempfile_path};
use store::constant_store;

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
        let (service, _, took) = start(&program, &settings, None)?;
        ready.push(took);
        end(service)?;
    }
    show("ready to serve", &mut ready);

    let (service, url, _) = start(&program, &settings, None)?;
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
    runtime.block_on(on_redis::measure(&program, &settings))?;
    std::fs::remove_file(settings)?;
    Ok(())
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
        let answer = client.get(&page).send().await?.error_for_status()?;
        let html = answer.text().await?;
        times.push(started.elapsed());
        anyhow::ensure!(html.contains("m499"), "the page does not show every metric");
    }
    Ok(times)
}

/// A request about so many metrics.
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
