//! Named tests, strata, counts, limits and trends under the judge `serinus`.

mod counts;
mod lines;
mod reserved;
mod strata;

use ndarray::Array2;
use serinus_judge::{
    Clock, CountPair, CountSeries, Direction, Evidence, Judge, Limits, MetricResult, Observations,
    Outcome, Pair, Release, Rules, Strata, Stratum, Test,
};

use crate::build::metric;
use crate::serinus::noise;

fn judged(rules: Rules, observations: Observations) -> MetricResult {
    let mut card = Judge::default().judge(&Release {
        metrics: vec![metric("m", "g", rules, Evidence::Observed(observations))],
        ..Release::default()
    });
    card.metrics.swap_remove(0)
}

fn by(test: Test) -> Rules {
    Rules {
        test,
        ..Rules::default()
    }
}

/// About `level`, with a tenth of noise.
fn around(level: f64, seed: u64, count: usize) -> Vec<f64> {
    noise(seed, count)
        .iter()
        .map(|z| level * (0.1 * z).exp())
        .collect()
}

fn pair(factor: f64, seed: u64, count: usize) -> Observations {
    let (b, c) = (
        around(100.0, 2 * seed, count),
        around(100.0 * factor, 2 * seed + 1, count),
    );
    Observations::paired(b, c).unwrap()
}

fn sides(factor: f64, seed: u64) -> Observations {
    Observations::independent(
        around(100.0, 2 * seed, 40),
        around(100.0 * factor, 2 * seed + 1, 60),
    )
}

fn replicas(factor: f64, seed: u64) -> Observations {
    let row = |seed: u64, factor: f64| {
        let lasting = (0.05 * noise(seed + 900, 1)[0]).exp();
        around(100.0 * lasting * factor, seed, 30)
    };
    let rows = |from: u64, factor: f64| {
        let rows: Vec<f64> = (0..8).flat_map(|i| row(from + i, factor)).collect();
        Array2::from_shape_vec((8, 30), rows).unwrap()
    };
    Observations::replicas(rows(16 * seed, 1.0), rows(16 * seed + 8, factor)).unwrap()
}

fn windows(factor: f64, seed: u64) -> Observations {
    let window = |i: u64, factor: f64| around(100.0 * factor, 32 * seed + i, 30);
    let history = (2..10).map(|i| window(i, 1.0)).collect();
    Observations::before_after(window(0, 1.0), window(1, factor), history)
}

/// Sixty moments of about `of` requests each, of which a share `rate` fail; a Poisson number by its normal limit, at least 0.
fn counts(rate: f64, of: f64, seed: u64) -> CountSeries {
    let requests: Vec<f64> = noise(seed, 60)
        .iter()
        .map(|z| (of * (0.1 * z).exp()).round())
        .collect();
    let errors: Vec<f64> = noise(seed + 7_000, 60)
        .iter()
        .zip(&requests)
        .map(|(z, n)| {
            let mean = rate * n;
            (mean + z * mean.sqrt()).round().clamp(0.0, *n)
        })
        .collect();
    CountSeries::new(&errors, &requests).unwrap()
}

fn counted([baseline, canary]: [CountSeries; 2], clock: Clock) -> Observations {
    Observations::Counts(CountPair::new(baseline, canary, clock).unwrap())
}

fn proportion(baseline: f64, canary: f64, seed: u64, clock: Clock) -> Observations {
    let sides = [
        counts(baseline, 2000.0, 2 * seed),
        counts(canary, 2000.0, 2 * seed + 1),
    ];
    counted(sides, clock)
}

fn strata(factors: [f64; 3], seed: u64) -> Observations {
    let zones = [("eu", 100.0), ("us", 400.0), ("ap", 20.0)];
    let strata = zones
        .iter()
        .zip(factors)
        .enumerate()
        .map(|(i, ((name, level), factor))| {
            let seed = 6 * seed + 2 * i as u64;
            Stratum {
                name: (*name).to_owned(),
                pair: Pair::new(
                    around(*level, seed, 60),
                    around(level * factor, seed + 1, 60),
                )
                .unwrap(),
            }
        });
    Observations::Strata(Strata::new(strata.collect()).unwrap())
}

