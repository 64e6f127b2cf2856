//! A real `InfluxDB` 1.

use std::{
    fmt::Write as _,
    fs,
    process::{Command, Stdio},
};

use super::{Process, free_port, until_ready};

/// 2026-01-14T09:00:00Z, where the window begins.
const START: i64 = 1_768_381_200;

/// A server with the database `shop`.
#[derive(Debug)]
pub(crate) struct InfluxDb {
    _process: Process,
    pub(crate) url: String,
    _directory: tempfile::TempDir,
}

/// What the latency of a minute begins with: another whole number for each, in no order that looks like a trend.
pub(crate) fn level(minute: i64) -> f64 {
    (minute * 37 % 60) as f64
}

/// The name of the user of [`InfluxDb::secured`].
pub(crate) const USER: &str = "canary";

impl InfluxDb {
    /// A server that asks nobody who they are, with an hour of `latency` every 15 s from `START` on: the minute's level, and
    /// what each application adds.
    pub(crate) async fn start() -> Self {
        Self::with("auth-enabled = false", "").await
    }

    /// The same, for the user [`USER`] with this password alone.
    pub(crate) async fn secured(password: &str) -> Self {
        Self::with("auth-enabled = true", password).await
    }

    async fn with(access: &str, password: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let (port, backup) = (free_port(), free_port());
        let path = directory.path().display();
        let config = format!(
            "reporting-disabled = true\nbind-address = \"127.0.0.1:{backup}\"\n[meta]\ndir = \"{path}/meta\"\n\
         [data]\ndir = \"{path}/data\"\nwal-dir = \"{path}/wal\"\n[ifql]\nenabled = false\n\
         [http]\nbind-address = \"127.0.0.1:{port}\"\n{access}\n"
        );
        let file = directory.path().join("influx.conf");
        fs::write(&file, config).unwrap();
        let process = Process::start(
            Command::new("influxd")
                .arg("-config")
                .arg(&file)
                .stdout(Stdio::null())
                .stderr(Stdio::null()),
        );
        let url = format!("http://127.0.0.1:{port}");
        until_ready(&format!("{url}/ping")).await;
        let mut lines = String::new();
        for index in 0..240 {
            let (level, time) = (level(index / 4), START + index * 15);
            // Scattered, and differently on each side.
            let scatter = |ratio: f64| 0.01 * (index as f64 * ratio).fract();
            for (app, added) in [
                ("old", 0.2 + scatter(0.618_034)),
                ("new", 0.2 + scatter(0.732_051)),
                ("slow", 9.2 + scatter(0.732_051)),
            ] {
                let value = level + added;
                writeln!(lines, "latency,app={app} value={value} {time}").unwrap();
            }
        }
        let client = reqwest::Client::new();
        let user = format!("CREATE USER {USER} WITH PASSWORD '{password}' WITH ALL PRIVILEGES");
        let write = [("db", "shop"), ("precision", "s")];
        for (path, query, body) in [
            ("query", &[("q", user.as_str())][..], String::new()),
            ("query", &[("q", "CREATE DATABASE shop")], String::new()),
            ("write", &write, lines),
        ] {
            let request = client.post(format!("{url}/{path}")).query(query);
            let request = request.basic_auth(USER, Some(password)).body(body);
            let answer = request.send().await.unwrap();
            let status = answer.status();
            let said = answer.text().await.unwrap();
            assert!(status.is_success() && !said.contains("error"), "{said}");
        }
        Self {
            _process: process,
            url,
            _directory: directory,
        }
    }
}
