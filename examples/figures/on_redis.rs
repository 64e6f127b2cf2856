//! One replica on a Redis of this machine: what a run costs when it outlives the process, and a thousand of them at once.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use reqwest::Client;
use serde_json::{Value, json};

use crate::{
    process::{end, resident, start},
    request, show,
};

const ONE_BY_ONE: usize = 200;
const AT_ONCE: usize = 1000;

pub(crate) async fn measure(program: &str, settings: &Path) -> Result<()> {
    let directory = std::env::temp_dir().join(format!("{}-figures-redis", std::process::id()));
    std::fs::create_dir_all(&directory)?;
    let socket = directory.join("redis.sock");
    let mut redis = Command::new("redis-server")
        .args([
            "--port",
            "0",
            "--appendonly",
            "yes",
            "--save",
            "",
            "--unixsocket",
        ])
        .arg(&socket)
        .arg("--dir")
        .arg(&directory)
        .stdout(Stdio::null())
        .spawn()
        .context("redis-server; run ./scripts/test, it installs what is needed")?;
    while !socket.exists() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let redis_url = format!("unix://{}", socket.display());
    let (service, url, _) = start(program, settings, Some(&redis_url))?;
    let client = Client::builder().build()?;
    let measured = async {
        one_by_one(&client, &url).await?;
        at_once(&client, &url, service.id()).await
    }
    .await;
    end(service)?;
    redis.kill()?;
    redis.wait()?;
    std::fs::remove_dir_all(directory)?;
    measured
}

async fn one_by_one(client: &Client, url: &str) -> Result<()> {
    let mut times = Vec::new();
    for _ in 0..ONE_BY_ONE {
        let started = Instant::now();
        let post = client.post(format!("{url}/api/v1/analyses?wait=30s"));
        let summary: Value = post.json(&request(10)).send().await?.json().await?;
        ensure!(summary["state"] == "succeeded", "{summary:#}");
        times.push(started.elapsed());
    }
    show("on Redis: 10 metrics x 60 points", &mut times);
    percentile("  of these, 99 in 100 within", &times, 99);
    Ok(())
}

/// Runs that wait for their windows to fill, then all of them cancelled.
async fn at_once(client: &Client, url: &str, process: u32) -> Result<()> {
    let analyses = format!("{url}/api/v1/analyses");
    let mut times = Vec::new();
    let mut ids = Vec::new();
    for n in 0..AT_ONCE {
        let mut body = request(10);
        body["application"] = json!(format!("shop-{}", n % 50));
        body["window"] = json!({"duration": "1h"});
        body["looks"] = json!({"every": "5m"});
        let started = Instant::now();
        let response = client.post(&analyses).json(&body).send().await?;
        ensure!(response.status() == 202, "{}", response.text().await?);
        let summary: Value = response.json().await?;
        times.push(started.elapsed());
        ids.push(summary["id"].as_str().context("no id")?.to_owned());
    }
    times.sort();
    show("on Redis: taking in a run", &mut times);
    percentile("  of these, 99 in 100 within", &times, 99);
    println!(
        "{:34} {:>8.1} MB resident",
        format!("{AT_ONCE} runs waiting for looks"),
        resident(process)?
    );

    let started = Instant::now();
    let mut going_on: Vec<_> = Vec::new();
    for (n, id) in ids.iter().enumerate() {
        let mut body = request(10);
        body["application"] = json!(format!("shop-{}", n % 50));
        // In place of one that waits: no more than so many are open.
        let cancel = format!("{analyses}/{id}/cancel");
        ensure!(
            client.post(cancel).send().await?.status().is_success(),
            "cannot cancel"
        );
        let summary: Value = client
            .post(&analyses)
            .json(&body)
            .send()
            .await?
            .json()
            .await?;
        going_on.push(summary["id"].as_str().context("no id")?.to_owned());
    }
    let mut most = 0.0_f64;
    for id in going_on {
        let path = format!("{analyses}/{id}?wait=30s");
        let summary: Value = client.get(path).send().await?.json().await?;
        ensure!(summary["state"] == "succeeded", "{summary:#}");
        most = most.max(resident(process)?);
    }
    println!(
        "{:34} {:>8.1} s, {most:.1} MB resident at most",
        format!("{AT_ONCE} runs carried out"),
        started.elapsed().as_secs_f64()
    );
    Ok(())
}

fn percentile(what: &str, times: &[Duration], percent: usize) {
    let mut times = times.to_vec();
    times.sort();
    let at = times[(times.len() - 1) * percent / 100].as_secs_f64() * 1e3;
    println!("{what:34} {at:>8.1} ms");
}
