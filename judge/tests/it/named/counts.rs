//! Errors counted out of requests.

use serinus_judge::{Clock, CountSeries, EffectLimits, Limits, Observations, Outcome, Rules};

use super::{alarms, around, counted, counts, judged};
use crate::serinus::noise;

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
