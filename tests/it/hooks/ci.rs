//! The examples for CI systems: their shell parts, run as those systems run them.

use std::{
    os::unix::fs::symlink,
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;

use super::{Pipeline, only};
use crate::support::SERINUS;

fn source(name: &str) -> String {
    std::fs::read_to_string(format!("{}/deploy/ci/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// The shell part of an example, and the shell it is for.
fn script(name: &str) -> (&'static str, String) {
    match name {
        "shell.sh" => ("sh", source(name)),
        "github.yml" => {
            let workflow = only("ci/github.yml");
            let step = &workflow["jobs"]["canary"]["steps"][0];
            assert_eq!(step["id"], "canary");
            // As GitHub runs it.
            (
                "bash",
                format!("set -eo pipefail\n{}", step["run"].as_str().unwrap()),
            )
        }
        "gitlab.yml" => {
            let jobs = only("ci/gitlab.yml");
            let lines = jobs["canary"]["script"].as_array().unwrap();
            let lines: Vec<_> = lines.iter().map(|line| line.as_str().unwrap()).collect();
            ("bash", format!("set -eo pipefail\n{}", lines.join("\n")))
        }
        "Jenkinsfile" => {
            let text = source(name);
            let script = text.split("'''").nth(1).unwrap();
            // Groovy takes a backslash at the end of a line for its own.
            ("sh", format!("set -xe\n{}", script.replace("\\\n", "")))
        }
        "tekton.yaml" => {
            let task = only("ci/tekton.yaml");
            let mut script = task["spec"]["steps"][0]["script"]
                .as_str()
                .unwrap()
                .to_owned();
            for result in task["spec"]["results"].as_array().unwrap() {
                let result = result["name"].as_str().unwrap();
                script = script.replace(&format!("$(results.{result}.path)"), result);
            }
            assert!(
                !script.contains("$(params"),
                "parameters come by environment"
            );
            ("sh", script)
        }
        other => panic!("{other}"),
    }
}

/// Runs an example about a simulated release in an empty folder.
fn run(name: &str, server: &str, scenario: &str, folder: &Path) -> Output {
    let bin = folder.join("bin");
    if !bin.exists() {
        std::fs::create_dir(&bin).unwrap();
        symlink(SERINUS, bin.join("serinus")).unwrap();
    }
    let (shell, script) = script(name);
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let mut command = Command::new(shell);
    command
        .args(["-c", &script])
        .current_dir(folder)
        .env("PATH", path)
        .env("SERINUS_SERVER", server)
        .env("CANARY_CONFIG", "checkout")
        .env("BASELINE", "baseline")
        .env("CANARY", "canary")
        .env("REGION", scenario)
        .env("LOOKBACK", "10m")
        .env("GITHUB_SHA", "9f8d111")
        .env("CI_COMMIT_SHA", "9f8d111")
        .env("BUILD_TAG", "7")
        .env_remove("GITHUB_ACTIONS");
    if name == "github.yml" {
        command
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_STEP_SUMMARY", folder.join("summary.md"))
            .env("GITHUB_OUTPUT", folder.join("output"));
    }
    command.output().unwrap()
}

const EXAMPLES: [&str; 5] = [
    "shell.sh",
    "github.yml",
    "gitlab.yml",
    "Jenkinsfile",
    "tekton.yaml",
];

#[tokio::test]
async fn every_example_exits_with_the_verdict() {
    let pipeline = Pipeline::start();
    for example in EXAMPLES {
        for (scenario, code, verdict) in [
            ("healthy", 0, "pass"),
            ("latency-regression", 1, "fail"),
            ("no-data", 4, "inconclusive"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let output = run(example, &pipeline.service.url, scenario, folder.path());
            let told = String::from_utf8_lossy(&output.stderr);
            assert_eq!(
                output.status.code(),
                Some(code),
                "{example} {scenario}: {told}"
            );
            let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
            let line = format!("verdict={verdict}\n");
            match example {
                "shell.sh" => {
                    assert!(read("canary.env").contains(&line));
                    let said = String::from_utf8_lossy(&output.stdout);
                    assert!(said.contains(&format!("{verdict}: ")), "{said}");
                }
                "github.yml" => {
                    assert!(read("output").contains(&line));
                    assert!(read("summary.md").contains(verdict));
                }
                "gitlab.yml" => {
                    assert!(read("canary.env").contains(&line));
                    assert!(read("canary.md").contains(verdict));
                    assert!(read("canary.xml").contains("<testsuites"));
                }
                "Jenkinsfile" => assert!(read("canary.xml").contains("<testsuites")),
                "tekton.yaml" => {
                    assert_eq!(read("verdict"), verdict);
                    assert!(read("report-url").starts_with("http://"));
                    assert!(!read("score").is_empty());
                }
                other => panic!("{other}"),
            }
        }
    }
}

#[tokio::test]
async fn no_example_passes_without_a_service() {
    let mut pipeline = Pipeline::start();
    pipeline.service.process.kill();
    for example in EXAMPLES {
        let folder = tempfile::tempdir().unwrap();
        let output = run(example, &pipeline.service.url, "healthy", folder.path());
        assert_eq!(output.status.code(), Some(5), "{example}");
    }
}

#[test]
fn what_is_undecided_is_a_warning_where_the_system_knows_any() {
    let jobs = only("ci/gitlab.yml");
    let codes: Value = serde_json::json!([3, 4]);
    assert_eq!(jobs["canary"]["allow_failure"]["exit_codes"], codes);
    assert!(source("Jenkinsfile").contains("status == 3 || status == 4"));
}
