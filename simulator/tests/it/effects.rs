//! The scenarios have the sizes they promise. Bounds are about four standard errors wide, and seeds are fixed.

use serinus_simulator::{Scenario, Signal};

use crate::support::{START, assert_close, canary, mean, releases, values};

const SEEDS: [u64; 3] = [11, 12, 13];

fn ratio(scenario: Scenario, seed: u64, signal: Signal) -> f64 {
    let [baseline, canary] = releases(scenario, seed).map(|release| mean(&values(release, signal)));
    canary / baseline
}

#[test]
fn healthy_sides_differ_by_noise_only() {
    for seed in SEEDS {
        for (signal, tolerance) in [
            // the load balancer divides what the users ask for
            (Signal::RequestRate, 0.005),
            (Signal::Requests, 0.005),
            // lasting differences of the pods, 2 % each: 1.2 % between the means of six and six
            (Signal::LatencyP50, 0.05),
            (Signal::LatencyP99, 0.05),
            (Signal::InFlight, 0.05),
            (Signal::Cpu, 0.05),
            (Signal::Memory, 0.04),
            (Signal::Heap, 0.04),
            (Signal::GcTime, 0.08),
            // about 2,600 failures a side
            (Signal::Errors, 0.12),
            (Signal::ErrorRatio, 0.12),
            (Signal::Retries, 0.12),
        ] {
            assert_close(ratio(Scenario::Healthy, seed, signal), 1.0, tolerance);
        }
    }
}

#[test]
fn a_healthy_release_has_the_documented_levels() {
    let day = |signal| {
        let points = canary(Scenario::Healthy, 14).series(signal, START + 60, START + 86_400, 60);
        mean(
            &points
                .into_iter()
                .map(|(_, value)| value)
                .collect::<Vec<_>>(),
        )
    };
    assert_close(day(Signal::RequestRate), 60.0, 0.03);
    assert_close(day(Signal::LatencyP50), 0.045, 0.04);
    assert_close(day(Signal::LatencyP99), 0.250, 0.04);
    assert_close(day(Signal::ErrorRatio), 0.002, 0.05);
    assert_close(day(Signal::Cpu), 0.015 + 0.004 * 10.0, 0.04);
    assert_close(
        day(Signal::Memory),
        f64::from(180 + 70 / 2) * 1_048_576.0,
        0.02,
    );
}

#[test]
fn both_sides_follow_the_same_load() {
    let [a, b] =
        releases(Scenario::Healthy, 15).map(|release| values(release, Signal::RequestRate));
    let (mean_a, mean_b) = (mean(&a), mean(&b));
    let product = |x: &[f64], mx: f64, y: &[f64], my: f64| -> f64 {
        x.iter().zip(y).map(|(x, y)| (x - mx) * (y - my)).sum()
    };
    let variances = product(&a, mean_a, &a, mean_a) * product(&b, mean_b, &b, mean_b);
    let correlation = product(&a, mean_a, &b, mean_b) / variances.sqrt();
    assert!(correlation > 0.9, "{correlation}");
}

#[test]
fn a_latency_regression_is_45_percent() {
    for seed in SEEDS {
        // against the healthy canary of the same seed, which runs on the same machines
        let of = |signal| {
            let with = |scenario| mean(&values(canary(scenario, seed), signal));
            with(Scenario::LatencyRegression) / with(Scenario::Healthy)
        };
        assert_close(of(Signal::LatencyP50), 1.45, 1e-9);
        assert_close(of(Signal::LatencyP99), 1.45, 1e-9);
        assert_close(of(Signal::RequestRate), 1.0, 0.0);
        assert_close(of(Signal::ErrorRatio), 1.0, 0.0);
    }
}

#[test]
fn an_error_spike_fails_4_percent() {
    for seed in SEEDS {
        let [baseline, canary] = releases(Scenario::ErrorSpike, seed)
            .map(|release| mean(&values(release, Signal::ErrorRatio)));
        assert_close(canary, 0.04, 0.03);
        assert_close(baseline, 0.002, 0.1);
        assert_close(
            ratio(Scenario::ErrorSpike, seed, Signal::LatencyP50),
            1.0,
            0.05,
        );
    }
}

#[test]
fn low_traffic_is_one_request_in_20_seconds() {
    for seed in SEEDS {
        let [baseline, canary] = releases(Scenario::LowTraffic, seed);
        let requests = values(canary, Signal::Requests);
        // about 900 requests in six hours of the evening and night, when load is below its mean
        assert_close(
            mean(&requests) / mean(&values(baseline, Signal::Requests)),
            0.05 / 60.0,
            0.14,
        );
        let quiet = requests.iter().filter(|&&requests| requests < 0.5).count();
        assert!(quiet > 0);
        // minutes without requests have neither a percentile nor a ratio, but have a rate and CPU time
        assert_eq!(
            values(canary, Signal::LatencyP99).len(),
            requests.len() - quiet
        );
        assert_eq!(
            values(canary, Signal::ErrorRatio).len(),
            requests.len() - quiet
        );
        assert_eq!(values(canary, Signal::RequestRate).len(), requests.len());
        assert_close(mean(&values(canary, Signal::Cpu)), 0.01503, 0.01);
        // nobody waits for a worker, yet a median of few requests is a wild one
        assert_close(
            ratio(Scenario::LowTraffic, seed, Signal::LatencyP50),
            1.1,
            0.3,
        );
    }
}

#[test]
fn without_data_only_the_canary_is_silent() {
    let [baseline, canary] = releases(Scenario::NoData, 16);
    for signal in Signal::ALL {
        assert!(values(canary, signal).is_empty());
        assert_eq!(values(baseline, signal).len(), 361);
    }
}
