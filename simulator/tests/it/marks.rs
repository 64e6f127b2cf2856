//! Each scenario shows in the signals it names, and leaves the others alone.

use serinus_simulator::{Mark, Part, Pod, Region, Release, Role, Scenario, Signal, Truth, Weight};

use crate::support::{HOUR, START, assert_close, canary, mean};

/// The mean over the hour after the deployment.
fn first_hour(release: Release, part: Part, signal: Signal) -> f64 {
    let points = release
        .deployed_at(START)
        .series_of(part, signal, START + 60, START + HOUR, 60);
    mean(
        &points
            .into_iter()
            .map(|(_, value)| value)
            .collect::<Vec<_>>(),
    )
}

/// A canary against the healthy canary of the same seed, which runs on the same machines at the same load.
fn ratio(scenario: Scenario, seed: u64, part: Part, signal: Signal) -> f64 {
    let [faulty, healthy] = [scenario, Scenario::Healthy]
        .map(|scenario| first_hour(canary(scenario, seed), part, signal));
    faulty / healthy
}

#[test]
fn every_mark_is_true() {
    for scenario in Scenario::ALL {
        for signal in Signal::ALL {
            let mark = scenario.mark(signal);
            if signal == Signal::Restarts || scenario == Scenario::NoData {
                continue;
            }
            for seed in [61, 62] {
                let ratio = ratio(scenario, seed, Part::Whole, signal);
                match mark {
                    Mark::Higher => assert!(ratio > 1.1, "{scenario} {signal}: {ratio}"),
                    Mark::Unchanged => {
                        assert!((ratio - 1.0).abs() < 0.02, "{scenario} {signal}: {ratio}");
                    }
                    Mark::Unclear => {}
                }
            }
        }
    }
}

#[test]
fn a_bad_canary_shows_somewhere_and_a_good_one_nowhere() {
    for scenario in Scenario::ALL {
        let shows = Signal::ALL
            .into_iter()
            .any(|signal| scenario.mark(signal) == Mark::Higher);
        assert_eq!(shows, scenario.truth() == Truth::Bad, "{scenario}");
    }
}

#[test]
fn hidden_releases_are_good_and_bad_alike_and_of_every_kind() {
    let hidden: Vec<_> = (0..2_000).map(Scenario::hidden).collect();
    assert_eq!(Scenario::hidden(7), hidden[7]);
    let share = |truth| {
        let number = hidden
            .iter()
            .filter(|scenario| scenario.truth() == truth)
            .count();
        number as f64 / 2_000.0
    };
    assert!((share(Truth::Good) - 0.45).abs() < 0.04);
    assert!((share(Truth::Bad) - 0.45).abs() < 0.04);
    assert!(
        Scenario::ALL
            .iter()
            .all(|scenario| hidden.contains(scenario))
    );
}

#[test]
fn faults_have_the_sizes_they_promise() {
    let whole = |scenario, signal| ratio(scenario, 63, Part::Whole, signal);
    assert_close(whole(Scenario::CpuBurn, Signal::Cpu), 1.6, 1e-9);
    // 20 % for a fifth of the time
    let errors = first_hour(
        canary(Scenario::ErrorBurst, 63),
        Part::Whole,
        Signal::ErrorRatio,
    );
    assert_close(errors, 0.04 + 0.8 * 0.002, 0.1);
    // 280 MiB an hour, half of it on average, beside 215 MiB
    assert_close(
        whole(Scenario::SlowLeak, Signal::Memory),
        1.0 + 140.0 / 215.0,
        0.05,
    );
    // one of a region's pods is dying for 15 of 300 seconds, and what fails is sent again
    let crashes = first_hour(
        canary(Scenario::CrashLoop, 63),
        Part::Whole,
        Signal::ErrorRatio,
    );
    assert!((0.02..0.05).contains(&crashes), "{crashes}");
    let restarts = canary(Scenario::CrashLoop, 63).deployed_at(START).series(
        Signal::Restarts,
        START + HOUR,
        START + HOUR,
        3_600,
    );
    // twelve starts of six pods, and the first of all that starts on time is the deployment
    assert_close(restarts[0].1, 12.0 * 6.0 - 1.0, 0.0);
}

#[test]
fn a_slow_tail_leaves_most_requests_alone() {
    let of = |signal| ratio(Scenario::SlowTail, 64, Part::Whole, signal);
    assert!(of(Signal::LatencyP99) > 1.3);
    assert!(of(Signal::LatencyP50) < 1.05);
}

