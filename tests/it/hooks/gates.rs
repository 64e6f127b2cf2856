//! `serinus analyze` and `serinus judge` as gates: exit codes, and what CI systems read.

use std::{
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{header, method, path},
};

use super::{CHECKOUT, Pipeline};
use crate::support::SERINUS;

/// `serinus analyze` of a simulated release in a fixed hour, in a folder of its own.
fn analyze(server: &str, scenario: &str, folder: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(SERINUS);
    command
        .args(["analyze", "--application", "shop", "--config", "checkout"])
        .args([
            "--baseline",
            "baseline",
            "--canary",
            "canary",
            "--location",
            scenario,
        ])
        .args([
            "--start",
            "2026-01-14T09:00:00Z",
            "--end",
            "2026-01-14T09:20:00Z",
        ])
        .args(more)
        .current_dir(folder)
        .env("SERINUS_SERVER", server)
        .env_remove("GITHUB_ACTIONS");
    command
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn exits(output: &Output, code: i32) {
    assert_eq!(output.status.code(), Some(code), "{}", text(&output.stderr));
}

#[tokio::test]
async fn what_is_undecided_is_taken_for_what_is_said() {
    let pipeline = Pipeline::start();
    let folder = tempfile::tempdir().unwrap();
    for (scenario, more, code) in [
        ("healthy", &[][..], 0),
        (
            "latency-regression",
            &["--marginal-as", "pass", "--inconclusive-as", "pass"],
            1,
        ),
        ("no-data", &[], 4),
        ("no-data", &["--marginal-as", "pass"], 4),
        ("no-data", &["--inconclusive-as", "pass"], 0),
        ("no-data", &["--inconclusive-as", "fail"], 1),
        ("healthy", &["--marginal-as", "maybe"], 2),
    ] {
        let output = analyze(&pipeline.service.url, scenario, folder.path(), more).output();
        exits(&output.unwrap(), code);
    }
    // One of two metrics is worse: half of the points.
    let half = CHECKOUT.replace("latency_p50{", "cpu{").replace(
        "thresholds: {pass: 90, marginal: 75}",
        "thresholds: {pass: 90, marginal: 50}",
    );
    let pipeline = Pipeline::with(&half);
    for (more, code) in [
        (&[][..], 3),
        (&["--marginal-as", "pass"], 0),
        (&["--marginal-as", "fail"], 1),
    ] {
        let output = analyze(
            &pipeline.service.url,
            "latency-regression",
            folder.path(),
            more,
        )
        .output();
        exits(&output.unwrap(), code);
    }
}

#[tokio::test]
async fn files_say_what_was_found() {
    let pipeline = Pipeline::start();
    let folder = tempfile::tempdir().unwrap();
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let more = [
        "--junit",
        "c.xml",
        "--markdown",
        "c.md",
        "--outputs",
        "c.env",
        "--html",
        "c.html",
        "--format",
        "json",
    ];
    let output = analyze(
        &pipeline.service.url,
        "latency-regression",
        folder.path(),
        &more,
    )
    .output()
    .unwrap();
    exits(&output, 1);
    let scorecard: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(scorecard["verdict"], "fail");
    let outputs = read("c.env");
    let lines: Vec<_> = outputs.lines().collect();
    let link = format!("report_url={}/ui/analyses/", pipeline.service.url);
    assert!(
        matches!(lines.as_slice(), ["verdict=fail", score, id, url]
        if score.starts_with("score=") && id.starts_with("analysis=0") && url.starts_with(&link)),
        "{outputs}"
    );
    assert!(read("c.md").contains(&link["report_url=".len()..]));
    assert!(read("c.xml").contains("<testcase name=\"latency-p50\""));
    assert!(read("c.html").contains("<!DOCTYPE html>"));
}

#[tokio::test]
async fn github_is_told() {
    let pipeline = Pipeline::start();
    let folder = tempfile::tempdir().unwrap();
    let of = |scenario: &str, more: &[&str]| {
        let mut command = analyze(&pipeline.service.url, scenario, folder.path(), more);
        command
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_STEP_SUMMARY", "summary")
            .env("GITHUB_OUTPUT", "output");
        command.output().unwrap()
    };
    std::fs::write(folder.path().join("output"), "earlier=1\n").unwrap();
    let output = of("latency-regression", &[]);
    exits(&output, 1);
    let told = text(&output.stderr);
    let commands: Vec<_> = told.lines().filter(|line| line.starts_with("::")).collect();
    assert!(
        commands[0].starts_with("::error title=shop%3A fail::")
            && commands[0].contains("%0Ahttp://"),
        "{told}"
    );
    assert!(
        commands[1].starts_with("::warning title=latency-p50 +"),
        "{told}"
    );
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert!(
        read("output").starts_with("earlier=1\nverdict=fail\nscore="),
        "{}",
        read("output")
    );
    assert!(
        read("summary").starts_with("### shop: fail"),
        "{}",
        read("summary")
    );

    let output = of("healthy", &[]);
    exits(&output, 0);
    assert!(text(&output.stderr).contains("::notice title=shop%3A pass::"));
    let output = of("healthy", &["--step", "1ms"]);
    exits(&output, 2);
    assert!(
        text(&output.stderr).contains("::error title=no verdict::"),
        "{}",
        text(&output.stderr)
    );

    let mut command = analyze(&pipeline.service.url, "healthy", folder.path(), &[]);
    let output = command.env("GITHUB_ACTIONS", "false").output().unwrap();
    assert!(!text(&output.stderr).contains("::notice"), "not in GitHub");
}

#[tokio::test]
async fn the_token_is_sent_and_never_shown() {
    const TOKEN: &str = "planted-2f6c1d";
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/api/v1/analyses"))
        .and(header("authorization", format!("Bearer {TOKEN}")))
        .respond_with(
            ResponseTemplate::new(403).set_body_json(serde_json::json!({"detail": "not yours"})),
        )
        .expect(2)
        .mount(&server)
        .await;
    let folder = tempfile::tempdir().unwrap();
    let (url, directory) = (server.uri(), folder.path().to_owned());
    let outputs = tokio::task::spawn_blocking(move || {
        let by_environment = analyze(&url, "healthy", &directory, &[])
            .env("SERINUS_TOKEN", TOKEN)
            .output()
            .unwrap();
        let by_argument = analyze(&url, "healthy", &directory, &["--token", TOKEN])
            .output()
            .unwrap();
        let broken = analyze(&url, "healthy", &directory, &["--token", "a\nb"])
            .output()
            .unwrap();
        let help = Command::new(SERINUS)
            .args(["analyze", "--help"])
            .env("SERINUS_TOKEN", TOKEN)
            .output()
            .unwrap();
        [by_environment, by_argument, broken, help]
    });
    let outputs = outputs.await.unwrap();
    for output in &outputs {
        let shown = format!("{}{}", text(&output.stdout), text(&output.stderr));
        assert!(!shown.contains(TOKEN), "{shown}");
    }
    for output in &outputs[..3] {
        exits(output, 2);
    }
    assert!(text(&outputs[0].stderr).contains("not yours"));
}

#[tokio::test]
async fn a_key_is_one_run() {
    let pipeline = Pipeline::start();
    let folder = tempfile::tempdir().unwrap();
    let watch = || {
        let output = Command::new(SERINUS)
            .args([
                "analyze",
                "--application",
                "shop",
                "--config",
                "checkout",
                "--key",
                "build 7",
            ])
            .args([
                "--baseline",
                "baseline",
                "--canary",
                "canary",
                "--location",
                "latency-regression",
            ])
            .args([
                "--duration",
                "40s",
                "--warm-up",
                "1s",
                "--every",
                "20s",
                "--outputs",
                "o",
            ])
            .current_dir(folder.path())
            .env("SERINUS_SERVER", &pipeline.service.url)
            .env_remove("GITHUB_ACTIONS")
            .output()
            .unwrap();
        exits(&output, 1);
        std::fs::read_to_string(folder.path().join("o")).unwrap()
    };
    assert_eq!(watch(), watch());
}

/// Under Kayenta's judge a query that fails fails the run, which then has no scorecard.
#[tokio::test]
async fn a_run_without_a_scorecard_is_no_verdict() {
    let strict = CHECKOUT
        .replace("defaults:", "judge: {name: netflix-aca}\ndefaults:")
        .replace(", mustDetect: 100%", "");
    let pipeline = Pipeline::with(&strict);
    let folder = tempfile::tempdir().unwrap();
    let more = [
        "--outputs",
        "o",
        "--junit",
        "j",
        "--markdown",
        "m",
        "--marginal-as",
        "pass",
    ];
    let output = analyze(&pipeline.service.url, "nowhere", folder.path(), &more)
        .env("GITHUB_ACTIONS", "true")
        .output()
        .unwrap();
    exits(&output, 5);
    let told = text(&output.stderr);
    assert!(told.contains("::error title=no verdict::"), "{told}");
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert!(
        read("o").starts_with("verdict=error\nscore=0\n"),
        "{}",
        read("o")
    );
    assert!(read("j").contains("<error"), "{}", read("j"));
    assert!(
        read("m").starts_with("### shop: no verdict"),
        "{}",
        read("m")
    );
}
