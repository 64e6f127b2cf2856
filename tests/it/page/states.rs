//! What a run's page says in each state.

use serde_json::json;

use super::Seeded;
use crate::support::Service;

async fn text(seeded: &Seeded, id: &str) -> String {
    let page = seeded.service.get(&format!("/ui/analyses/{id}")).await;
    page.text().await.unwrap()
}

#[tokio::test]
async fn a_page_says_what_came_out_why_and_what_to_do() {
    let seeded = Seeded::start().await;
    for (id, said) in [
        (
            &seeded.passed,
            [
                "> pass</span>",
                "What to do: <strong>promote</strong>",
                "Score 100 reaches the pass threshold 90.",
            ],
        ),
        (
            &seeded.failed,
            [
                "> fail</span>",
                "What to do: <strong>roll back</strong>",
                "latency-p99 is up 45.7\u{a0}% (allowed 10\u{a0}%)",
            ],
        ),
        (
            &seeded.inconclusive,
            [
                "> inconclusive</span>",
                "What to do: <strong>hold</strong>",
                "Undecided, and what would decide it",
            ],
        ),
        (
            &seeded.queued,
            [
                "> pending</span>",
                "What to do: <strong>wait</strong>",
                "the verdict is expected about <time",
            ],
        ),
        (
            &seeded.running,
            [
                "> pending</span>",
                "0 of 2 queries are answered",
                "http-equiv=\"refresh\"",
            ],
        ),
        (
            &seeded.watched,
            [
                "> pass</span>",
                "3 of 3 looks</h2>",
                "What to do: <strong>promote</strong>",
            ],
        ),
        (
            &seeded.cancelled,
            [
                "> cancelled</span>",
                "What to do: <strong>hold</strong>",
                "the run was cancelled",
            ],
        ),
        (
            &seeded.broken,
            [
                "> failed</span>",
                "What to do: <strong>hold</strong>",
                "Nothing was decided about this release",
            ],
        ),
    ] {
        let page = text(&seeded, id).await;
        for said in said {
            assert!(page.contains(said), "{said}: {page}");
        }
    }
}

