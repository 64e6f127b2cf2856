//! One scorecard in all its forms; hostile names stay inert.

use std::process::Command;

use serde_json::Value;
use serinus::{
    analysis::{JudgementRequest, Scorecard, judge_samples},
    canary_config::ConfigLibrary,
    report::{self, Colour},
};

use crate::support::{SERINUS, Service};

/// A scorecard with one metric of each outcome, under the given name for the last of them.
fn scorecard(name: &str) -> Scorecard {
    let values = |scale: f64| {
        (0..30)
            .map(|i| scale * (1.0 + 0.1 * (f64::from(i) * 0.618_034).fract()))
            .collect::<Vec<_>>()
    };
    let side = |values: Vec<f64>| serde_json::json!({"start": "2026-01-14T09:00:00Z", "step": "60s", "values": values});
    let pair = |canary| serde_json::json!({"baseline": side(values(1.0)), "canary": side(canary)});
    let metric = |name: &str, groups: &[&str]| serde_json::json!({"name": name, "groups": groups, "query": "unused"});
    let request = serde_json::json!({
        "application": "shop <b>",
        "config": {"inline": {
            "apiVersion": "serinus/v1", "name": "forms", "defaults": {"account": "none"},
            "metrics": [
                metric("latency", &["quick"]),
                metric("throughput", &["quick"]),
                metric("cpu", &["cheap"]),
                metric("queue", &["cheap"]),
                metric(name, &["cheap"]),
            ],
            "groups": {"quick": 60, "cheap": 40}, "thresholds": {"pass": 90, "marginal": 75},
        }},
        "metrics": {
            "latency": pair(values(1.5)),
            "throughput": pair(values(0.5)),
            "cpu": pair(values(1.003)),
            "queue": pair(Vec::new()),
            name: pair(values(1.0)[..4].to_vec()),
        },
    });
    let request: JudgementRequest = serde_json::from_value(request).unwrap();
    judge_samples(&request, &ConfigLibrary::default()).unwrap()
}

#[test]
fn the_terminal_form() {
    insta::assert_snapshot!(report::text(&scorecard("restarts"), Colour::Never));
}

#[test]
fn the_markdown_form() {
    insta::assert_snapshot!(report::markdown(&scorecard("restarts")));
}

#[test]
fn the_junit_form() {
    insta::assert_snapshot!(report::junit(&scorecard("restarts")).unwrap());
}

#[test]
fn hostile_names_stay_inert() {
    let hostile = "<script>alert(1)</script>|`*_[x](y)\"'&";
    let scorecard = scorecard(hostile);
    let markdown = report::markdown(&scorecard);
    assert!(!markdown.contains("<script>"), "{markdown}");
    assert!(
        markdown.contains(r"&lt;script&gt;alert(1)&lt;/script&gt;\|\`\*\_\[x\](y)"),
        "{markdown}"
    );
    // Every row of the table has as many cells as its head.
    let cells = |line: &str| line.replace(r"\|", "").matches('|').count();
    assert!(
        markdown
            .lines()
            .filter(|line| line.starts_with("| "))
            .take(6)
            .all(|line| cells(line) == 8),
        "{markdown}"
    );

    let xml = report::junit(&scorecard).unwrap();
    let mut reader = quick_xml::Reader::from_str(&xml);
    let mut names = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            quick_xml::events::Event::Eof => break,
            quick_xml::events::Event::Start(tag) | quick_xml::events::Event::Empty(tag) => {
                let name = tag.try_get_attribute("name").unwrap();
                names.extend(name.map(|name| {
                    name.normalized_value(quick_xml::XmlVersion::Implicit1_0)
                        .unwrap()
                        .into_owned()
                }));
            }
            _ => {}
        }
    }
    assert!(names.contains(&hostile.to_owned()), "{names:?}");

    let long = "x".repeat(200);
    let text = report::text(&self::scorecard(&long), Colour::Never);
    assert!(text.contains(&long));
}

/// The commands and the service make every form of one scorecard, so that both say the same, to the letter.
#[tokio::test(flavor = "multi_thread")]
async fn the_service_and_the_command_line_say_the_same() {
    let service = Service::start(
        "{simulator: {enabled: true}, grafana: {url: 'https://grafana.example', dashboard: {uid: d}}}",
    );
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("report.html");
    for (format, form) in [
        ("text", "report.txt"),
        ("markdown", "report.md"),
        ("junit", "report.xml"),
        ("json", "scorecard"),
    ] {
        let output = Command::new(SERINUS)
            .args([
                "analyze",
                "--server",
                &service.url,
                "--application",
                "shop",
                "--config",
                "simulated",
            ])
            .args([
                "--baseline",
                "baseline",
                "--canary",
                "canary",
                "--param",
                "scenario=latency-regression",
            ])
            .args([
                "--start",
                "2026-01-14T09:00:00Z",
                "--end",
                "2026-01-14T10:00:00Z",
            ])
            .args(["--format", format, "--html"])
            .arg(&file)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let list: Value = service
            .get("/api/v1/analyses?limit=1")
            .await
            .json()
            .await
            .unwrap();
        let id = list["analyses"][0]["id"].as_str().unwrap();
        let from_service = async |form: &str| {
            let path = format!("/api/v1/analyses/{id}/{form}");
            service.get(&path).await.text().await.unwrap()
        };
        let (said, kept) = (
            String::from_utf8(output.stdout).unwrap(),
            from_service(form).await,
        );
        if format == "json" {
            let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
            assert_eq!(value(&said), value(&kept));
        } else {
            assert_eq!(said, kept, "{format}");
        }
        let written = std::fs::read_to_string(&file).unwrap();
        // What was compared with what is known to the service alone: a line at the verdict, and a card.
        let without = |html: &str, start: &str, end: &str| match html.split_once(start) {
            Some((before, rest)) => before.to_owned() + rest.split_once(end).unwrap().1,
            None => html.to_owned(),
        };
        let shared = |html: &str| {
            let html = without(html, "<p class=\"about\">", "</p>");
            let facts = "<section class=\"card\" aria-labelledby=\"facts\">";
            assert!(html.contains(facts), "{html}");
            without(&html, facts, "</section>")
        };
        let kept = from_service("report.html").await;
        assert_eq!(shared(&written), shared(&kept));
        assert!(
            kept.contains("<dt>Canary</dt><dd><bdi>canary</bdi>"),
            "{kept}"
        );
        assert!(
            written.contains(&format!("/ui/analyses/{id}")) && written.contains("grafana.example")
        );
    }
}
