//! The levels of looks against published boundaries and other integrations.

use serde::Deserialize;
use serinus_judge::stats::Alpha;
use serinus_judge::{LookRule, Place, Plan, Spending, Windows};
use statrs::function::erf::{erfc, erfc_inv};

use super::look;

#[derive(Deserialize)]
struct Reference {
    spending: Spending,
    alpha: f64,
    information: Vec<f64>,
    z: Vec<f64>,
}

fn plan(spending: Spending) -> LookRule {
    LookRule::Planned(Plan {
        spending,
        ..Plan::default()
    })
}

/// The boundaries of the looks at these progresses, of which the final one is the last, in standard errors.
fn boundaries(rule: LookRule, alpha: f64, progresses: &[f64]) -> Vec<f64> {
    (1..=progresses.len())
        .map(|count| {
            let place = if count == progresses.len() {
                Place::Last
            } else {
                Place::Interim
            };
            let level = rule.level(
                &look(&progresses[..count], place),
                Alpha::new(alpha).unwrap(),
            );
            std::f64::consts::SQRT_2 * erfc_inv(level.get())
        })
        .collect()
}

#[test]
fn agree_with_rpact() {
    let references: Vec<Reference> =
        serde_json::from_str(include_str!("../../reference/boundaries.json")).unwrap();
    assert_eq!(references.len(), 36);
    for reference in references {
        let own = boundaries(
            plan(reference.spending),
            reference.alpha,
            &reference.information,
        );
        for (own, expected) in own.iter().zip(&reference.z) {
            // Beyond, rpact's integration is coarser than the probabilities are small.
            if *expected < 4.5 {
                assert!(
                    (own - expected).abs() < 2e-4,
                    "{:?} {} {:?}: {own} {expected}",
                    reference.spending,
                    reference.alpha,
                    reference.information
                );
            } else {
                assert!(*own > 4.4, "{own} {expected}");
            }
        }
    }
}

/// Published values: gsDesign and rpact (one-sided 0.025, five looks), and the tables of Jennison and Turnbull (2000) that they
/// are checked against.
#[test]
fn agree_with_published_tables() {
    let fifths = [0.2, 0.4, 0.6, 0.8, 1.0];
    for (spending, expected) in [
        (
            Spending::OBrienFleming,
            [4.8769, 3.3570, 2.6803, 2.2898, 2.0310],
        ),
        (Spending::Pocock, [2.4380, 2.4268, 2.4102, 2.3966, 2.3860]),
    ] {
        for (own, expected) in boundaries(plan(spending), 0.05, &fifths)
            .iter()
            .zip(expected)
        {
            assert!((own - expected).abs() < 3e-4, "{own} {expected}");
        }
    }
}

/// Robbins' boundary, worked out in Python from the formula in Waudby-Smith et al. (2021), theorem 2.2.
#[test]
fn open_ended_levels_are_those_of_the_mixture() {
    for (alpha, progress, z) in [
        (0.05, 1.0, 3.035_208_990),
        (0.01, 0.2, 3.862_324_467),
        (0.01, 5.0, 3.675_944_325),
    ] {
        let level = LookRule::OpenEnded.level(
            &look(&[progress], Place::Interim),
            Alpha::new(alpha).unwrap(),
        );
        let own = std::f64::consts::SQRT_2 * erfc_inv(level.get());
        assert!((own - z).abs() < 1e-6, "{alpha} {progress}: {own}");
    }
}

/// The share of Brownian motions that a rule stops over looks at these progresses.
fn stopped(rule: LookRule, alpha: f64, progresses: &[f64], paths: u64) -> f64 {
    let z = boundaries(rule, alpha, progresses);
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut uniform = || {
        // xorshift64* (Vigna 2016).
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        (state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut normal = || {
        let (radius, angle) = (uniform().max(1e-300), uniform());
        (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
    };
    let stops = |_: &u64| {
        let (mut before, mut place, mut crossed) = (0.0, 0.0, false);
        for (progress, z) in progresses.iter().zip(&z) {
            place += (progress - before).sqrt() * normal();
            before = *progress;
            crossed |= f64::abs(place) >= z * progress.sqrt();
        }
        crossed
    };
    (0..paths).filter(stops).count() as f64 / paths as f64
}

fn even(looks: u32) -> Vec<f64> {
    (1..=looks)
        .map(|look| f64::from(look) / f64::from(looks))
        .collect()
}

/// However many looks there are, and however unevenly they come, the run has the error rate it is to have.
#[test]
fn many_looks_have_the_error_rate_of_one() {
    let crowded: Vec<f64> = [0.1, 0.1001, 0.1002, 0.5, 0.501, 0.9, 0.9001, 1.0].into();
    for spending in [Spending::OBrienFleming, Spending::Pocock] {
        for progresses in [even(1), even(3), even(12), even(60), crowded.clone()] {
            let rate = stopped(plan(spending), 0.05, &progresses, 40_000);
            // Three standard errors.
            assert!(
                (0.0467..0.0533).contains(&rate),
                "{spending:?}, {} looks: {rate}",
                progresses.len()
            );
        }
    }
}

/// Looks beyond the plan, or as many as one likes, do not exceed the rate where no end is planned.
#[test]
fn open_ended_looks_keep_the_error_rate() {
    let long: Vec<f64> = (1..=400).map(|look| f64::from(look) / 40.0).collect();
    let rate = stopped(LookRule::OpenEnded, 0.05, &long, 20_000);
    assert!((0.005..0.0533).contains(&rate), "{rate}");
}

/// What sliding windows spend adds up to the error rate, so that it holds however their looks hang together.
#[test]
fn sliding_windows_spend_the_rate_once() {
    let rule = LookRule::Planned(Plan {
        windows: Windows::Sliding,
        ..Plan::default()
    });
    let spent: f64 = boundaries(rule, 0.05, &even(12))
        .iter()
        .map(|z| erfc(z / std::f64::consts::SQRT_2))
        .sum();
    assert!((spent - 0.05).abs() < 1e-9, "{spent}");
}

/// A plan that is looked at a thousand times is quick to work out.
#[test]
fn levels_are_levels_for_any_looks() {
    let progresses: Vec<f64> = (1..=1000).map(|look| f64::from(look) / 500.0).collect();
    for spending in [Spending::OBrienFleming, Spending::Pocock] {
        let last = look(&progresses, Place::Last);
        let level = plan(spending).level(&last, Alpha::new(0.01).unwrap()).get();
        assert!(level > 0.0 && level < 0.01, "{level}");
    }
}
