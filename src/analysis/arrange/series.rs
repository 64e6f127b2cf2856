//! The series of one side.

use std::collections::BTreeMap;

use serinus_judge::{Design, Observations};

use crate::analysis::{Grid, SideEvidence, evidence::unknown};

/// The samples of one side.
#[derive(Debug, Clone, Default)]
pub(in crate::analysis) struct SideSeries {
    /// The grid of all series; `None` for a side that was not asked.
    pub(in crate::analysis) grid: Option<Grid>,
    /// How many values each series has.
    pub(in crate::analysis) points: usize,
    /// Name and values of each series; the name is that of a replica, stratum or location, or empty.
    pub(in crate::analysis) series: Vec<(String, Vec<f64>)>,
    /// What was counted, where the metric is a share.
    pub(in crate::analysis) counts: Option<Counted>,
    pub(in crate::analysis) labels: BTreeMap<String, String>,
    pub(in crate::analysis) notes: Vec<String>,
}

impl SideSeries {
    /// The samples that a record of the side holds.
    ///
    /// # Errors
    /// They do not belong together.
    pub(in crate::analysis) fn recorded(
        record: &SideEvidence,
        design: Design,
    ) -> Result<Self, String> {
        let single = || match record.values.as_slice() {
            [] => Vec::new(),
            values => vec![(String::new(), unknown(values))],
        };
        let series: Vec<_> = match design {
            Design::Replicas | Design::Strata => (record.series.iter())
                .map(|one| (one.name.clone(), unknown(&one.values)))
                .collect(),
            Design::Paired
            | Design::Independent
            | Design::BeforeAfter
            | Design::Counts
            | Design::CanaryOnly => single(),
        };
        let points = record.values.len();
        if series.iter().any(|(_, values)| values.len() != points) {
            return Err(format!("its series do not all have {points} values"));
        }
        Ok(Self {
            grid: None,
            points,
            series,
            counts: record.counts.as_ref().map(|counts| Counted {
                errors: unknown(&counts.errors),
                of: unknown(&counts.of),
            }),
            labels: BTreeMap::new(),
            notes: Vec::new(),
        })
    }

    /// The mean of the series at each instant; NaN where there is none.
    pub(in crate::analysis) fn mean(&self) -> Vec<f64> {
        if let [(_, values)] = self.series.as_slice() {
            return values.clone();
        }
        (0..self.points)
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
