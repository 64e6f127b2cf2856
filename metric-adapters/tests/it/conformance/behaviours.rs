//! What every store makes of right answers.

use serinus_adapters::{Sample, Series};

use super::stand_in::{ask_for, reply, serve};
use super::store::Many;
use super::{Special, Store};
use crate::support::at;

/// A pod's series from seconds after T0 and values, with the labels the adapter is to give it.
fn pod(store: &Store, name: &str, samples: impl IntoIterator<Item = (i64, f64)>) -> Series {
    let samples = samples.into_iter();
    Series {
        labels: (store.labels)(name),
        samples: samples
            .map(|(t, value)| Sample { at: at(t), value })
            .collect(),
    }
}

/// Values that binary fractions and careless parsing would change.
fn exact(index: i64) -> f64 {
    [
        0.1,
        -0.0,
        1e-300,
        123_456_789.123_456_79,
        5e-324,
        1.797e308,
        0.0,
        42.0,
    ][usize::try_from(index % 8).unwrap()]
}

/// As many of the series as one answer of the store can have.
fn several(store: &Store, mut series: Vec<Series>) -> Vec<Series> {
    if store.many == Many::One {
        series.truncate(1);
    }
    series
}

pub(super) async fn asks_for_exactly_the_window(store: &Store) {
    for (from, to) in [(0, 600), (600, 86_400), (7, 607)] {
        ask_for(store, &store.query(from, to), &[]).await;
    }
}

pub(super) async fn no_data_is_an_empty_answer(store: &Store) {
    let query = store.query(0, 600);
    let answer = ask_for(store, &query, &[]).await;
    assert_eq!(answer.series, []);
    assert_eq!(answer.notes, Vec::<String>::new());
    assert_eq!(answer.step, query.step);
}

pub(super) async fn one_series_is_exact(store: &Store) {
    let query = store.query(0, 600);
    let series = [pod(
        store,
        "a",
        (0..=10).map(|index| (index * 60, exact(index))),
    )];
    let answer = ask_for(store, &query, &series).await;
    assert_eq!(answer.series, series);
    let bits = |series: &Series| -> Vec<u64> {
        let samples = series.samples.iter();
        samples.map(|sample| sample.value.to_bits()).collect()
    };
    assert_eq!(bits(&answer.series[0]), bits(&series[0]));
    assert_eq!(answer.notes, Vec::<String>::new());
    assert_eq!(answer.step, query.step);
}

pub(super) async fn many_series_keep_their_labels(store: &Store) {
    let series: Vec<_> = (0..30)
        .map(|number| {
            let samples = (0..=10).map(|index| (index * 60, (number * 100 + index) as f64));
            pod(store, &format!("pod-{number:02}"), samples)
        })
        .collect();
    let several = several(store, series);
    let answer = ask_for(store, &store.query(0, 600), &several).await;
    assert_eq!(answer.series, several);
}

pub(super) async fn gaps_stay_gaps(store: &Store) {
    let with_gap = |name: &str, gap: std::ops::Range<i64>| {
        let indexes = (0..=10).filter(move |index| !gap.contains(index));
        pod(store, name, indexes.map(|index| (index * 60, index as f64)))
    };
    // In the middle, at the start and at the end; the other series has a sample at each of these times.
    let series = [
        with_gap("a", 3..6),
        with_gap("b", 0..4),
        with_gap("c", 8..11),
    ];
    let series = several(store, series.to_vec());
    let answer = ask_for(store, &store.query(0, 600), &series).await;
    assert_eq!(answer.series, series);
    assert_eq!(answer.notes, Vec::<String>::new());
}

pub(super) async fn special_values(store: &Store) {
    let values = [f64::NAN, f64::INFINITY, 1.0, f64::NEG_INFINITY, 2.0];
    let samples = (0..).step_by(60).zip(values);
    let sent = [pod(store, "a", samples.clone())];
    let answer = ask_for(store, &store.query(0, 240), &sent).await;
    let kept = samples.filter(|(_, value)| match store.special {
        Special::All => true,
        Special::Infinities => !value.is_nan(),
        Special::None => value.is_finite(),
    });
    let expected = pod(store, "a", kept);
    // NaN is not equal to itself, its text is.
    assert_eq!(format!("{:?}", answer.series), format!("{:?}", [expected]));
}

pub(super) async fn uneven_steps(store: &Store) {
    let times = [0, 60, 240, 300, 540];
    let series = [pod(store, "a", times.map(|time| (time, time as f64)))];
    let query = store.query(0, 600);
    let answer = ask_for(store, &query, &series).await;
    assert_eq!(answer.series, series);
    assert_eq!(answer.step, query.step);
}

pub(super) async fn samples_outside_the_window_are_left_out(store: &Store) {
    let of = |times: std::ops::RangeInclusive<i64>| {
        pod(store, "a", times.map(|minute| (minute * 60, minute as f64)))
    };
    let answer = ask_for(store, &store.query(7, 607), &[of(-1..=12)]).await;
    assert_eq!(answer.series, [of(1..=10)]);
    let notes = answer.notes.join("; ");
    assert!(
        notes.contains("4 samples outside the window were left out"),
        "{notes}"
    );
    assert!(
        notes.contains("10 samples are not at the instants asked for"),
        "{notes}"
    );
}

/// A whole window as one number, as for the amount of work.
pub(super) async fn one_instant_is_a_window(store: &Store) {
    let series = [pod(store, "a", [(600, 1234.5)])];
    let answer = ask_for(store, &store.query(600, 600), &series).await;
    assert_eq!(answer.series, series);
}

pub(super) async fn check_sends_credentials(store: &Store) {
    let (server, source) = serve(store, reply(200, &(store.checked)())).await;
    source.check().await.unwrap();
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 1);
    (store.check)(&requests[0]);
    for (status, code) in [
        (401, "unauthorized"),
        (404, "malformed"),
        (503, "unavailable"),
    ] {
        let (_server, source) = serve(store, wiremock::ResponseTemplate::new(status)).await;
        assert_eq!(source.check().await.unwrap_err().code(), code);
    }
}
