use serinus_simulator::{Exporter, Scenario, history};

use crate::support::{START, canary, releases, samples, sum};

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
        page[format!("http_request_duration_seconds_bucket{{le=\"{bound}\"}}").as_str()]
    });
    assert!(buckets.is_sorted());
    let count = page["http_request_duration_seconds_count"];
    assert!(buckets[0] < count);
    assert_eq!(buckets[11].to_string(), count.to_string());
    assert_eq!(
        sum(&page, "http_requests_total{").to_string(),
        count.to_string()
    );
    let mean = page["http_request_duration_seconds_sum"] / count;
    // the mean of the lognormal distribution is exp(sigma^2 / 2) times its median
    assert!((0.07..0.1).contains(&mean), "{mean}");
}

#[test]
fn a_code_is_absent_until_it_occurs() {
    let mut exporter = Exporter::new(canary(Scenario::Healthy, 33), START);
    assert!(!exporter.render().contains("http_requests_total{"));
    exporter.advance_to(START + 1);
    let page = exporter.render();
    assert!(page.contains("http_requests_total{code=\"200\",method=\"GET\"} "));
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
    assert!(page.contains("process_start_time_seconds 1700000000\n"));
    let page = samples(&page);
    assert!((0.0..40.0).contains(&page["http_requests_in_flight"]));
    let memory = page["process_resident_memory_bytes"];
    assert!(
        (1.8e8..2.9e8).contains(&memory) && memory % 4_096.0 == 0.0,
        "{memory}"
    );
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
    assert_eq!(families.len(), 6);
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
    assert!(text.contains(r#"http_requests_in_flight{job="a\"b\\c\nd"} 0 1700000000"#));
}
