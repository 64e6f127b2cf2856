//! Prometheus' own tool reads what the crate writes.

use std::io::{ErrorKind, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serinus_simulator::{Exporter, Release, Scenario, history};

use crate::support::{HOUR, START, releases};

fn promtool(arguments: &[&str], directory: &Path, input: &str) -> Output {
    let child = Command::new("promtool")
        .args(arguments)
        .current_dir(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = match child {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            panic!("promtool is not installed: run ./scripts/test, which installs it")
        }
        other => other.unwrap(),
    };
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "promtool {arguments:?}: {text}");
    output
}

#[test]
fn a_page_passes_check_metrics() {
    let directory = tempfile::tempdir().unwrap();
    for scenario in Scenario::ALL {
        for release in releases(scenario, 41) {
            let mut exporter = Exporter::new(release, START);
            for now in [START, START + 600] {
                exporter.advance_to(now);
                let output = promtool(&["check", "metrics"], directory.path(), &exporter.render());
                let remarks = String::from_utf8(output.stderr).unwrap();
                assert_eq!(remarks, "", "{scenario}");
            }
        }
    }
}

/// Writes the history of these jobs to blocks in `data`, scraped every 15 seconds.
fn create_blocks(directory: &Path, jobs: &[(&str, Release)], end: i64) {
    let text = history(jobs, START, end, 15);
    std::fs::write(directory.join("history.txt"), text).unwrap();
    let arguments = [
        "tsdb",
        "create-blocks-from",
        "openmetrics",
        "history.txt",
        "data",
    ];
    promtool(&arguments, directory, "");
}

#[test]
fn a_history_becomes_blocks_with_every_sample() {
    let jobs = releases(Scenario::CounterResets, 42).map(|release| (release.role.name(), release));
    // more than two blocks of two hours
    let end = START + 5 * HOUR;
    let directory = tempfile::tempdir().unwrap();
    create_blocks(directory.path(), &jobs, end);
    // the dump opens a whole database, which has a write-ahead log beside its blocks
    std::fs::create_dir(directory.path().join("data/wal")).unwrap();
    let dump = promtool(&["tsdb", "dump", "data"], directory.path(), "");
    let stored = String::from_utf8(dump.stdout).unwrap();
    for role in ["baseline", "canary"] {
        let series = format!(
            "{{__name__=\"process_cpu_seconds_total\", job=\"{role}\", pod=\"{role}-us-1\", region=\"us\"}}"
        );
        let samples = stored
            .lines()
            .filter(|line| line.starts_with(&series))
            .count();
        assert_eq!(samples, 5 * 240 + 1, "{role}");
    }
    let written = history(&jobs, START, end, 15);
    let written = written
        .lines()
        .filter(|line| !line.starts_with('#'))
        .count();
    assert_eq!(stored.lines().count(), written);
}

#[test]
fn a_history_without_samples_is_accepted() {
    let [_, canary] = releases(Scenario::NoData, 43);
    let directory = tempfile::tempdir().unwrap();
    create_blocks(directory.path(), &[("canary", canary)], START + HOUR);
    let written = std::fs::read_to_string(directory.path().join("history.txt")).unwrap();
    assert!(written.lines().all(|line| line.starts_with('#')));
}
