//! The series of one side.

use std::collections::BTreeMap;

use serinus_judge::Observations;

use crate::analysis::Grid;

/// The samples of one side.
#[derive(Debug, Clone, Default)]
pub(in crate::analysis) struct SideSeries {
    /// The grid of all series; `None` for a side that was not asked.
    pub(in crate::analysis) grid: Option<Grid>,
    /// Name and values of each series; the name is that of a replica, stratum or location, or empty.
    pub(in crate::analysis) series: Vec<(String, Vec<f64>)>,
    /// What was counted, where the metric is a share.
    pub(in crate::analysis) counts: Option<Counted>,
    pub(in crate::analysis) labels: BTreeMap<String, String>,
    pub(in crate::analysis) notes: Vec<String>,
}

impl SideSeries {
    /// The mean of the series at each instant.
    pub(in crate::analysis) fn mean(&self) -> Vec<f64> {
        let length = self.series.first().map_or(0, |(_, values)| values.len());
        (0..length)
            .map(|at| {
                let present = self.series.iter().map(|(_, values)| values[at]);
                let (sum, count) = present
                    .filter(|x| !x.is_nan())
                    .fold((0.0, 0.0), |(sum, count), x| (sum + x, count + 1.0));
                sum / count
            })
            .collect()
    }

    /// The side without the other one, where that cannot be compared with.
    pub(super) fn alone(&self) -> Option<Observations> {
        let values = self.mean();
        let any = values.iter().any(|value| !value.is_nan());
        any.then_some(Observations::CanaryOnly(values))
    }
}

/// Errors and requests at each instant.
#[derive(Debug, Clone, Default)]
pub(in crate::analysis) struct Counted {
    pub(in crate::analysis) errors: Vec<f64>,
    pub(in crate::analysis) of: Vec<f64>,
}