#[test]
fn a_fault_of_one_region_or_pod_is_seen_there_only() {
    for part in Region::ALL.map(Part::Region) {
        let expected = if part == Part::Region(Region::Us) {
            1.6
        } else {
            1.0
        };
        assert_close(
            ratio(Scenario::OneRegion, 65, part, Signal::LatencyP50),
            expected,
            1e-9,
        );
    }
    for pod in Pod::ALL {
        let expected = if pod.name() == "eu-1" { 3.0 } else { 1.0 };
        let found = ratio(Scenario::OneReplica, 65, Part::Pod(pod), Signal::LatencyP50);
        assert_close(found, expected, 1e-9);
    }
}

#[test]
fn time_after_the_deployment_counts() {
    let p50 = |scenario, from: u32, to: u32| {
        let at = |minutes: u32| START + 60 * i64::from(minutes);
        let of = |scenario| {
            let release = canary(scenario, 66).deployed_at(START);
            release.series(Signal::LatencyP50, at(to), at(to), 60 * (to - from))[0].1
        };
        of(scenario) / of(Scenario::Healthy)
    };
    assert_close(p50(Scenario::LateOnset, 0, 30), 1.0, 1e-9);
    assert_close(p50(Scenario::LateOnset, 30, 60), 1.45, 1e-9);
    assert!(p50(Scenario::WarmUp, 0, 2) > 2.5);
    assert!(p50(Scenario::WarmUp, 5, 10) > 1.1);
    assert_close(p50(Scenario::WarmUp, 10, 30), 1.0, 1e-9);
    // deployed long ago
    let of = |scenario| canary(scenario, 66).series(Signal::LatencyP50, START, START, 600)[0].1;
    assert_close(of(Scenario::LateOnset), 1.45 * of(Scenario::Healthy), 1e-9);
    assert_close(of(Scenario::WarmUp), of(Scenario::Healthy), 1e-9);
}

#[test]
fn a_leak_grows_from_start_to_restart() {
    let release = canary(Scenario::SlowLeak, 67).deployed_at(START);
    let memory = release.series(Signal::Memory, START + 600, START + 3_600, 600);
    assert!(memory.is_sorted_by(|a, b| a.1 + 40e6 < b.1), "{memory:?}");
    let after = release.series(Signal::Memory, START + 4_200, START + 4_200, 600);
    assert!(after[0].1 < memory[1].1);
}

#[test]
fn a_canary_shows_nothing_before_its_deployment() {
    let release = canary(Scenario::Healthy, 68).deployed_at(START + 600);
    for signal in Signal::ALL {
        let points = release.series(signal, START, START + 1_200, 60);
        assert_eq!(
            points.first().map(|point| point.0),
            Some(START + 660),
            "{signal}"
        );
    }
}

#[test]
fn weight_is_a_share_of_the_traffic_and_pods_are_sized_for_it() {
    let of = |percent: u8, signal| {
        let weight = Weight::try_from(percent).unwrap();
        first_hour(
            canary(Scenario::Healthy, 69).with_weight(weight),
            Part::Whole,
            signal,
        )
    };
    assert_close(
        of(1, Signal::RequestRate),
        of(50, Signal::RequestRate) / 50.0,
        0.02,
    );
    assert_close(of(1, Signal::LatencyP50), of(50, Signal::LatencyP50), 0.02);
    assert_close(of(20, Signal::Requests), 60.0 * 12.0 * 20.0, 0.4);
}

#[test]
fn pods_differ_by_a_few_percent_and_do_so_lastingly() {
    const DAY: i64 = 86_400;
    let (mut products, mut squares) = (0.0, 0.0);
    for seed in 70..76 {
        let baseline = Release::new(Scenario::Healthy, Role::Baseline, seed);
        let deviations = |at| {
            let level =
                |pod| baseline.series_of(Part::Pod(pod), Signal::LatencyP50, at, at, 3_600)[0].1;
            let levels = [Pod::ALL[0], Pod::ALL[1], Pod::ALL[2]].map(level);
            levels.map(|level| level / mean(&levels) - 1.0)
        };
        let (today, tomorrow) = (deviations(START), deviations(START + DAY));
        for (one, other) in today.into_iter().zip(tomorrow) {
            assert!(one.abs() < 0.1, "{today:?}");
            products += one * other;
            squares += (one * one + other * other) / 2.0;
        }
    }
    assert!(products / squares > 0.7, "{products} of {squares}");
    assert!((squares / 18.0).sqrt() > 0.01);
}
