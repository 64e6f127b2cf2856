use serinus_simulator::{Exporter, Pod, Scenario, history};

use crate::support::{START, assert_close, canary, releases, samples, sum};

const BOUNDS: [&str; 12] = [
    "0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1.0", "2.5", "5.0", "10.0", "+Inf",
];

#[test]
fn counters_never_fall() {
    let mut exporter = Exporter::new(canary(Scenario::ErrorSpike, 31), START);
    let mut before = exporter.render();
    for now in (START..START + 300).step_by(10) {
        exporter.advance_to(now);
        let after = exporter.render();
        let [old, new] = [&before, &after].map(|page| samples(page));
        let counters = old.iter().filter(|(series, _)| {
            ["_total", "_bucket", "_sum", "_count"]
                .iter()
                .any(|end| series.split('{').next().unwrap().ends_with(end))
        });
        for (series, value) in counters {
            assert!(new[series] >= *value, "{series}");
        }
        before = after;
    }
    assert!(sum(&samples(&before), "http_requests_total") > 10_000.0);
}

#[test]
fn buckets_are_cumulative_and_end_at_the_count() {
    let mut exporter = Exporter::new(canary(Scenario::LatencyRegression, 32), START);
    exporter.advance_to(START + 600);
    let page = exporter.render();
    let page = samples(&page);
    let buckets = BOUNDS.map(|bound| {
        let prefix = format!("http_request_duration_seconds_bucket{{le=\"{bound}\"");
        sum(&page, &prefix)
    });
    assert!(buckets.is_sorted());
    let count = sum(&page, "http_request_duration_seconds_count");
    assert!(buckets[0] < count);
    assert_eq!(buckets[11].to_string(), count.to_string());
    assert_eq!(
        sum(&page, "http_requests_total{").to_string(),
        count.to_string()
    );
    let mean = sum(&page, "http_request_duration_seconds_sum") / count;
    // the mean of the lognormal distribution is exp(sigma^2 / 2) times its median
    assert!((0.07..0.1).contains(&mean), "{mean}");
}

#[test]
fn a_code_is_absent_until_it_occurs() {
    let mut exporter = Exporter::new(canary(Scenario::Healthy, 33), START);
    assert!(!exporter.render().contains("http_requests_total{"));
    exporter.advance_to(START + 1);
    let page = exporter.render();
    let ok = r#"http_requests_total{code="200",method="GET",region="us",pod="canary-us-2"} "#;
    assert!(page.contains(ok));
    assert!(!page.contains("code=\"503\""));
    exporter.advance_to(START + 600);
    let page = exporter.render();
    assert!(page.contains("code=\"500\"") && page.contains("code=\"503\""));
}

#[test]
fn start_time_and_gauges_are_exported() {
    let mut exporter = Exporter::new(canary(Scenario::Healthy, 34), START);
    exporter.advance_to(START + 60);
    let page = exporter.render();
    let page = samples(&page);
    assert!((0.0..40.0).contains(&sum(&page, "http_requests_in_flight")));
    for pod in Pod::ALL {
        let place = format!("{{region=\"{}\",pod=\"canary-{pod}\"}}", pod.region());
        let of = |name: &str| page[format!("{name}{place}").as_str()];
        assert_close(of("process_start_time_seconds"), START as f64, 0.0);
        let memory = of("process_resident_memory_bytes");
        assert!(
            (1.7e8..3e8).contains(&memory) && memory % 4_096.0 == 0.0,
            "{memory}"
        );
    }
}

#[test]
fn a_mute_canary_exports_nothing() {
    let mut exporter = Exporter::new(canary(Scenario::NoData, 35), START);
    exporter.advance_to(START + 60);
    assert_eq!(exporter.render(), "");

    let [baseline, canary] = releases(Scenario::NoData, 35);
    let text = history(&[("old", baseline), ("new", canary)], START, START + 60, 15);
    assert!(text.contains("job=\"old\"") && !text.contains("job=\"new\""));
}

#[test]
fn history_keeps_families_together_and_series_in_time_order() {
    let jobs = releases(Scenario::ErrorSpike, 36).map(|release| (release.role.name(), release));
    let text = history(&jobs, START, START + 300, 15);
    let mut families = Vec::new();
    let mut latest = std::collections::BTreeMap::new();
    for line in text.lines() {
        if let Some(header) = line.strip_prefix("# TYPE ") {
            let name = header.split(' ').next().unwrap();
            assert!(!families.contains(&name), "{name} is split");
            families.push(name);
        } else if !line.starts_with('#') {
            assert!(line.starts_with(families.last().unwrap()), "{line}");
            let (sample, at) = line.rsplit_once(' ').unwrap();
            let series = sample.rsplit_once(' ').unwrap().0;
            let at: i64 = at.parse().unwrap();
            assert!(
                latest.insert(series, at).is_none_or(|before| before < at),
                "{line}"
            );
        }
    }
    assert_eq!(families.len(), 9);
    assert!(
        families.contains(&"http_requests"),
        "a counter's family has no _total"
    );
    assert_eq!(text.matches("# EOF").count(), 1);
    assert!(text.ends_with("\n# EOF\n"));
}

#[test]
fn job_names_are_escaped() {
    let [baseline, _] = releases(Scenario::Healthy, 37);
    let text = history(&[("a\"b\\c\nd", baseline)], START, START, 15);
    assert!(text.contains(
        r#"http_requests_in_flight{job="a\"b\\c\nd",region="eu",pod="baseline-eu-0"} 0 1700000000"#
    ));
}

#[test]
fn a_replaced_process_counts_anew_under_its_pods_name() {
    let mut exporter = Exporter::new(canary(Scenario::CounterResets, 38), START);
    exporter.advance_to(START + 599);
    let before = exporter.render();
    // each process is replaced once in ten minutes, ten times a hundred seconds from one to the next
    exporter.advance_to(START + 1_200);
    let after = exporter.render();
    let [before, after] = [&before, &after].map(|page| samples(page));
    for (series, value) in &before {
        if series.starts_with("http_request_duration_seconds_count") {
            assert!(after[series] < 1.3 * value, "{series}");
        }
        if series.starts_with("process_start_time_seconds") {
            assert!(after[series] > *value, "{series}");
        }
    }
}

#[test]
fn a_pod_that_is_down_is_not_on_the_page() {
    let mut exporter = Exporter::new(canary(Scenario::CrashLoop, 39), START);
    let mut seen = std::collections::BTreeSet::new();
    for now in START..START + 300 {
        exporter.advance_to(now);
        let page = exporter.render();
        seen.insert(
            samples(&page)
                .keys()
                .filter(|key| key.starts_with("process_start"))
                .count(),
        );
    }
    // down for 60 seconds each, 50 seconds apart
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), [4, 5]);
}

#[test]
fn a_canary_appears_with_its_deployment() {
    let release = canary(Scenario::Healthy, 40).deployed_at(START + 60);
    let mut exporter = Exporter::new(release, START);
    exporter.advance_to(START + 60);
    assert_eq!(exporter.render(), "");
    exporter.advance_to(START + 61);
    let page = exporter.render();
    assert!(
        page.contains("process_start_time_seconds{region=\"eu\",pod=\"canary-eu-0\"} 1700000060\n")
    );
}
