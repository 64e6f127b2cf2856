//! Reports and plots as files.

use reqwest::StatusCode;
use serde_json::{Value, json};
use serinus::{
    analysis::{JudgementRequest, Scorecard, SeriesEvidence, WindowEvidence, judge_samples},
    canary_config::ConfigLibrary,
    report::{self, Plot, Theme},
};

use super::Seeded;

/// A metric that is up by half, with a gap on each side and a spike.
fn scorecard() -> Scorecard {
    judged(|_| {})
}

/// The same under another config.
fn judged(change: impl FnOnce(&mut Value)) -> Scorecard {
    let values = |scale: f64, gap: usize| {
        (0..30_u8)
            .map(|i| {
                let value = scale * (1.0 + 0.1 * (f64::from(i) * 0.618_034).fract());
                let spike = if i == 20 { 3.0 } else { 1.0 };
                (usize::from(i) / 3 != gap).then_some(value * spike)
            })
            .collect::<Vec<_>>()
    };
    let side = |values| json!({"start": "2026-01-14T09:00:00Z", "step": "60s", "values": values});
    let mut request = json!({
        "application": "shop",
        "config": {"inline": {
            "apiVersion": "serinus/v1", "name": "plots", "defaults": {"account": "none"},
            "metrics": [{"name": "latency", "groups": ["quick"], "direction": "increase", "query": "unused",
                         "effect": {"allowed": "10%"}, "limits": {"above": 2}}],
            "groups": {"quick": 100}, "thresholds": {"pass": 90, "marginal": 75},
        }},
        "metrics": {"latency": {"baseline": side(values(1.0, 2)), "canary": side(values(1.5, 5))}},
    });
    change(&mut request["config"]["inline"]);
    let request: JudgementRequest = serde_json::from_value(request).unwrap();
    judge_samples(&request, &ConfigLibrary::default()).unwrap()
}

fn drawn(plot: Plot, theme: Theme) -> String {
    let scorecard = scorecard();
    report::plot(
        &scorecard.decision.metrics[0],
        &scorecard.evidence[0],
        plot,
        theme,
    )
    .unwrap()
}

#[test]
fn both_sides_over_time() {
    insta::assert_snapshot!(drawn(Plot::Time, Theme::Light));
}

#[test]
fn outliers_that_were_taken_away_are_crossed_out() {
    let scorecard = judged(|config| {
        config["judge"] = json!({"name": "netflix-aca"});
        let metric = config["metrics"][0].as_object_mut().unwrap();
        metric.retain(|key, _| !["effect", "limits"].contains(&key.as_str()));
        metric.insert(
            "netflixAca".to_owned(),
            json!({"outliers": {"strategy": "remove"}}),
        );
    });
    let metric = &scorecard.decision.metrics[0];
    let svg = report::plot(metric, &scorecard.evidence[0], Plot::Time, Theme::Light).unwrap();
    // Both sides have one spike, of two strokes each, and one gap.
    for class in ["removed baseline", "removed canary"] {
        assert_eq!(
            svg.matches(&format!("class=\"{class}\"")).count(),
            2,
            "{svg}"
        );
    }
    assert_eq!(svg.matches("class=\"missing ").count(), 2, "{svg}");
    assert!(
        report::html(&scorecard).contains("crosses: 2 outliers, taken away before the comparison")
    );
}

#[test]
fn replicas_and_earlier_windows_lie_under_the_sides() {
    let mut scorecard = scorecard();
    let evidence = &mut scorecard.evidence[0];
    let hour = jiff::SignedDuration::from_hours(1);
    evidence.canary.start += hour;
    for number in 1..=3 {
        let values = evidence.baseline.values.clone();
        evidence.canary.series.push(SeriesEvidence {
            name: format!("pod-{number}"),
            values: values.clone(),
        });
        evidence.history.push(WindowEvidence {
            start: evidence.baseline.start - hour * number,
            step_millis: 60_000,
            values,
        });
    }
    let metric = &scorecard.decision.metrics[0];
    let svg = report::plot(metric, &scorecard.evidence[0], Plot::Time, Theme::Light).unwrap();
    let lines = |class: &str| svg.matches(&format!("<path class=\"{class}\"")).count();
    assert_eq!(
        ["history", "canary replica", "baseline", "canary"].map(lines),
        [3, 3, 1, 1]
    );
    // Windows that lie apart are laid over each other, each from its own start.
    assert!(svg.contains(">+30 min</text>"), "{svg}");
    // A gap of three samples breaks each of the lines.
    let path = svg.split("<path class=\"canary\" d=\"").nth(1).unwrap();
    assert_eq!(path.split('"').next().unwrap().matches('M').count(), 2);

    // Samples beyond counting are thinned before they are drawn.
    scorecard.evidence[0].canary.values = (0..50_000).map(|i| Some(f64::from(i % 13))).collect();
    let metric = &scorecard.decision.metrics[0];
    let svg = report::plot(metric, &scorecard.evidence[0], Plot::Time, Theme::Light).unwrap();
    assert!(svg.len() < 60_000, "{}", svg.len());
}

#[test]
fn both_distributions() {
    insta::assert_snapshot!(drawn(Plot::Distribution, Theme::Dark));
}

#[test]
fn the_change_against_what_is_allowed() {
    insta::assert_snapshot!(drawn(Plot::Change, Theme::Auto));
}

#[test]
fn the_report_in_one_file() {
    let html = report::html(&scorecard());
    let main = html
        .split("<main")
        .nth(1)
        .unwrap()
        .split("</main>")
        .next()
        .unwrap();
    insta::assert_snapshot!(main.replace("><", ">\n<"));
    // Whatever it loads would have an address.
    assert!(
        !html.contains("<link rel=\"stylesheet\"") && !html.contains(" src="),
        "{html}"
    );
}

#[tokio::test]
async fn a_run_has_its_report_in_every_form() {
    let seeded = Seeded::start().await;
    let service = &seeded.service;
    let path = |id: &str, form: &str| format!("/api/v1/analyses/{id}/report.{form}");
    for (form, content_type, beginning) in [
        ("html", "text/html; charset=utf-8", "<!DOCTYPE html>"),
        ("txt", "text/plain; charset=utf-8", "FAIL  score 60"),
        ("md", "text/markdown; charset=utf-8", "### checkout: fail"),
        ("xml", "application/xml", "<?xml"),
    ] {
        let response = service.get(&path(&seeded.failed, form)).await;
        assert_eq!(response.headers()["content-type"], content_type);
        let text = response.text().await.unwrap();
        assert!(text.starts_with(beginning), "{text}");
    }
    let unknown = service.get(&path(&seeded.failed, "pdf")).await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
    let queued = service.get(&path(&seeded.queued, "html")).await;
    assert_eq!(queued.status(), StatusCode::CONFLICT);
    for (query, status) in [
        ("", 200),
        ("?plot=change&theme=dark", 200),
        ("?plot=pie", 400),
    ] {
        let path = format!("/api/v1/analyses/{}/metrics/cpu.svg{query}", seeded.failed);
        assert_eq!(service.get(&path).await.status(), status, "{query}");
    }
    let nothing = format!("/api/v1/analyses/{}/metrics/nothing.svg", seeded.failed);
    assert_eq!(service.get(&nothing).await.status(), StatusCode::NOT_FOUND);
}
