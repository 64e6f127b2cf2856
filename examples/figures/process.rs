//! The service as a process.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use serde_json::Value;

pub(crate) fn tempfile_path(name: &str) -> std::path::PathBuf {
    std::env::temp_dir().join(format!("{}-{name}", std::process::id()))
}

/// Starts the service and waits until it says that it is ready.
pub(crate) fn start(
    program: &str,
    settings: &std::path::Path,
    redis: Option<&str>,
) -> Result<(Child, String, Duration)> {
    let started = Instant::now();
    let mut command = Command::new(program);
    match redis {
        Some(url) => command.env("SERINUS__STATE__REDIS__URL", url),
        None => command.env("SERINUS__STATE", "memory"),
    };
    let mut service = command
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

pub(crate) fn end(mut service: Child) -> Result<()> {
    service.kill()?;
    service.wait()?;
    Ok(())
}

/// Resident memory of a process in megabytes (Linux).
pub(crate) fn resident(id: u32) -> Result<f64> {
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
