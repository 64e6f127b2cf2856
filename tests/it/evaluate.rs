//! `serinus evaluate` on cases made from the simulator.

use std::{fmt::Write, fs, path::Path, process::Command};

use serde_json::{Value, json};
use serinus_simulator::{Release, Role, Scenario, Signal};

use crate::support::SERINUS;

const START: i64 = 1_768_381_200;

fn series(role: Role, seed: u64) -> Vec<f64> {
    Release::new(Scenario::Healthy, role, seed)
        .series(Signal::LatencyP99, START, START + 59 * 60, 60)
        .into_iter()
        .map(|(_, value)| value)
        .collect()
}

/// Healthy pairs and the same ones with the canary's latency up by half, as metrics of one healthy and one bad release.
fn write_cases(path: &Path) {
    let mut text = String::new();
    for seed in 1..=10 {
        let (baseline, canary) = (series(Role::Baseline, seed), series(Role::Canary, seed));
        let slower: Vec<f64> = canary.iter().map(|x| x * 1.5).collect();
        for (truth, effect, canary) in [("same", "none", canary), ("regression", "x1.5", slower)] {
            let case = json!({
                "id": format!("{truth}/{seed}"), "family": "concurrent", "source": "simulator", "truth": truth,
                "effect": effect, "baseline": [baseline], "canary": [canary], "run": truth,
            });
            writeln!(text, "{case}").unwrap();
        }
    }
    fs::write(path, text).unwrap();
}

#[test]
fn judges_are_measured_side_by_side() {
    let directory = tempfile::tempdir().unwrap();
    let (cases, labels) = (
        directory.path().join("cases.jsonl"),
        directory.path().join("labels.csv"),
    );
    write_cases(&cases);
    let output = Command::new(SERINUS)
        .args([
            "evaluate",
            "--judge",
            "serinus",
            "--judge",
            "netflix-aca",
            "--format",
            "json",
            "--labels",
        ])
        .args([&labels, &cases])
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["judges"], json!(["serinus", "netflix-aca"]));
    let rows = report["rows"].as_array().unwrap();
    // Each effect once for its source and once for all.
    assert_eq!(rows.len(), 4);
    for row in rows {
        assert_eq!(row["cases"], 10);
        let flagged = row["judged"][0]["flagged"]["percent"].as_f64().unwrap();
        match row["truth"].as_str().unwrap() {
            "same" => assert!(flagged <= 10.0, "{row}"),
            _ => assert!(flagged >= 90.0, "{row}"),
        }
    }
    let bad = &report["releases"][0]["bad"];
    assert_eq!(
        (&bad["fail"], &bad["pass"]),
        (&json!(1), &json!(0)),
        "{report:#}"
    );
    let labels = fs::read_to_string(labels).unwrap();
    assert!(labels.starts_with("id,label\nsame/1,"), "{labels}");
    assert_eq!(labels.matches(",high\n").count(), 10, "{labels}");
}

#[test]
fn a_line_that_is_no_case_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let cases = directory.path().join("cases.jsonl");
    write_cases(&cases);
    let text = fs::read_to_string(&cases).unwrap() + "{\"id\": 1}\n";
    fs::write(&cases, text).unwrap();
    let output = Command::new(SERINUS)
        .arg("evaluate")
        .arg(&cases)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(complaint.contains("line 21"), "{complaint}");
}

/// How simulated runs end, by `serinus evaluate looks`.
fn ends(arguments: &[&str]) -> Vec<Value> {
    let output = Command::new(SERINUS)
        .args(["evaluate", "looks", "--format", "json"])
        .args(arguments)
        .args(if arguments.contains(&"--runs") {
            &[][..]
        } else {
            &["--runs", "100"]
        })
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let figures: Value = serde_json::from_slice(&output.stdout).unwrap();
    figures["rows"].as_array().unwrap().clone()
}

