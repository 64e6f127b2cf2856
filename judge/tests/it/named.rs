//! Named tests, strata, counts, limits and trends under the judge `serinus`.

use ndarray::Array2;
use serinus_judge::{
    Clock, CountPair, CountSeries, Direction, EffectLimits, Evidence, Judge, Limits, MetricResult,
    Observations, Outcome, Pair, Release, Rules, Strata, Stratum, Test,
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

#[test]
fn one_bad_region_of_many_is_named() {
    let result = judged(Rules::default(), strata([1.0, 1.5, 1.0], 3));
    assert_eq!(result.outcome, Outcome::High, "{}", result.reason);
    // The calmest zones dilute it too little to hide it here; with a larger share of calm ones only the guard sees it.
    let many: Vec<Stratum> = (0..12)
        .map(|i| {
            let factor = if i == 7 { 1.5 } else { 1.0 };
            Stratum {
                name: format!("zone-{i}"),
                pair: Pair::new(
                    around(100.0, 2 * i, 60),
                    around(100.0 * factor, 2 * i + 1, 60),
                )
                .unwrap(),
            }
        })
        .collect();
    let rules = Rules {
        effect: EffectLimits::new(0.1, 0.0, 0.5).unwrap(),
        ..Rules::default()
    };
    let result = judged(rules, Observations::Strata(Strata::new(many).unwrap()));
    assert_eq!(result.outcome, Outcome::High);
    assert!(result.reason.ends_with("% in zone-7"), "{}", result.reason);
}

#[test]
fn strata_of_different_level_and_gaps_are_compared_within() {
    // The canary has samples of the slow zone only in the second half: a plain mean would be up by 60 %.
    let mut slow = around(1000.0, 2, 60);
    slow[..30].fill(f64::NAN);
    let zones = vec![
        Stratum {
            name: "fast".to_owned(),
            pair: Pair::new(around(10.0, 3, 60), around(10.0, 4, 60)).unwrap(),
        },
        Stratum {
            name: "slow".to_owned(),
            pair: Pair::new(around(1000.0, 1, 60), slow).unwrap(),
        },
    ];
    let result = judged(
        Rules::default(),
        Observations::Strata(Strata::new(zones).unwrap()),
    );
    assert_eq!(result.outcome, Outcome::Pass, "{}", result.reason);
}

#[test]
fn counts_weigh_moments_by_their_requests() {
    // One request that failed in each of thirty idle minutes is not a share of a half.
    let errors: Vec<f64> = (0..60).map(|i| f64::from(u8::from(i % 2 == 0))).collect();
    let of: Vec<f64> = (0..60)
        .map(|i| if i % 2 == 0 { 1.0 } else { 5_000.0 })
        .collect();
    let canary = CountSeries::new(&errors, &of).unwrap();
    let baseline = CountSeries::new(&[f64::NAN; 60], &[2_500.0; 60]).unwrap();
    let pair = |b: &CountSeries, c: &CountSeries| counted([b.clone(), c.clone()], Clock::Shared);
    let result = judged(Rules::default(), pair(&baseline, &canary));
    let estimate = result.estimate.unwrap();
    assert!((estimate - 30.0 / 150_030.0).abs() < 1e-12, "{estimate}");
    // Thirty errors against none are a regression all the same, unless that little is tolerated.
    assert_eq!(result.outcome, Outcome::High, "{}", result.reason);
    let tolerant = Rules {
        effect: EffectLimits::new(0.05, 0.001, 0.5).unwrap(),
        ..Rules::default()
    };
    let result = judged(tolerant, pair(&baseline, &canary));
    assert_eq!(result.outcome, Outcome::Pass, "{}", result.reason);
    // Two errors against none are chance.
    let two =
        CountSeries::new(&[[1.0; 2].as_slice(), &[0.0; 58]].concat(), &[2_500.0; 60]).unwrap();
    let result = judged(Rules::default(), pair(&baseline, &two));
    assert_eq!(result.outcome, Outcome::Inconclusive, "{}", result.reason);
    // No errors on either side are equality; no requests are no data.
    let result = judged(Rules::default(), pair(&baseline, &baseline));
    assert_eq!(result.outcome, Outcome::Pass, "{}", result.reason);
    let idle = CountSeries::new(&[1.0; 60], &[0.0; 60]).unwrap();
    let result = judged(Rules::default(), pair(&baseline, &idle));
    assert_eq!(result.outcome, Outcome::Nodata, "{}", result.reason);
}

#[test]
fn limits_hold_the_canary_whatever_the_baseline_does() {
    let limits = |above, below| Rules {
        limits: Limits::new(above, below).unwrap(),
        ..Rules::default()
    };
    let canary = |level| Observations::CanaryOnly(around(level, 1, 60));
    for (rules, observations, outcome, reason) in [
        (
            limits(Some(80.0), None),
            canary(95.0),
            Outcome::High,
            "above its limit 80",
        ),
        (
            limits(Some(80.0), None),
            canary(60.0),
            Outcome::Pass,
            "keeps its limit 80",
        ),
        (
            limits(Some(80.0), None),
            canary(80.0),
            Outcome::Inconclusive,
            "either side of its limit 80",
        ),
        (
            limits(None, Some(50.0)),
            canary(30.0),
            Outcome::Low,
            "below its limit 50",
        ),
        (
            limits(Some(80.0), Some(50.0)),
            canary(65.0),
            Outcome::Pass,
            "keeps its limit",
        ),
        (
            limits(Some(80.0), Some(50.0)),
            canary(30.0),
            Outcome::Low,
            "below its limit 50",
        ),
        (
            limits(Some(0.0), None),
            canary(3.0),
            Outcome::High,
            "above its limit 0",
        ),
        // Equal to a high baseline, and still too high.
        (
            limits(Some(80.0), None),
            pair(1.0, 3, 60),
            Outcome::High,
            "above its limit 80",
        ),
        (
            limits(Some(120.0), None),
            pair(1.0, 3, 60),
            Outcome::Pass,
            "no change that matters",
        ),
    ] {
        let result = judged(rules, observations);
        assert_eq!(result.outcome, outcome, "{}", result.reason);
        assert!(result.reason.contains(reason), "{}", result.reason);
    }
    let flat = Observations::CanaryOnly(vec![80.0; 30]);
    assert_eq!(
        judged(limits(Some(80.0), None), flat).outcome,
        Outcome::Pass
    );
    let empty = judged(limits(Some(80.0), None), Observations::CanaryOnly(vec![]));
    assert_eq!(
        (empty.outcome, empty.reason.as_str()),
        (Outcome::Nodata, "no canary samples")
    );
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

fn zones(zones: Vec<(&str, Vec<f64>, Vec<f64>)>) -> Observations {
    let strata = zones.into_iter().map(|(name, baseline, canary)| Stratum {
        name: name.to_owned(),
        pair: Pair::new(baseline, canary).unwrap(),
    });
    Observations::Strata(Strata::new(strata.collect()).unwrap())
}

/// `samples` with the last ones missing from `from` on.
fn ended(mut samples: Vec<f64>, from: usize) -> Vec<f64> {
    samples[from..].fill(f64::NAN);
    samples
}

#[test]
fn what_died_in_one_zone_is_not_hidden_by_the_others() {
    let fine = |seed| (around(100.0, seed, 60), around(100.0, seed + 1, 60));
    let (b1, c1) = fine(1);
    let (b2, c2) = fine(3);
    for (canary, reason) in [
        (ended(c2.clone(), 15), "samples in us end before"),
        (vec![f64::NAN; 60], "samples in us end before"),
        (vec![100.0; 60], "series in us has stopped moving"),
    ] {
        let observations = zones(vec![
            ("eu", b1.clone(), c1.clone()),
            ("us", b2.clone(), canary),
        ]);
        let result = judged(Rules::default(), observations);
        assert_eq!(result.outcome, Outcome::Inconclusive, "{}", result.reason);
        assert!(result.reason.contains(reason), "{}", result.reason);
    }
    let same = zones(vec![("eu", b1.clone(), b1), ("us", b2.clone(), b2)]);
    let result = judged(Rules::default(), same);
    assert!(result.reason.contains("same data"), "{}", result.reason);
}

#[test]
fn an_idle_zone_does_not_decide() {
    let found = (0..40)
        .filter(|seed| {
            let idle = ("idle", vec![5.0; 60], vec![5.0; 60]);
            let busy = (
                "busy",
                around(100.0, 2 * seed, 60),
                around(180.0, 2 * seed + 1, 60),
            );
            judged(Rules::default(), zones(vec![idle, busy])).outcome == Outcome::High
        })
        .count();
    assert_eq!(found, 40);
}

#[test]
fn an_outage_is_found() {
    let all = CountSeries::new(&[500.0; 60], &[500.0; 60]).unwrap();
    let result = judged(
        Rules::default(),
        counted([counts(0.01, 500.0, 1), all], Clock::Shared),
    );
    assert_eq!(result.outcome, Outcome::High, "{}", result.reason);
    assert!(result.change_percent.unwrap() > 1_000.0);
    // A canary that is far beyond its limit, beside a baseline that is not there.
    let rules = Rules {
        limits: Limits::new(Some(80.0), None).unwrap(),
        ..Rules::default()
    };
    for baseline in [vec![], around(50.0, 1, 60)] {
        let observations = Observations::independent(baseline, vec![1_000.0; 60]);
        let result = judged(rules.clone(), observations);
        assert_eq!(result.outcome, Outcome::High, "{}", result.reason);
    }
}

#[test]
fn limits_are_kept_by_the_plain_mean_too_and_both_of_them() {
    let above = |limit| Rules {
        limits: Limits::new(Some(limit), None).unwrap(),
        ..Rules::default()
    };
    let spiky: Vec<f64> = (0..60)
        .map(|i| {
            if i % 4 == 0 {
                1_000.0
            } else {
                50.0 + f64::from(i % 3)
            }
        })
        .collect();
    let result = judged(above(80.0), Observations::CanaryOnly(spiky));
    assert_eq!(result.outcome, Outcome::Inconclusive, "{}", result.reason);
    let wide: Vec<f64> = noise(5, 60).iter().map(|z| 70.0 + 40.0 * z).collect();
    let both = Rules {
        limits: Limits::new(Some(74.0), Some(65.0)).unwrap(),
        ..Rules::default()
    };
    let result = judged(both, Observations::CanaryOnly(wide));
    assert_eq!(result.outcome, Outcome::Inconclusive, "{}", result.reason);
    // Whatever the unit, and however far beyond.
    let result = judged(above(0.0), Observations::CanaryOnly(around(3e-11, 1, 60)));
    assert_eq!(result.outcome, Outcome::High, "{}", result.reason);
    let result = judged(above(1e-5), Observations::CanaryOnly(around(1e305, 1, 60)));
    assert_eq!(result.outcome, Outcome::High, "{}", result.reason);
}

#[test]
fn rare_events_have_no_slope_to_exclude() {
    let passes = (0..40)
        .filter(|seed| {
            let grows: Vec<f64> = noise(*seed, 60)
                .iter()
                .enumerate()
                .map(|(i, z)| f64::from(u8::from(*z > 1.6 - 1.4 * i as f64 / 59.0)))
                .collect();
            let result = judged(by(Test::Trend), Observations::CanaryOnly(grows));
            result.outcome == Outcome::Pass
        })
        .count();
    assert_eq!(passes, 0);
    let constant = judged(by(Test::Trend), Observations::CanaryOnly(vec![7.0; 12]));
    assert_eq!(constant.outcome, Outcome::Pass, "{}", constant.reason);
}

#[test]
fn counts_that_say_nothing_pass_nothing() {
    let series = |errors: &[f64], of: &[f64]| CountSeries::new(errors, of).unwrap();
    let none = |of: f64| series(&[0.0; 10], &[of; 10]);
    for (baseline, canary, reason) in [
        (none(1.0), none(1.0), "no errors in 10 requests"),
        (none(1e6), none(1.0), "no errors in 10 requests"),
        (
            counts(0.01, 500.0, 1),
            series(&[20.0; 60], &[[500.0; 35].as_slice(), &[0.0; 25]].concat()),
            "errors without any requests",
        ),
    ] {
        let result = judged(
            Rules::default(),
            counted([baseline, canary], Clock::Separate),
        );
        assert_eq!(result.outcome, Outcome::Inconclusive, "{}", result.reason);
        assert!(result.reason.contains(reason), "{}", result.reason);
    }
    // A burst that hits both sides, while the baseline's counters are missing.
    let burst = |side: &CountSeries, missing: bool| {
        let (errors, of): (Vec<f64>, Vec<f64>) = side
            .moments()
            .enumerate()
            .map(|(i, (errors, of))| match (i, missing) {
                (20..30, true) => (f64::NAN, f64::NAN),
                (20..30, false) => (of * 0.4, of),
                _ => (errors, of),
            })
            .unzip();
        series(&errors, &of)
    };
    let (b, c) = (counts(0.01, 500.0, 3), counts(0.01, 500.0, 4));
    let result = judged(
        Rules::default(),
        counted([burst(&b, true), burst(&c, false)], Clock::Shared),
    );
    assert_eq!(result.outcome, Outcome::Pass, "{}", result.reason);
}

#[test]
fn most_of_a_side_s_replicas_must_be_there() {
    let row = |seed: u64, gone: bool| {
        let samples = around(100.0, seed, 30);
        if gone { ended(samples, 1) } else { samples }
    };
    let side = |from: u64, lost: u64| {
        let rows: Vec<f64> = (0..8).flat_map(|i| row(from + i, i < lost)).collect();
        Array2::from_shape_vec((8, 30), rows).unwrap()
    };
    let result = judged(
        Rules::default(),
        Observations::replicas(side(1, 0), side(20, 5)).unwrap(),
    );
    assert_eq!(result.outcome, Outcome::Inconclusive, "{}", result.reason);
    assert!(
        result.reason.contains("5 of 8 replicas of the canary"),
        "{}",
        result.reason
    );
    let result = judged(
        Rules::default(),
        Observations::replicas(side(1, 0), side(20, 2)).unwrap(),
    );
    assert_eq!(result.outcome, Outcome::Pass, "{}", result.reason);
    assert!(
        result
            .notes
            .iter()
            .any(|note| note.starts_with("2 of 8 replicas"))
    );
}

/// AR(1) noise of deviation 1.
fn slow(seed: u64, count: usize, r: f64) -> Vec<f64> {
    let mut last = 0.0;
    noise(seed, count + 50)
        .iter()
        .map(|z| {
            last = r * last + (1.0 - r * r).sqrt() * z;
            last
        })
        .skip(50)
        .collect()
}

/// Error rates that wander, each side on its own: the worst that counts can do.
#[test]
fn wandering_error_rates_are_not_taken_for_changes() {
    for (r, count, most) in [(0.6, 30, 30), (0.6, 120, 30), (0.9, 30, 60), (0.9, 120, 60)] {
        let side = |seed: u64| {
            let rates = slow(seed, count, r);
            let errors: Vec<f64> = rates
                .iter()
                .zip(noise(seed + 9_000, count))
                .map(|(rate, z)| {
                    let mean = 20.0 * (0.5 * rate).exp();
                    (mean + z * mean.sqrt()).round().max(0.0)
                })
                .collect();
            CountSeries::new(&errors, &vec![2_000.0; count]).unwrap()
        };
        let alarms = alarms(600, |seed| {
            counted([side(2 * seed), side(2 * seed + 1)], Clock::Shared)
        });
        println!("autocorrelation {r}, {count} moments: {alarms} alarms of 600");
        assert!(alarms <= most, "{r} {count}: {alarms}");
    }
}

#[test]
fn a_guardrail_fails_the_release_whatever_else_is_decided() {
    use serinus_judge::{Guardrail, Verdict};
    let burst = |from: usize, length: usize| {
        let mut canary = around(100.0, 2, 60);
        canary[from..from + length]
            .iter_mut()
            .for_each(|x| *x *= 4.0);
        canary
    };
    let guarded = |guardrail, observations| {
        let rules = Rules {
            guardrails: vec![guardrail],
            ..Rules::default()
        };
        Judge::default().judge(&Release {
            metrics: vec![metric("m", "g", rules, Evidence::Observed(observations))],
            ..Release::default()
        })
    };
    let ratio = Guardrail::RatioAbove {
        ratio: 2.0,
        floor: 0.0,
        moments: 3,
    };
    let fired = |card: &serinus_judge::Scorecard| card.metrics[0].guardrail.is_some();
    let beside = |canary| Observations::paired(around(100.0, 1, 60), canary).unwrap();
    for (length, crossed) in [(2, false), (3, true)] {
        let card = guarded(ratio, beside(burst(30, length)));
        assert_eq!(fired(&card), crossed, "{length}");
        assert_eq!(card.verdict == Verdict::Fail, crossed, "{}", card.reason);
        if crossed {
            assert_eq!(card.score.to_bits(), 0.0_f64.to_bits());
            assert!(
                card.reason.contains("times its baseline for 3 moments"),
                "{}",
                card.reason
            );
        }
    }
    // A gap neither counts nor interrupts; the other way round, and below the floor, nothing fires.
    let mut gap = burst(30, 4);
    gap[31] = f64::NAN;
    assert!(fired(&guarded(ratio, beside(gap))));
    let floor = Guardrail::RatioAbove {
        ratio: 2.0,
        floor: 1e4,
        moments: 3,
    };
    assert!(!fired(&guarded(floor, beside(burst(30, 4)))));
    // Errors after none: above the floor, and over three moments together.
    let none = CountSeries::new(&[0.0; 60], &[1_000.0; 60]).unwrap();
    let mut errors = [0.0; 60];
    errors[20..23].fill(9.0);
    let some = CountSeries::new(&errors, &[1_000.0; 60]).unwrap();
    let at = |floor| Guardrail::RatioAbove {
        ratio: 2.0,
        floor,
        moments: 3,
    };
    let counts = || counted([none.clone(), some.clone()], Clock::Shared);
    assert!(fired(&guarded(at(0.005), counts())));
    assert!(!fired(&guarded(at(0.01), counts())));
    for (guardrail, canary, crossed) in [
        (
            Guardrail::LevelAbove {
                level: 300.0,
                moments: 5,
            },
            burst(10, 5),
            true,
        ),
        (
            Guardrail::LevelAbove {
                level: 300.0,
                moments: 6,
            },
            burst(10, 5),
            false,
        ),
        (
            Guardrail::LevelBelow {
                level: 300.0,
                moments: 6,
            },
            burst(10, 5),
            true,
        ),
        (
            Guardrail::SumAbove {
                sum: 1_500.0,
                moments: 5,
            },
            burst(10, 5),
            true,
        ),
        (
            Guardrail::SumAbove {
                sum: 1_500.0,
                moments: 5,
            },
            burst(10, 1),
            false,
        ),
        (
            Guardrail::GrowthAbove {
                per_moment: 1.0,
                moments: 20,
            },
            (0..60).map(|i| 100.0 + 1.5 * f64::from(i)).collect(),
            true,
        ),
        (
            Guardrail::GrowthAbove {
                per_moment: 2.0,
                moments: 20,
            },
            (0..60).map(|i| 100.0 + 1.5 * f64::from(i)).collect(),
            false,
        ),
    ] {
        let card = guarded(guardrail, Observations::CanaryOnly(canary));
        assert_eq!(fired(&card), crossed, "{guardrail:?}: {}", card.reason);
    }
}
