//! The answer to one query as sets of samples.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::{
    analysis::{FetchedQuery, PlannedQuery},
    kayenta::wire::{Double, MetricSet},
};

/// The label that repeats the metric's name.
const NAME: &str = "__name__";

/// A set for each series of the answer, on the grid that was asked for; one without samples where there is none, as Kayenta does.
pub fn metric_sets(name: &str, query: &PlannedQuery, answer: &FetchedQuery) -> Vec<MetricSet> {
    let grid = query.grid;
    let step = grid.step().as_millis();
    let (start, last) = (grid.first(), grid.last());
    let end = last
        .checked_add(SignedDuration::from_millis(step))
        .unwrap_or(Timestamp::MAX);
    let set = |tags: BTreeMap<String, String>, values: Vec<Double>| MetricSet {
        name: name.to_owned(),
        tags,
        start_time_millis: start.as_millisecond(),
        start_time_iso: Some(start),
        end_time_millis: end.as_millisecond(),
        end_time_iso: Some(end),
        step_millis: step,
        values,
        attributes: BTreeMap::from([("query".to_owned(), query.text.clone())]),
    };
    let sets = answer.series.iter().map(|series| {
        let mut values = vec![Double::none(); grid.len()];
        for sample in &series.samples {
            let place = grid.index(sample.at);
            if let Some(value) = place.and_then(|place| values.get_mut(place)) {
                *value = Double(sample.value);
            }
        }
        let mut tags = series.labels.0.clone();
        tags.remove(NAME);
        set(tags, values)
    });
    let sets: Vec<_> = sets.collect();
    if sets.is_empty() {
        return vec![set(BTreeMap::new(), Vec::new())];
    }
    sets
}
