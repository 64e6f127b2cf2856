//! Reports and plots as files.

use reqwest::StatusCode;
use serde_json::{Value, json};
use serinus::{
    analysis::{JudgementRequest, Scorecard, SeriesEvidence, WindowEvidence, judge_samples},
    canary_config::ConfigLibrary,
    report::{self, Plot, Theme},
};

use serinus_judge::{Counted, MetricResult, Outcome, Verdict};

use super::Seeded;

/// A metric that is up by half, with a gap on each side and a spike.
fn scorecard() -> Scorecard {
    judged(|_| {})
}

/// The same, asked for in another way.
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
    change(&mut request);
    let request: JudgementRequest = serde_json::from_value(request).unwrap();
    judge_samples(&request, &ConfigLibrary::default()).unwrap()
}

/// Asks for Kayenta's judge: the metric in the config.
fn as_kayenta(request: &mut Value) -> &mut Value {
    let config = &mut request["config"]["inline"];
    config["judge"] = json!({"name": "netflix-aca"});
    let metric = &mut config["metrics"][0];
    let keys = metric.as_object_mut().unwrap();
    keys.retain(|key, _| !["effect", "limits"].contains(&key.as_str()));
    metric
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
    let scorecard = judged(|request| {
        let metric = as_kayenta(request);
        metric["netflixAca"] = json!({"outliers": {"strategy": "remove"}});
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
fn the_words_of_a_judge_are_no_stores_and_stand_whole() {
    // Two single values, of which one cannot be told to be a shift of the other.
    let scorecard = judged(|request| {
        as_kayenta(request);
        request["config"]["inline"]["defaults"]["minimumSamples"] = json!(1);
        for (side, value) in [("baseline", 1.0), ("canary", 2.0)] {
            request["metrics"]["latency"][side]["values"] = json!([value]);
        }
    });
    let html = report::html(&scorecard);
    let reason =
        "atency cannot be compared: all samples are tied (1 on the baseline, 1 on the canary)";
    // In the verdict, in the table, where it is said what would decide it, and at the metric.
    assert!(html.matches(reason).count() >= 4, "{html}");
    assert!(html.contains("The samples are there, and its judge could not decide by them"));
    let main = html.split("<main").nth(1).unwrap();
    assert!(!main.contains("store"), "{main}");
}

#[test]
fn kayentas_change_is_of_means_and_its_interval_is_a_shift() {
    let scorecard = judged(|request| {
        as_kayenta(request);
    });
    let html = report::html(&scorecard);
    for said in [
        "<dt>Change of the mean</dt><dd>+5",
        "<dt>Estimated shift</dt>",
        "in its unit, by ranks",
        "<dt>Interval of the shift</dt><dd>0.",
    ] {
        assert!(html.contains(said), "{said}: {html}");
    }
    for other in ["Estimated change", "Change of the plain means"] {
        assert!(!html.contains(other), "{other}: {html}");
    }
    let (metric, evidence) = (&scorecard.decision.metrics[0], &scorecard.evidence[0]);
    let svg = report::plot(metric, evidence, Plot::Change, Theme::Light).unwrap();
    assert!(
        svg.contains("<circle class=\"estimate\"") && !svg.contains("<line class=\"interval\""),
        "{svg}"
    );
}

#[test]
fn a_comparison_without_a_level_was_one() {
    let scorecard = judged(|request| {
        as_kayenta(request);
        for side in ["baseline", "canary"] {
            request["metrics"]["latency"][side]["values"] = vec![0.0; 30].into();
        }
    });
    assert_eq!(scorecard.decision.metrics[0].outcome, Outcome::Pass);
    let html = report::html(&scorecard);
    assert!(html.contains("no level to take percents of"), "{html}");
    assert!(!html.contains("not compared"), "{html}");
}

/// What the report says of a run that was not decided, with metrics that failed but were taken for chance.
#[test]
fn what_was_taken_for_chance_is_not_called_undecided() {
    let said = |names: &[&str], required: bool, by_chance: usize| {
        let mut scorecard = scorecard();
        let evidence = scorecard.evidence[0].clone();
        let metric = scorecard.decision.metrics[0].clone();
        let decision = &mut scorecard.decision;
        (decision.verdict, decision.score, decision.coverage) = (Verdict::Inconclusive, 95.0, 0.4);
        decision.groups[0].score = None;
        decision.metrics = (names.iter().enumerate())
            .map(|(place, name)| MetricResult {
                name: (*name).to_owned(),
                outcome: if place < by_chance {
                    Outcome::High
                } else {
                    Outcome::Inconclusive
                },
                counted: Counted::Ignored,
                critical: false,
                critical_failure: false,
                required,
                ..metric.clone()
            })
            .collect();
        scorecard.evidence = vec![evidence; names.len()];
        report::html(&scorecard)
    };
    for (names, required, by_chance, expected) in [
        (
            &["a", "b", "c", "d", "e"][..],
            true,
            0,
            [
                "without a decision on a, b, c and 2 more.",
                "Nothing was decided in quick: ",
            ],
        ),
        (
            &["a"],
            true,
            1,
            [
                "as no run passes on a failure taken for chance, as that of a.",
                "What failed in quick was taken for chance: ",
            ],
        ),
        (
            &["a", "b"],
            true,
            1,
            [
                "without a decision on b, or on a failure taken for chance, as that of a.",
                "What failed in quick was taken for chance: ",
            ],
        ),
        (
            &["a"],
            false,
            1,
            [
                "was not decided, or failed and was taken for chance, and could change the verdict.",
                "What failed in quick was taken for chance: ",
            ],
        ),
    ] {
        let html = said(names, required, by_chance);
        for said in expected {
            assert!(html.contains(said), "{said}: {html}");
        }
    }
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