#[tokio::test]
async fn a_look_shows_what_it_found_then() {
    let seeded = Seeded::start().await;
    let id = &seeded.watched;
    let page = text(&seeded, &format!("{id}?look=1")).await;
    for said in [
        "This is what look 1 found at",
        &format!("href=\"/ui/analyses/{id}\">what came out"),
        // 20 minutes of the hour.
        "2026-01-14 09:00:00 UTC</time> to <time datetime=\"2026-01-14T09:20:00Z\"",
        &format!("/ui/analyses/{id}/metrics/latency-p99?look=1"),
        "Score at each of 3 looks: look 1: pass, 100; look 2: pass, 100; look 3: pass, 100",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let metric = text(&seeded, &format!("{id}/metrics/latency-p99?look=1")).await;
    assert!(
        metric.contains("Change of latency-p99, look 1: "),
        "{metric}"
    );
    let unknown = seeded
        .service
        .get(&format!("/ui/analyses/{id}?look=9"))
        .await;
    assert_eq!(unknown.status(), 404);
    // The last look is the run's end.
    let last = text(&seeded, &format!("{id}?look=3")).await;
    assert!(!last.contains("This is what look"), "{last}");
}

#[tokio::test]
async fn what_has_ended_is_no_longer_collected() {
    let service = Service::start(
        "{accounts: {late: {type: prometheus, url: \"http://127.0.0.1:9\", limits: {settlingDelay: 1h}}}}",
    );
    let now = jiff::Timestamp::now();
    let minutes = jiff::SignedDuration::from_mins;
    for (end, said) in [
        (now + minutes(30), "Collecting until <time"),
        (now - minutes(10), "Collecting; the verdict is expected"),
    ] {
        let mut request = super::named("healthy", "shop");
        let query = "latency{app=\"${scope}\"}";
        request["window"] = json!({"start": now - minutes(70), "end": end});
        request["config"] = json!({"inline": {
            "apiVersion": "serinus/v1", "name": "inline", "defaults": {"account": "late"},
            "metrics": [{"name": "latency", "groups": ["all"], "query": query}],
            "groups": {"all": 100}, "thresholds": {"pass": 90, "marginal": 75},
        }});
        let started = service.post("/api/v1/analyses", &request).await;
        let id = super::id(&started.json().await.unwrap());
        let page = service.get(&format!("/ui/analyses/{id}")).await;
        let page = page.text().await.unwrap();
        assert!(page.contains(said), "{said}: {page}");
    }
}

#[tokio::test]
async fn a_guardrail_says_whether_it_was_crossed() {
    let seeded = Seeded::start().await;
    let page = text(&seeded, &seeded.guarded).await;
    for said in [
        "more than 3 times the baseline for 3m where above 0.01",
        "✕ crossed: <bdi>error-ratio was ",
        "above 2 for 5m",
        "✓ not crossed",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
}

#[tokio::test]
async fn of_many_metrics_those_that_passed_are_folded_away() {
    let seeded = Seeded::start().await;
    let page = text(&seeded, &seeded.large).await;
    let (open, folded) = page.split_once("<details id=\"passed\">").unwrap();
    assert!(open.contains(">metric-40</bdi>") && !open.contains(">metric-41</bdi>"));
    assert!(folded.contains("89 metrics passed") && folded.contains(">metric-41</bdi>"));
}

#[tokio::test]
async fn a_config_shows_its_versions_and_what_is_wrong_with_it() {
    let service = Service::simulated();
    let config = |direction: &str| {
        serde_json::json!({
            "apiVersion": "serinus/v1", "name": "stored", "defaults": {"account": "elsewhere"},
            "metrics": [{"name": "latency", "groups": ["all"], "direction": direction, "query": "latency{app=\"${scope}\"}"}],
            "groups": {"all": 100}, "thresholds": {"pass": 90, "marginal": 75},
        })
    };
    let client = reqwest::Client::new();
    for direction in ["increase", "either"] {
        let request = client.put(format!("{}/api/v1/configs/stored", service.url));
        let answer = request.json(&config(direction)).send().await.unwrap();
        assert!(answer.status().is_success(), "{:?}", answer.text().await);
    }
    let page = service
        .get("/ui/configs/stored")
        .await
        .text()
        .await
        .unwrap();
    assert_eq!(
        page.matches("/api/v1/configs/stored/history/").count(),
        2,
        "{page}"
    );
    assert_eq!(page.matches("in use").count(), 1, "{page}");
    assert!(
        page.contains("This service has no account <bdi>elsewhere</bdi>"),
        "{page}"
    );
    let ready_made = service
        .get("/ui/configs/simulated")
        .await
        .text()
        .await
        .unwrap();
    assert!(
        ready_made.contains("Nothing is wrong with it."),
        "{ready_made}"
    );
    assert!(!ready_made.contains("id=\"history\""), "{ready_made}");
}

#[tokio::test]
async fn what_the_groups_add_is_the_score() {
    let seeded = Seeded::start().await;
    let page = text(&seeded, &seeded.failed).await;
    let adds: Vec<f64> = page
        .split("<td class=\"n\">= ")
        .skip(1)
        .filter_map(|rest| rest.split('<').next()?.parse().ok())
        .collect();
    assert_eq!(format!("{adds:?}"), "[40.0, 0.0, 20.0]");
    assert!(page.contains("<strong>60</strong> of 100"));
    assert!(page.contains("Sum</th><td class=\"n\">60</td>"), "{page}");
}

#[tokio::test]
async fn a_metric_shows_its_queries_and_numbers() {
    let seeded = Seeded::start().await;
    let path = format!("/ui/analyses/{}/metrics/latency-p99", seeded.failed);
    let page = seeded.service.get(&path).await.text().await.unwrap();
    for said in [
        "latency_p99{scenario=&quot;latency-regression&quot;,role=&quot;baseline&quot;}",
        "+43.1 % to +48.3 %",
        "up to +10 %",
        "Smallest visible change",
        "both sides cover the same clock times",
        "data-copy=\"q-0-b-0\"",
        "rel=\"prev\"",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
}

#[tokio::test]
async fn what_a_store_says_is_told_once_and_the_window_is_the_one_asked_for() {
    let service = Service::start(
        "{runs: {attempts: 1}, accounts: {gone: {type: prometheus, url: \"http://127.0.0.1:9\", limits: {timeout: 2s}}}}",
    );
    let mut request = super::named("healthy", "shop");
    let metric =
        |name: &str| json!({"name": name, "groups": ["all"], "query": "latency{app=\"${scope}\"}"});
    request["config"] = json!({"inline": {
        "apiVersion": "serinus/v1", "name": "inline", "defaults": {"account": "gone"},
        "metrics": [metric("one"), metric("two"), metric("three")],
        "groups": {"all": 100}, "thresholds": {"pass": 90, "marginal": 75},
    }});
    let run = service.analyse(&request).await;
    assert_eq!(run["verdict"], "inconclusive", "{run:#}");
    let path = format!("/ui/analyses/{}", super::id(&run));
    let page = service.get(&path).await.text().await.unwrap();
    assert_eq!(page.matches("127.0.0.1:9").count(), 1, "{page}");
    for said in [
        "What the store said",
        "no samples",
        "2026-01-14 09:00:00 UTC</time> to <time datetime=\"2026-01-14T10:00:00Z\"",
        "not compared",
        "Nothing was decided: ",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
}

#[tokio::test]
async fn a_score_of_what_little_was_decided_is_no_result() {
    let service = Service::simulated();
    let mut request = super::named("healthy", "shop");
    let query = "latency_p99{scenario=\"healthy\",role=\"${scope}\"}";
    request["config"] = json!({"inline": {
        "apiVersion": "serinus/v1", "name": "inline", "defaults": {"account": "simulator"},
        "metrics": [
            {"name": "latency", "groups": ["known"], "query": query},
            {"name": "slow", "groups": ["open"], "critical": true, "query": query, "minimumWork": {"query": query, "atLeast": 1000000}},
        ],
        "groups": {"known": 40, "open": 20}, "thresholds": {"pass": 90, "marginal": 75},
    }});
    let run = service.analyse(&request).await;
    assert_eq!(run["verdict"], "inconclusive", "{run:#}");
    let path = format!("/ui/analyses/{}", super::id(&run));
    let page = service.get(&path).await.text().await.unwrap();
    for said in [
        "of the 66.7\u{a0}% that was decided: <strong>100</strong>",
        "It is no pass, as no run passes without a decision on slow.",
        "Nothing was decided in open: the other groups share the 100 points by their weights.",
        "its weight: 40",
        "The config asks for at least 1000000 on each side, counted by latency_p99{",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
}

#[tokio::test]
async fn change_dot_and_sentence_tell_of_one_estimate() {
    let service = Service::simulated();
    let run = service
        .analyse(&super::named("latency-spikes", "shop"))
        .await;
    let path = format!("/ui/analyses/{}", super::id(&run));
    let page = service.get(&path).await.text().await.unwrap();
    // The plain means are more than twice as far apart.
    for said in [
        "latency-p99 is up 20.9\u{a0}% (allowed 10\u{a0}%)",
        "<td class=\"n\" role=\"cell\">+20.9 %<small>+8.7 % to +34.6 %</small>",
        "aria-label=\"change +20.9 %, interval +8.7 % to +34.6 %, allowed up to +10 %\"",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(!page.contains("+54.6 %"), "{page}");
    let metric = format!("{path}/metrics/latency-p99");
    let metric = service.get(&metric).await.text().await.unwrap();
    assert!(
        metric.contains("<dt>Change of the plain means</dt><dd>+54.6 % "),
        "{metric}"
    );
}

#[tokio::test]
async fn under_kayentas_judge_looks_show_the_change_of_the_mean() {
    let service = Service::simulated();
    let mut request = super::named("latency-regression", "shop");
    let query = "latency_p99{scenario=\"latency-regression\",role=\"${scope}\"}";
    request["looks"] = json!({"every": "20m"});
    request["config"] = json!({"inline": {
        "apiVersion": "serinus/v1", "name": "inline", "defaults": {"account": "simulator"}, "judge": {"name": "netflix-aca"},
        "metrics": [
            {"name": "latency", "groups": ["all"], "direction": "decrease", "query": query},
        ],
        "groups": {"all": 100}, "thresholds": {"pass": 90, "marginal": 75},
    }});
    let run = service.analyse(&request).await;
    let path = format!("/ui/analyses/{}", super::id(&run));
    let metric = format!("{path}/metrics/latency");
    let metric = service.get(&metric).await.text().await.unwrap();
    for said in [
        "the change of the mean, as each look saw it",
        "<dt>Change of the mean</dt><dd>+4",
        "aria-label=\"change +4",
    ] {
        assert!(metric.contains(said), "{said}: {metric}");
    }
    assert!(!metric.contains("interval +"), "{metric}");
    // Nothing is drawn that the legend would explain.
    let page = service.get(&path).await.text().await.unwrap();
    assert!(!page.contains("interval the change lies in"), "{page}");
}
