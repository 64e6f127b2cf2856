//! Series, exporter and history are three views of the same seconds.

use std::collections::BTreeMap;

use serinus_simulator::{
    Exporter, MAX_CATCH_UP, Part, Pod, Region, Release, Scenario, Signal, history,
};

use crate::support::{START, assert_close, canary, releases, samples, sum};

/// Requests, their durations, the failed ones, the repeated ones, CPU time, and garbage collection.
const COUNTERS: [&str; 6] = [
    "http_requests_total",
    "http_request_duration_seconds_count",
    "http_requests_total{code=\"5",
    "http_requests_retried_total",
    "process_cpu_seconds_total",
    "jvm_gc_collection_seconds_sum",
];

/// The one value of a part of a release at `at`, over the `step` seconds before.
fn value(release: Release, part: Part, signal: Signal, at: i64, step: u32) -> Option<f64> {
    match release.series_of(part, signal, at, at, step)[..] {
        [(when, value)] => {
            assert_eq!(when, at);
            Some(value)
        }
        [] => None,
        ref more => panic!("{more:?}"),
    }
}

fn parts() -> Vec<Part> {
    let regions = Region::ALL.map(Part::Region);
    let pods = Pod::ALL.map(Part::Pod);
    [&[Part::Whole][..], &regions, &pods].concat()
}

/// Whether the labels of a sample are those of a pod in this part.
fn within(part: Part, series: &str) -> bool {
    let pod = Pod::ALL.into_iter().find(|pod| {
        series.contains(&format!("region=\"{}\"", pod.region()))
            && series.ends_with(&format!("-{pod}\"}}"))
    });
    part.contains(pod.unwrap())
}

/// How much the counters of a part rose between two pages; a process that has started meanwhile counts from zero.
fn increase(part: Part, before: &str, after: &str, prefix: &str) -> f64 {
    let [old, new] = [before, after].map(samples);
    let started = |page: &BTreeMap<&str, f64>, series: &str| {
        let place = &series[series.find("region=").unwrap()..];
        let key = format!("process_start_time_seconds{{{place}");
        page.get(key.as_str()).map(|start| start.to_bits())
    };
    let rises = new
        .iter()
        .filter(|(series, _)| series.starts_with(prefix) && within(part, series))
        .map(|(series, value)| {
            let same = started(&old, series) == started(&new, series);
            value
                - if same {
                    old.get(series).copied().unwrap_or(0.0)
                } else {
                    0.0
                }
        });
    rises.sum()
}

#[test]
fn increases_of_rendered_counters_are_the_series() {
    for scenario in Scenario::ALL {
        let [baseline, canary] = releases(scenario, 21);
        // the baseline is the same in every scenario
        let baseline = (scenario == Scenario::Healthy).then_some(baseline);
        for release in baseline.into_iter().chain([canary]) {
            let mut exporter = Exporter::new(release, START);
            let mut before = exporter.render();
            // uneven scrapes
            for (at, step) in [(START + 15, 15), (START + 75, 60), (START + 255, 180)] {
                let mut risen = vec![[0.0; 6]; parts().len()];
                // a look at every second, as processes may end between two scrapes
                for now in at - i64::from(step) + 1..=at {
                    exporter.advance_to(now);
                    let after = exporter.render();
                    for (risen, part) in risen.iter_mut().zip(parts()) {
                        for (sum, prefix) in risen.iter_mut().zip(COUNTERS) {
                            *sum += increase(part, &before, &after, prefix);
                        }
                    }
                    before = after;
                }
                for ([requests, durations, failed, retried, cpu, pauses], part) in
                    risen.into_iter().zip(parts())
                {
                    let value = |signal| value(release, part, signal, at, step);
                    let Some(expected) = value(Signal::Requests) else {
                        assert_close(requests, 0.0, 0.0);
                        continue;
                    };
                    let width = f64::from(step);
                    assert_close(requests, expected, 0.0);
                    assert_close(durations, expected, 0.0);
                    assert_close(requests / width, value(Signal::RequestRate).unwrap(), 1e-12);
                    assert_close(failed, value(Signal::Errors).unwrap(), 0.0);
                    assert_close(retried, value(Signal::Retries).unwrap(), 0.0);
                    if let Some(ratio) = value(Signal::ErrorRatio) {
                        assert_close(failed / requests, ratio, 1e-12);
                    }
                    if scenario != Scenario::CrashLoop {
                        // all pods were up all the time
                        let pods = Pod::ALL.iter().filter(|&&pod| part.contains(pod)).count();
                        let seconds = width * pods as f64;
                        assert_close(cpu / seconds, value(Signal::Cpu).unwrap(), 1e-9);
                        assert_close(pauses / seconds, value(Signal::GcTime).unwrap(), 1e-9);
                    }
                }
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
            let prefix = format!("http_request_duration_seconds_bucket{{le=\"{bound}\"");
            sum(&page, &prefix)
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
fn rendered_gauges_average_to_the_series() {
    let release = canary(Scenario::SlowLeak, 23);
    let mut exporter = Exporter::new(release, START);
    let (mut memory, mut heap, mut in_flight) = (0.0, 0.0, 0.0);
    for now in START + 1..=START + 300 {
        exporter.advance_to(now);
        let page = exporter.render();
        let page = samples(&page);
        memory += sum(&page, "process_resident_memory_bytes") / 6.0;
        heap += sum(&page, "jvm_memory_used_bytes{area=\"heap\"") / 6.0;
        in_flight += sum(&page, "http_requests_in_flight");
    }
    for (signal, total) in [
        (Signal::Memory, memory),
        (Signal::Heap, heap),
        (Signal::InFlight, in_flight),
    ] {
        let points = release.series(signal, START + 300, START + 300, 300);
        assert_close(total / 300.0, points[0].1, 1e-9);
    }
}

#[test]
fn history_is_what_scrapes_of_an_exporter_find() {
    let release = canary(Scenario::CounterResets, 24);
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
            let (name, labels) = series.split_once('{').unwrap();
            let stamped = format!("\n{name}{{job=\"web\",{labels} {value} {now}\n");
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