/// Runs as the issue of false alarms has them: 20 metrics with guardrails, 12 looks, noise of its own with autocorrelations up to 0.6.
/// The rules were chosen on the seeds from 1 on; those from 1,000,001 on were looked at afterwards.
#[test]
#[expect(clippy::print_stdout, reason = "the figures are the evidence")]
fn of_a_thousand_healthy_runs_few_fail_and_bad_ones_end_early() {
    for seed in ["1", "1000001"] {
        let rows = ends(&[
            "--runs",
            "1000",
            "--critical",
            "all",
            "--effect",
            "1.25",
            "--seed",
            seed,
        ]);
        let [healthy, bad] = &rows[..] else {
            panic!("{rows:?}");
        };
        let failed = |row: &Value| {
            let share = |key: &str| row["failed"][key].as_f64().unwrap();
            format!(
                "{} of {} failed, {:.1} % [{:.1}, {:.1}]",
                row["ends"]["fail"],
                row["ends"]["runs"],
                share("percent"),
                share("lower"),
                share("upper")
            )
        };
        println!(
            "counted: seeds from {seed}: healthy: {}; one metric +25 %: {}, after {:.1} % of the planned time on average",
            failed(healthy),
            failed(bad),
            bad["meanTime"].as_f64().unwrap() * 100.0,
        );
        assert_eq!(healthy["ends"]["runs"], 1000);
        assert_eq!(bad["ends"]["runs"], 1000);
        assert!(
            healthy["ends"]["fail"].as_u64().unwrap() <= 30,
            "{healthy:#}"
        );
        assert!(bad["ends"]["fail"].as_u64().unwrap() >= 800, "{bad:#}");
        // Those that are not caught count with their whole time.
        assert!(bad["meanTime"].as_f64().unwrap() < 0.6, "{bad:#}");
    }
}

/// Bounds that are wide enough for 100 runs.
#[test]
fn looking_often_does_not_raise_false_alarms_and_catches_regressions_early() {
    let planned = ends(&["--critical", "all", "--effect", "1.25"]);
    let [healthy, bad] = &planned[..] else {
        panic!("{planned:?}");
    };
    assert_eq!(healthy["setting"]["effect"], Value::Null);
    assert_eq!(healthy["ends"]["runs"], 100);
    assert!(
        healthy["ends"]["fail"].as_u64().unwrap() <= 6,
        "{healthy:#}"
    );
    assert!(
        healthy["ends"]["pass"].as_u64().unwrap() >= 60,
        "{healthy:#}"
    );
    assert!(bad["ends"]["fail"].as_u64().unwrap() >= 70, "{bad:#}");
    assert!(bad["meanTime"].as_f64().unwrap() < 0.7, "{bad:#}");
    // What this is about: the same looks, each judged as if it were the only one.
    let alone = ends(&[
        "--critical",
        "all",
        "--effect",
        "1.25",
        "--rule",
        "each-alone",
    ]);
    assert!(
        alone[0]["ends"]["fail"].as_u64().unwrap() >= 25,
        "{alone:#?}"
    );
    // The same seeds, the same figures.
    let again = ends(&["--critical", "all", "--effect", "1.25"]);
    assert_eq!(again, planned);
}

/// Twice as many looks at the same data do not fail more of the healthy.
#[test]
fn more_looks_do_not_raise_false_alarms() {
    for looks in ["1", "6", "20"] {
        // An effect that changes nothing: only the healthy runs matter here.
        let rows = ends(&["--critical", "quarter", "--effect", "1", "--looks", looks]);
        let failed = rows[0]["ends"]["fail"].as_u64().unwrap();
        assert!(failed <= 5, "{looks} looks: {failed}");
    }
}

#[test]
fn impossible_experiments_are_refused() {
    for arguments in [
        &["--judge", "netflix-aca"][..],
        &["--looks", "0"],
        &["--looks", "61"],
        &["--metrics", "0"],
        &["--effect=-1"],
        &["cases.jsonl"],
    ] {
        let output = Command::new(SERINUS)
            .args(["evaluate", "looks"])
            .args(arguments)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    }
}
