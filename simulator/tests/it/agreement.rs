//! Series, exporter and history are three views of the same seconds.

use serinus_simulator::{Exporter, MAX_CATCH_UP, Scenario, Signal, history};

use crate::support::{START, assert_close, canary, releases, samples, sum};

const FAILED: &str = "http_requests_total{code=\"5";

#[test]
fn increases_of_rendered_counters_are_the_series() {
    for scenario in Scenario::ALL {
        let [baseline, canary] = releases(scenario, 21);
        for release in [baseline, canary] {
            let value = |signal, at, step| match release.series(signal, at, at, step)[..] {
                [(when, value)] => {
                    assert_eq!(when, at);
                    Some(value)
                }
                [] => None,
                ref more => panic!("{more:?}"),
            };
            let mut exporter = Exporter::new(release, START);
            let mut before = exporter.render();
            // uneven scrapes
            for (at, step) in [(START + 15, 15), (START + 75, 60), (START + 375, 300)] {
                exporter.advance_to(at);
                let after = exporter.render();
                let [old, new] = [&before, &after].map(|page| samples(page));
                let increase = |prefix| sum(&new, prefix) - sum(&old, prefix);
                match value(Signal::Requests, at, step) {
                    None => assert_eq!(after, "", "{scenario}"),
                    Some(requests) => {
                        let counted = increase("http_requests_total");
                        assert_close(counted, requests, 0.0);
                        assert_close(
                            increase("http_request_duration_seconds_count"),
                            requests,
                            0.0,
                        );
                        let rate = value(Signal::RequestRate, at, step).unwrap();
                        assert_close(counted / f64::from(step), rate, 1e-12);
                        let cpu = value(Signal::Cpu, at, step).unwrap();
                        assert_close(increase("process_cpu_seconds") / f64::from(step), cpu, 1e-9);
                        if let Some(ratio) = value(Signal::ErrorRatio, at, step) {
                            assert_close(increase(FAILED) / counted, ratio, 1e-12);
                        }
                    }
                }
                before = after;
            }
        }
    }
}

#[test]
fn rendered_buckets_bracket_the_percentiles_of_the_series() {
    for scenario in [Scenario::Healthy, Scenario::LatencyRegression] {
        let release = canary(scenario, 22);
        let mut exporter = Exporter::new(release, START);
        exporter.advance_to(START + 600);
        let page = exporter.render();
        let page = samples(&page);
        let below = |bound: &str| {
            page[format!("http_request_duration_seconds_bucket{{le=\"{bound}\"}}").as_str()]
        };
        for (signal, share) in [(Signal::LatencyP50, 0.5), (Signal::LatencyP99, 0.99)] {
            let points = release.series(signal, START + 600, START + 600, 600);
            let value = points[0].1;
            let rank = share * below("+Inf");
            for bound in ["0.025", "0.05", "0.1", "0.25", "0.5", "1.0"] {
                let within = value <= bound.parse().unwrap();
                assert_eq!(
                    below(bound) >= rank,
                    within,
                    "{scenario} {signal} {value} {bound}"
                );
            }
        }
    }
}

#[test]
fn rendered_memory_averages_to_the_series() {
    let release = canary(Scenario::Healthy, 23);
    let mut exporter = Exporter::new(release, START);
    let mut total = 0.0;
    for now in START + 1..=START + 300 {
        exporter.advance_to(now);
        total += samples(&exporter.render())["process_resident_memory_bytes"];
    }
    let points = release.series(Signal::Memory, START + 300, START + 300, 300);
    assert_close(total / 300.0, points[0].1, 1e-12);
}

#[test]
fn history_is_what_scrapes_of_an_exporter_find() {
    let release = canary(Scenario::ErrorSpike, 24);
    let text = history(&[("web", release)], START, START + 120, 60);
    let mut exporter = Exporter::new(release, START);
    let mut scraped = 0;
    for now in [START, START + 60, START + 120] {
        exporter.advance_to(now);
        for line in exporter
            .render()
            .lines()
            .filter(|line| !line.starts_with('#'))
        {
            let (series, value) = line.rsplit_once(' ').unwrap();
            let stamped = match series.split_once('{') {
                Some((name, labels)) => format!("\n{name}{{job=\"web\",{labels} {value} {now}\n"),
                None => format!("\n{series}{{job=\"web\"}} {value} {now}\n"),
            };
            assert!(text.contains(&stamped), "{stamped}");
            scraped += 1;
        }
    }
    assert_eq!(
        text.lines().filter(|line| !line.starts_with('#')).count(),
        scraped
    );
}

#[test]
fn an_exporter_catches_up_in_bounded_calls_and_never_goes_back() {
    let mut exporter = Exporter::new(canary(Scenario::LowTraffic, 25), START);
    exporter.advance_to(START - 100);
    assert_eq!(exporter.now(), START);
    let day = START + 86_400;
    for hours in [6, 12, 18, 24] {
        exporter.advance_to(day);
        assert_eq!(exporter.now(), START + hours * 3_600);
        assert_eq!(MAX_CATCH_UP, 6 * 3_600);
    }
    let before = exporter.render();
    exporter.advance_to(START);
    exporter.advance_to(i64::MIN);
    assert_eq!(exporter.now(), day);
    assert_eq!(exporter.render(), before);
}