fn alone(growth: f64, seed: u64) -> Observations {
    let samples = around(100.0, seed, 60);
    let grown = samples
        .iter()
        .enumerate()
        .map(|(i, x)| x * (1.0 + growth * i as f64 / 59.0));
    Observations::CanaryOnly(grown.collect())
}

#[test]
fn every_test_finds_a_large_change_and_passes_none() {
    type Make = Box<dyn Fn(f64) -> Observations>;
    let cases: Vec<(Test, Make)> = vec![
        (Test::MannWhitney, Box::new(|factor| pair(factor, 1, 60))),
        (Test::MannWhitney, Box::new(|factor| sides(factor, 2))),
        (Test::MannWhitney, Box::new(|factor| replicas(factor, 3))),
        (Test::MannWhitney, Box::new(|factor| strata([factor; 3], 4))),
        (Test::PairedRank, Box::new(|factor| pair(factor, 5, 60))),
        (Test::PairedRank, Box::new(|factor| strata([factor; 3], 6))),
        (
            Test::BlockPermutation,
            Box::new(|factor| pair(factor, 7, 60)),
        ),
        (Test::BlockPermutation, Box::new(|factor| sides(factor, 8))),
        (
            Test::BlockPermutation,
            Box::new(|factor| replicas(factor, 9)),
        ),
        (Test::BrunnerMunzel, Box::new(|factor| sides(factor, 10))),
        (
            Test::KolmogorovSmirnov,
            Box::new(|factor| sides(factor, 11)),
        ),
        (Test::Replicas, Box::new(|factor| replicas(factor, 12))),
        (Test::History, Box::new(|factor| windows(factor, 13))),
        (
            Test::Proportion,
            Box::new(|factor| proportion(0.01, 0.01 * factor, 14, Clock::Shared)),
        ),
        (Test::Trend, Box::new(|factor| alone(factor - 1.0, 15))),
        (Test::Auto, Box::new(|factor| strata([factor; 3], 16))),
        (
            Test::Auto,
            Box::new(|factor| proportion(0.01, 0.01 * factor, 17, Clock::Separate)),
        ),
        (Test::Auto, Box::new(|factor| alone(factor - 1.0, 18))),
        (Test::Auto, Box::new(|factor| sides(factor, 19))),
    ];
    for (number, (test, make)) in cases.iter().enumerate() {
        for (factor, outcome) in [(1.0, Outcome::Pass), (2.0, Outcome::High)] {
            let result = judged(by(*test), make(factor));
            assert_eq!(
                result.outcome, outcome,
                "{number}: {test} x{factor}: {}",
                result.reason
            );
            let change = result.estimate.unwrap();
            // Kolmogorov and Smirnov's band does not bound the highest quantiles.
            assert!(
                result
                    .interval
                    .map_or(*test == Test::KolmogorovSmirnov, |interval| {
                        interval.lower <= change && change <= interval.upper
                    }),
                "{number}: {test}"
            );
            assert!(result.p_value.is_some() && result.effective_samples.is_some());
            let detectable = result.detectable_percent;
            assert!(
                detectable.is_none_or(|percent| percent >= 5.0),
                "{number}: {test}"
            );
        }
        let result = judged(
            Rules {
                direction: Direction::Decrease,
                ..by(*test)
            },
            make(2.0),
        );
        assert_eq!(result.outcome, Outcome::Pass, "{number}: {}", result.reason);
        assert!(
            result.reason.ends_with("only a decrease fails"),
            "{}",
            result.reason
        );
    }
}

#[test]
fn units_do_not_matter_to_named_tests() {
    let scaled = |side: &[f64], unit: f64| -> Vec<f64> { side.iter().map(|x| x * unit).collect() };
    for test in [
        Test::MannWhitney,
        Test::PairedRank,
        Test::BlockPermutation,
        Test::BrunnerMunzel,
        Test::KolmogorovSmirnov,
        Test::Trend,
    ] {
        for (seed, factor) in (0..12).zip([1.0, 1.08, 1.3].into_iter().cycle()) {
            let plain = pair(factor, seed, 30);
            let expected = judged(by(test), plain.clone());
            for unit in [1e-9, 1e-3, 1e9] {
                let (b, c) = (scaled(plain.baseline(), unit), scaled(plain.canary(), unit));
                let result = judged(by(test), Observations::paired(b, c).unwrap());
                assert_eq!(result.outcome, expected.outcome, "{test} {seed} {unit}");
                let ratio = result.estimate.unwrap() / expected.estimate.unwrap();
                assert!(
                    (ratio / unit - 1.0).abs() < 1e-9,
                    "{test} {seed} {unit}: {ratio}"
                );
            }
        }
    }
}

