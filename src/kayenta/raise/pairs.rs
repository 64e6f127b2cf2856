//! The samples of a run as pairs of series.

use std::collections::BTreeMap;

use jiff::Timestamp;
use uuid::Uuid;

use crate::{
    analysis::{RunId, Scorecard, SideEvidence},
    kayenta::wire::{Double, MetricSetPair, PairScope, Sides},
};

/// Identifies the pair of series of a run's metric at this place; always the same.
pub fn pair_id(run: RunId, place: usize) -> String {
    // Ids differ from each other in far more than the places of a config's metrics.
    let place = u128::try_from(place).unwrap_or_default() + 1;
    Uuid::from_u128(run.as_u128() ^ place).to_string()
}

/// The samples of a run, a pair of series per metric.
pub fn metric_set_pairs(run: RunId, scorecard: &Scorecard) -> Vec<MetricSetPair> {
    let metrics = scorecard.evidence.iter().enumerate();
    metrics
        .map(|(place, evidence)| {
            let of = |side: fn(&SideEvidence) -> _| Sides {
                control: side(&evidence.baseline),
                experiment: side(&evidence.canary),
            };
            MetricSetPair {
                name: evidence.metric.clone(),
                id: pair_id(run, place),
                tags: BTreeMap::new(),
                values: Sides {
                    control: values(&evidence.baseline),
                    experiment: values(&evidence.canary),
                },
                scopes: Some(of(scope)),
                attributes: Sides {
                    control: attributes(&evidence.baseline),
                    experiment: attributes(&evidence.canary),
                },
            }
        })
        .collect()
}

fn values(side: &SideEvidence) -> Vec<Double> {
    let values = side.values.iter();
    values
        .map(|value| Double(value.unwrap_or(f64::NAN)))
        .collect()
}

fn scope(side: &SideEvidence) -> PairScope {
    let start: Timestamp = side.start;
    PairScope {
        start_time_millis: start.as_millisecond(),
        start_time_iso: Some(start),
        step_millis: side.step_millis,
    }
}

fn attributes(side: &SideEvidence) -> BTreeMap<String, String> {
    let query = (!side.queries.is_empty()).then(|| side.queries.join("\n"));
    query
        .map(|query| ("query".to_owned(), query))
        .into_iter()
        .collect()
}
