//! A real Prometheus.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use serinus_simulator::{Release, Role, Scenario, history};

use super::{Process, free_port, until_ready};

/// A Prometheus server with a data directory of its own.
#[derive(Debug)]
pub(crate) struct Prometheus {
    pub(crate) process: Process,
    pub(crate) url: String,
    _directory: tempfile::TempDir,
}

impl Prometheus {
    /// A server that scrapes nothing and knows the samples in `open_metrics`.
    pub(crate) async fn with_history(open_metrics: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let samples = directory.path().join("samples.om");
        fs::write(&samples, open_metrics).unwrap();
        let made = Command::new("promtool")
            .args(["tsdb", "create-blocks-from", "openmetrics", "--quiet"])
            .arg(&samples)
            .arg(directory.path().join("data"))
            .output()
            .unwrap_or_else(|error| {
                panic!("promtool: {error}; run ./scripts/test, it installs what tests need")
            });
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
        Self::start(directory, "scrape_configs: []").await
    }

    /// A server that scrapes the given targets every second, each as a job of its own.
    pub(crate) async fn scraping(targets: &[(String, u16)]) -> Self {
        let jobs: String = targets
            .iter()
            .map(|(job, port)| {
                format!("  - {{job_name: {job}, static_configs: [{{targets: [\"127.0.0.1:{port}\"]}}]}}\n")
            })
            .collect();
        let config = format!("global: {{scrape_interval: 1s}}\nscrape_configs:\n{jobs}");
        Self::start(tempfile::tempdir().unwrap(), &config).await
    }

    async fn start(directory: tempfile::TempDir, config: &str) -> Self {
        let file = directory.path().join("prometheus.yml");
        fs::write(&file, config).unwrap();
        let port = free_port();
        let process = Process::start(&mut command(&file, &directory.path().join("data"), port));
        let url = format!("http://127.0.0.1:{port}");
        until_ready(&format!("{url}/-/ready")).await;
        Self {
            process,
            url,
            _directory: directory,
        }
    }
}

fn command(config: &Path, data: &Path, port: u16) -> Command {
    let mut command = Command::new("prometheus");
    command
        .arg(format!("--config.file={}", config.display()))
        .arg(format!("--storage.tsdb.path={}", data.display()))
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        // Old samples would otherwise be dropped once newer ones are there.
        .arg("--storage.tsdb.retention.time=100y")
        .arg("--log.level=error")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

/// A server that knows the job `baseline` and, for every scenario, the job of its name, a canary that is deployed at `start`;
/// all over `start..end` (Unix seconds).
pub(crate) async fn backfilled(start: i64, end: i64) -> Prometheus {
    let release = |scenario, role| Release::new(scenario, role, 7).deployed_at(start);
    let canaries = Scenario::ALL.map(|scenario| (scenario.name(), release(scenario, Role::Canary)));
    let baseline = ("baseline", release(Scenario::Healthy, Role::Baseline));
    let releases = [&[baseline], &canaries[..]].concat();
    Prometheus::with_history(&history(&releases, start, end, 15)).await
}
