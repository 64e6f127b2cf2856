//! Odd windows are answered or refused as documented, never with a panic.

use proptest::prelude::*;
use serinus_simulator::{
    Exporter, MAX_SPAN, MAX_STEP, Part, Pod, Region, Release, Role, Scenario, Signal, history,
};

use crate::support::{START, canary};

fn release() -> impl Strategy<Value = Release> {
    let scenario = prop::sample::select(Scenario::ALL.as_slice());
    let role = prop::sample::select(Role::ALL.as_slice());
    let deployed_at = prop::option::of(instant());
    (scenario, role, any::<u64>(), deployed_at, 1..=100_u8).prop_map(
        |(scenario, role, seed, deployed_at, weight)| Release {
            deployed_at,
            weight: weight.try_into().unwrap(),
            ..Release::new(scenario, role, seed)
        },
    )
}

fn part() -> impl Strategy<Value = Part> {
    prop_oneof![
        Just(Part::Whole),
        prop::sample::select(Region::ALL.as_slice()).prop_map(Part::Region),
        prop::sample::select(Pod::ALL.as_slice()).prop_map(Part::Pod),
    ]
}

/// Instants of all sizes, with the ends of the range.
fn instant() -> impl Strategy<Value = i64> {
    prop_oneof![
        any::<i64>(),
        -10_000..10_000_i64,
        START..START + 86_400,
        Just(i64::MIN),
        Just(i64::MAX),
        (0..100_i64).prop_map(|near| i64::MIN + near),
        (0..100_i64).prop_map(|near| i64::MAX - near),
    ]
}

/// Spans that are cheap to compute, reversed ones, and ones that are refused.
fn span() -> impl Strategy<Value = i64> {
    prop_oneof![
        -100..600_i64,
        any::<i64>().prop_filter("refused", |span| !(600..=MAX_SPAN).contains(span))
    ]
}

fn step() -> impl Strategy<Value = u32> {
    prop_oneof![0..5_000_u32, (MAX_STEP + 1)..=u32::MAX]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn a_series_has_the_points_of_its_grid(
        release in release(),
        part in part(),
        signal in prop::sample::select(Signal::ALL.as_slice()),
        start in instant(),
        span in span(),
        step in step(),
    ) {
        let end = start.saturating_add(span);
        let points = release.series_of(part, signal, start, end, step);
        let width = i64::from(step);
        prop_assert!(points.is_sorted_by_key(|point| point.0));
        for &(at, value) in &points {
            prop_assert!((start..=end).contains(&at) && (at - start) % width == 0);
            prop_assert!(value.is_finite() && value >= 0.0);
        }
        let refused = end < start
            || end.checked_sub(start).is_none_or(|span| span > MAX_SPAN)
            || !(1..=MAX_STEP).contains(&step)
            || start.checked_sub(width).is_none();
        let canary = release.role == Role::Canary;
        let mute = release.scenario == Scenario::NoData && canary;
        let absent = canary && release.deployed_at.is_some_and(|deployed| end <= deployed);
        let interrupted = canary && (release.deployed_at.is_some() || release.scenario == Scenario::CrashLoop);
        if refused || mute || absent {
            prop_assert_eq!(points, []);
        } else if signal == Signal::RequestRate && !interrupted {
            prop_assert_eq!(points.len() as i64, (end - start) / width + 1);
        }
    }

    #[test]
    fn exporter_and_history_take_any_instant(
        release in release(),
        start in instant(),
        span in span(),
        interval in 0..600_u32,
    ) {
        let end = start.saturating_add(span);
        let text = history(&[("job", release)], start, end, interval);
        prop_assert!(text.ends_with("# EOF\n"));

        let mut exporter = Exporter::new(release, start);
        exporter.advance_to(start.saturating_add(span.min(600)));
        prop_assert!(exporter.now() >= start);
        prop_assert!(!exporter.render().contains("NaN"));
    }
}

#[test]
fn the_documented_bounds_are_the_bounds() {
    let release = canary(Scenario::Healthy, 51);
    let points = |span, step| {
        let series = release.series(Signal::Memory, START, START + span, step);
        series.len()
    };
    assert_eq!(points(0, MAX_STEP), 1);
    assert_eq!(points(0, MAX_STEP + 1), 0);
    assert_eq!(points(MAX_SPAN + 1, MAX_STEP), 0);
    assert_eq!(
        points(59, 60),
        1,
        "a step longer than the window still has its first point"
    );
    assert_eq!(points(-1, 60), 0);
    assert_eq!(points(600, 0), 0);
}
