//! Zones, regions and replicas that come and go.

use ndarray::Array2;
use serinus_judge::{EffectLimits, Observations, Outcome, Pair, Rules, Strata, Stratum};

use super::{around, judged, strata};

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