#[test]
fn auto_says_which_test_it_used() {
    let limited = Rules {
        limits: Limits::new(Some(1e6), None).unwrap(),
        ..Rules::default()
    };
    for (rules, observations, test) in [
        (Rules::default(), pair(1.0, 1, 30), Test::Auto),
        (Rules::default(), replicas(1.0, 1), Test::Replicas),
        (Rules::default(), windows(1.0, 1), Test::History),
        (
            Rules::default(),
            proportion(0.1, 0.1, 1, Clock::Shared),
            Test::Proportion,
        ),
        (Rules::default(), alone(0.0, 1), Test::Trend),
        (limited, alone(0.0, 1), Test::Limit),
        (by(Test::PairedRank), pair(1.0, 1, 30), Test::PairedRank),
    ] {
        assert_eq!(judged(rules, observations).test, Some(test));
    }
}

#[test]
fn a_test_that_does_not_suit_the_samples_decides_nothing() {
    for (test, observations, reason) in [
        (Test::PairedRank, sides(2.0, 1), "compared as independent"),
        (Test::PairedRank, replicas(2.0, 1), "compared as replicas"),
        (Test::Replicas, pair(2.0, 1, 60), "compared as paired"),
        (Test::History, pair(2.0, 1, 60), "compared as paired"),
        (Test::Proportion, pair(2.0, 1, 60), "compared as paired"),
        (Test::MannWhitney, alone(1.0, 1), "compared as canary-only"),
        (Test::Limit, pair(2.0, 1, 60), "needs a limit"),
        (
            Test::History,
            Observations::before_after(around(1.0, 1, 30), around(2.0, 2, 30), vec![]),
            "0 of 4 earlier windows",
        ),
        (Test::BlockPermutation, pair(2.0, 1, 7), "needed"),
    ] {
        let rules = Rules {
            minimum_samples: 1,
            ..by(test)
        };
        let result = judged(rules, observations);
        assert_eq!(
            result.outcome,
            Outcome::Inconclusive,
            "{test}: {}",
            result.reason
        );
        assert!(result.reason.contains(reason), "{test}: {}", result.reason);
    }
}

/// How many of `all` comparisons raise an alarm.
fn alarms(all: u64, observations: impl Fn(u64) -> Observations) -> u64 {
    let judged = |seed| judged(Rules::default(), observations(seed)).outcome;
    (0..all)
        .filter(|seed| matches!(judged(*seed), Outcome::High | Outcome::Low))
        .count() as u64
}

/// The nominal level is 1 %, the guards come on top: 20 of 1,000 are six standard errors above what is measured.
#[test]
fn equal_sides_seldom_alarm() {
    const ALL: u64 = 1_000;
    type Make = fn(u64) -> Observations;
    let families: [(&str, Make); 6] = [
        ("strata", |seed| strata([1.0; 3], seed + 1)),
        ("shares of 1 %", |seed| {
            proportion(0.01, 0.01, seed, Clock::Shared)
        }),
        ("shares of 0.02 %", |seed| {
            proportion(0.0002, 0.0002, seed, Clock::Separate)
        }),
        ("bursts on both sides", |seed| {
            let burst = noise(seed + 50_000, 60);
            let side = |seed: u64| {
                let plain = counts(0.01, 2000.0, seed);
                let (errors, of): (Vec<f64>, Vec<f64>) = plain
                    .moments()
                    .zip(&burst)
                    .map(|((errors, of), burst)| ((errors * burst.exp()).round().min(of), of))
                    .unzip();
                CountSeries::new(&errors, &of).unwrap()
            };
            let (b, c) = (side(2 * seed), side(2 * seed + 1));
            counted([b, c], Clock::Shared)
        }),
        ("independent", |seed| sides(1.0, seed)),
        ("no growth", |seed| alone(0.0, seed)),
    ];
    for (family, make) in families {
        let alarms = alarms(ALL, make);
        println!("{family}: {alarms} alarms in {ALL} comparisons of equal sides");
        assert!(alarms <= 20, "{family}: {alarms}");
    }
}
