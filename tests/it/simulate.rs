//! `serinus simulate --export`, and what other commands make of its files.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;

use crate::support::SERINUS;

fn run(arguments: &[&str]) -> Output {
    Command::new(SERINUS).args(arguments).output().unwrap()
}

fn export(directory: &Path, form: &str, arguments: &[&str]) -> PathBuf {
    let file = directory.join(format!("{}.{form}", arguments.join("_")));
    let general = [
        "simulate",
        "--export",
        form,
        "--end",
        "2026-01-14T10:00:00Z",
        "--out",
        file.to_str().unwrap(),
    ];
    let output = run(&[&general, arguments].concat());
    assert!(output.status.success(), "{output:?}");
    file
}

/// The rows of `serinus evaluate` over all sources.
fn evaluate(cases: &Path) -> Value {
    let output = run(&["evaluate", "--format", "json", cases.to_str().unwrap()]);
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn rows<'a>(report: &'a Value, truth: &str) -> Vec<(String, &'a Value)> {
    let rows = report["rows"].as_array().unwrap();
    rows.iter()
        .filter(|row| row["truth"] == truth && row["source"].is_null())
        .map(|row| {
            (
                format!("{} {}", row["family"], row["effect"]).replace('"', ""),
                row,
            )
        })
        .collect()
}

fn percent(row: &Value, of: &str) -> f64 {
    row["judged"][0][of]["percent"].as_f64().unwrap()
}

#[test]
fn csv_is_what_judge_reads() {
    let directory = tempfile::tempdir().unwrap();
    let baseline = export(directory.path(), "csv", &["--role", "baseline"]);
    for (scenario, code) in [("healthy", 0), ("latency-regression", 1), ("no-data", 4)] {
        let canary = export(
            directory.path(),
            "csv",
            &["--role", "canary", "--scenario", scenario],
        );
        let [baseline, canary] = [&baseline, &canary].map(|path| path.to_str().unwrap());
        let output = run(&[
            "judge",
            "--config",
            "simulated",
            "--baseline",
            baseline,
            "--canary",
            canary,
            "--baseline-work",
            "200000",
            "--canary-work",
            "200000",
        ]);
        assert_eq!(output.status.code(), Some(code), "{scenario}: {output:?}");
    }
}

#[test]
fn the_same_arguments_give_the_same_bytes() {
    let directory = tempfile::tempdir().unwrap();
    for (form, arguments) in [
        (
            "csv",
            &[
                "--role",
                "canary",
                "--scenario",
                "crash-loop",
                "--duration",
                "10m",
            ][..],
        ),
        (
            "openmetrics",
            &["--scenario", "slow-leak", "--duration", "10m"],
        ),
        (
            "cases",
            &[
                "--scenario",
                "healthy",
                "--rollouts",
                "1",
                "--duration",
                "10m",
            ],
        ),
    ] {
        let read = || std::fs::read(export(directory.path(), form, arguments)).unwrap();
        let bytes = read();
        assert!(!bytes.is_empty());
        assert_eq!(bytes, read(), "{form}");
    }
}

#[test]
fn healthy_rollouts_raise_hardly_any_alarm() {
    let directory = tempfile::tempdir().unwrap();
    let arguments = [
        "--scenario",
        "healthy",
        "--rollouts",
        "70",
        "--duration",
        "30m",
    ];
    let report = evaluate(&export(directory.path(), "cases", &arguments));
    let rows = rows(&report, "same");
    assert_eq!(rows.len(), 3, "{report:#}");
    for (name, row) in rows {
        // 70 rollouts of 8 metrics; at 1 % false alarms, 15 would come in one test of ten thousand
        assert_eq!(row["cases"], 560, "{name}");
        assert!(percent(row, "flagged") < 2.5, "{name}: {row:#}");
        assert!(percent(row, "passed") > 80.0, "{name}: {row:#}");
    }
}

#[test]
fn no_fault_passes_and_most_are_found() {
    let directory = tempfile::tempdir().unwrap();
    let report = evaluate(&export(directory.path(), "cases", &["--rollouts", "3"]));
    let (found, undecided) = rows(&report, "regression")
        .into_iter()
        .filter(|(name, _)| name.starts_with("concurrent"))
        .partition::<Vec<_>, _>(|(_, row)| percent(row, "flagged") > 99.0);
    for (name, row) in found.iter().chain(&undecided) {
        assert!(percent(row, "passed") < 1.0, "{name}: {row:#}");
    }
    let names = |rows: &[(String, &Value)]| {
        rows.iter()
            .map(|(name, _)| name.replace("concurrent ", ""))
            .collect::<Vec<_>>()
    };
    // what comes in a burst or as a trend cannot always be told from autocorrelated noise
    let hard = ["error-burst", "slow-leak"];
    assert!(
        names(&undecided)
            .iter()
            .all(|name| hard.contains(&name.as_str())),
        "{:?}",
        names(&undecided)
    );
    assert_eq!(found.len() + undecided.len(), 11, "{report:#}");
    for (name, row) in rows(&report, "same") {
        assert!(percent(row, "flagged") < 4.0, "{name}: {row:#}");
    }
}

#[test]
fn what_cannot_be_exported_is_wrong_usage() {
    for (arguments, word) in [
        (&["--export", "csv"][..], "--role"),
        (
            &["--export", "cases", "--scenario", "no-data"],
            "cannot be known",
        ),
        (
            &[
                "--export",
                "openmetrics",
                "--scenario",
                "healthy",
                "--scenario",
                "warm-up",
            ],
            "several scenarios",
        ),
        (&["--export", "cases", "--duration", "32d"], "--duration"),
        (&["--export", "cases", "--step", "100ms"], "--step"),
        (
            &["--export", "cases", "--duration", "10m", "--step", "1h"],
            "--step",
        ),
        (
            &["--export", "cases", "--listen", "127.0.0.1:0"],
            "--listen",
        ),
        (&["--role", "canary", "--out", "x"], "--export"),
        (&["--role", "canary", "--weight", "0"], "1 to 100"),
        (&[], "--role"),
    ] {
        let output = run(&[&["simulate"], arguments].concat());
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {complaint}");
        assert!(complaint.contains(word), "{arguments:?}: {complaint}");
    }
    let nowhere = run(&["simulate", "--export", "cases", "--out", "/nowhere/cases"]);
    assert_eq!(nowhere.status.code(), Some(5), "{nowhere:?}");
}
