use serinus_simulator::{Exporter, Role, Scenario, Signal, history};

use crate::support::{HOUR, START, canary, releases, values};

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let render = |seed| {
        let jobs =
            releases(Scenario::ErrorSpike, seed).map(|release| (release.role.name(), release));
        history(&jobs, START, START + 600, 15)
    };
    assert_eq!(render(1), render(1));
    assert_ne!(render(1), render(2));
}

#[test]
fn a_point_does_not_depend_on_the_window() {
    let release = canary(Scenario::LatencyRegression, 3);
    for signal in Signal::ALL {
        let long = release.series(signal, START, START + HOUR, 60);
        assert_eq!(long.len(), 61, "{signal}");
        assert_eq!(
            long[20..=40],
            release.series(signal, START + 1_200, START + 2_400, 60)
        );
        assert_eq!(
            long[7..8],
            release.series(signal, START + 420, START + 420, 60)
        );
    }
}

#[test]
fn windows_of_one_step_add_up_to_a_longer_step() {
    let release = canary(Scenario::Healthy, 3);
    let minutes = release.series(Signal::Requests, START + 60, START + HOUR, 60);
    let hour = release.series(Signal::Requests, START + HOUR, START + HOUR, 3_600);
    let total: f64 = minutes.iter().map(|(_, requests)| requests).sum();
    assert_eq!(hour, [(START + HOUR, total)]);
}

#[test]
fn an_exporter_does_not_depend_on_how_often_it_is_advanced() {
    let release = canary(Scenario::Healthy, 4);
    let mut often = Exporter::new(release, START);
    let mut once = often.clone();
    for now in (START..=START + 600).step_by(7) {
        often.advance_to(now);
    }
    often.advance_to(START + 600);
    once.advance_to(START + 600);
    assert_eq!(often.render(), once.render());
}

#[test]
fn the_baseline_is_the_same_in_every_scenario() {
    for signal in Signal::ALL {
        let [first, others @ ..] = Scenario::ALL.map(|scenario| {
            let [baseline, _] = releases(scenario, 5);
            baseline.series(signal, START, START + HOUR, 60)
        });
        assert!(others.iter().all(|other| *other == first), "{signal}");
    }
}

#[test]
fn the_two_roles_and_two_seeds_have_noise_of_their_own() {
    let [baseline, canary] = releases(Scenario::Healthy, 6);
    assert_eq!((baseline.role, canary.role), (Role::Baseline, Role::Canary));
    let [_, other_seed] = releases(Scenario::Healthy, 7);
    for signal in Signal::ALL {
        let [a, b, c] = [baseline, canary, other_seed].map(|release| values(release, signal));
        if matches!(
            signal,
            Signal::Restarts | Signal::Errors | Signal::Retries | Signal::GcTime
        ) {
            // few different values: most equal ones are chance
            continue;
        }
        // counts and error ratios are coarse: a few equal values are chance
        for (left, right) in [(&a, &b), (&b, &c)] {
            let equal = left
                .iter()
                .zip(right)
                .filter(|(l, r)| l.to_bits() == r.to_bits())
                .count();
            assert!(
                equal < left.len() / 5,
                "{signal}: {equal} of {}",
                left.len()
            );
        }
    }
}
