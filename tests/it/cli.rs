//! The commands, as a pipeline or a person runs them.

use std::{
    fmt::Write,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;
use serinus_simulator::{Release, Role, Scenario, Signal};

use crate::support::{SERINUS, Service};

fn run(arguments: &[&str]) -> Output {
    Command::new(SERINUS)
        .args(arguments)
        .env("NO_COLOR", "1")
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The samples of a simulated release as a CSV file with the columns of the config `simulated`.
fn csv(directory: &Path, scenario: Scenario, role: Role, minutes: i64) -> PathBuf {
    const START: i64 = 1_768_381_200;
    let release = Release::new(scenario, role, 1);
    let columns = [
        Signal::ErrorRatio,
        Signal::LatencyP50,
        Signal::LatencyP99,
        Signal::Cpu,
        Signal::Memory,
    ]
    .map(|signal| release.series(signal, START, START + 60 * (minutes - 1), 60));
    let mut text = "time,error-ratio,latency-p50,latency-p99,cpu,memory\n".to_owned();
    for minute in 0..minutes {
        let at = START + 60 * minute;
        write!(text, "{at}").unwrap();
        for column in &columns {
            let value = column
                .iter()
                .find(|(second, _)| *second == at)
                .map(|(_, value)| value.to_string());
            write!(text, ",{}", value.unwrap_or_default()).unwrap();
        }
        text.push('\n');
    }
    let path = directory.join(format!("{scenario}-{role}-{minutes}.csv"));
    std::fs::write(&path, text).unwrap();
    path
}

fn judge(baseline: &Path, canary: &Path, format: &str) -> Output {
    let (baseline, canary) = (baseline.to_str().unwrap(), canary.to_str().unwrap());
    run(&[
        "judge",
        "--baseline-work",
        "100000",
        "--canary-work",
        "100000",
        "--config",
        "simulated",
        "--baseline",
        baseline,
        "--canary",
        canary,
        "--format",
        format,
    ])
}

#[test]
fn judge_exits_with_the_verdict() {
    let directory = tempfile::tempdir().unwrap();
    let baseline = csv(directory.path(), Scenario::Healthy, Role::Baseline, 60);
    for (scenario, minutes, code, word) in [
        (Scenario::Healthy, 60, 0, "PASS"),
        (Scenario::LatencyRegression, 60, 1, "FAIL"),
        (Scenario::ErrorSpike, 60, 1, "FAIL"),
        (Scenario::Healthy, 5, 4, "INCONCLUSIVE"),
        (Scenario::NoData, 60, 4, "INCONCLUSIVE"),
    ] {
        let output = judge(
            &baseline,
            &csv(directory.path(), scenario, Role::Canary, minutes),
            "text",
        );
        let text = stdout(&output);
        assert_eq!(output.status.code(), Some(code), "{scenario}: {text}");
        assert!(text.starts_with(word), "{scenario}: {text}");
    }
}

#[test]
fn judge_says_what_is_wrong_with_its_files() {
    let directory = tempfile::tempdir().unwrap();
    let baseline = csv(directory.path(), Scenario::Healthy, Role::Baseline, 60);
    let lacking = directory.path().join("lacking.csv");
    std::fs::write(&lacking, "time,cpu\n2026-01-14T09:00:00Z,1\n").unwrap();
    let broken = directory.path().join("broken.csv");
    std::fs::write(&broken, "time,cpu\n2026-01-14T09:00:00Z,many\n").unwrap();
    for (canary, word) in [
        (
            lacking.as_path(),
            "no column \"error-ratio\"; there are: cpu",
        ),
        (broken.as_path(), "many"),
        (Path::new("/nowhere.csv"), "/nowhere.csv"),
    ] {
        let output = judge(&baseline, canary, "text");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains(word), "{stderr}");
    }
    let path = baseline.to_str().unwrap();
    let unknown = run(&[
        "judge",
        "--config",
        "nowhere",
        "--baseline",
        path,
        "--canary",
        path,
    ]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(
        String::from_utf8(unknown.stderr)
            .unwrap()
            .contains("web-service")
    );
}

#[test]
fn judge_writes_json_that_is_a_scorecard() {
    let directory = tempfile::tempdir().unwrap();
    let baseline = csv(directory.path(), Scenario::Healthy, Role::Baseline, 60);
    let canary = csv(
        directory.path(),
        Scenario::LatencyRegression,
        Role::Canary,
        60,
    );
    let scorecard: Value =
        serde_json::from_str(&stdout(&judge(&baseline, &canary, "json"))).unwrap();
    assert_eq!(scorecard["verdict"], "fail");
    assert_eq!(scorecard["score"], 60.0);
    assert_eq!(scorecard["evidence"][0]["comparison"]["design"], "paired");
}

#[test]
fn demo_shows_three_scorecards_and_ends() {
    let output = run(&["demo", "--once", "--listen", "127.0.0.1:0"]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    let verdicts: Vec<_> = text
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|word| ["PASS", "FAIL", "INCONCLUSIVE"].contains(word))
        .collect();
    assert_eq!(verdicts, ["PASS", "FAIL", "INCONCLUSIVE"], "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn analyze_is_a_gate() {
    let service = Service::simulated();
    let analyze = |scenario: &str, more: &[&str]| {
        let scenario = format!("scenario={scenario}");
        let mut arguments = vec![
            "analyze",
            "--server",
            &service.url,
            "--application",
            "shop",
            "--config",
            "simulated",
            "--baseline",
            "baseline",
            "--canary",
            "canary",
            "--param",
            &scenario,
        ];
        arguments.extend(more);
        run(&arguments)
    };
    let hour = [
        "--start",
        "2026-01-14T09:00:00Z",
        "--end",
        "2026-01-14T10:00:00Z",
    ];
    for (scenario, code) in [
        ("healthy", 0),
        ("latency-regression", 1),
        ("low-traffic", 4),
    ] {
        let output = analyze(scenario, &hour);
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        let progress = String::from_utf8(output.stderr.clone()).unwrap();
        assert!(
            progress.contains("is started") && progress.contains("report: http"),
            "{progress}"
        );
        assert!(stdout(&output).contains("latency-p99"));
    }
    let json = analyze("healthy", &[&hour[..], &["--format", "json"]].concat());
    let scorecard: Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(
        scorecard["verdict"], "pass",
        "the result alone is on standard output"
    );

    let unknown = analyze("unheard-of", &hour);
    assert_eq!(
        unknown.status.code(),
        Some(4),
        "the store refuses the scenario, so nothing is decided: {unknown:?}"
    );
    let neither = analyze("healthy", &[]);
    assert_eq!(neither.status.code(), Some(2), "no window is wrong usage");
    let reversed = analyze(
        "healthy",
        &[
            "--start",
            "2026-01-14T10:00:00Z",
            "--end",
            "2026-01-14T09:00:00Z",
        ],
    );
    assert_eq!(reversed.status.code(), Some(2), "{reversed:?}");
    let nobody = run(&[
        "analyze",
        "--server",
        "http://127.0.0.1:1",
        "--application",
        "a",
        "--config",
        "simulated",
        "--baseline",
        "b",
        "--canary",
        "c",
        "--lookback",
        "1h",
    ]);
    assert_eq!(nobody.status.code(), Some(5), "{nobody:?}");
}
