//! Lining samples up on a grid, by timestamp and never by position.

use serinus_adapters::{Sample, Series};

use super::Grid;

/// Values on a grid, one per instant; NaN where the store had no finite sample.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Aligned {
    /// The values.
    pub(super) values: Vec<f64>,
    /// What was noticed on the way, for the scorecard.
    pub(super) notes: Vec<String>,
}

/// Checks that an answer has at most one series.
///
/// # Errors
/// There are several: a sentence with the label sets, since which of them was meant cannot be guessed.
pub(super) fn single_series(series: &[Series]) -> Result<(), String> {
    match series {
        [] | [_] => Ok(()),
        several => {
            let shown: Vec<_> = several
                .iter()
                .take(3)
                .map(|series| series.labels.to_string())
                .collect();
            let more = if several.len() > shown.len() {
                ", ..."
            } else {
                ""
            };
            Err(format!(
                "the query returned {} series ({}{more}) where one is expected; aggregate them, for example with avg(...), \
                 or compare them with `compare: {{replicas: {{label: ..}}}}` or `strata`",
                several.len(),
                shown.join(", "),
            ))
        }
    }
}

/// Places samples on the grid. Of several samples at one instant the last counts; samples off the grid are left out;
/// an infinite value is no measurement and counts as missing, also in place of an earlier one.
pub(super) fn align(samples: &[Sample], grid: &Grid) -> Aligned {
    let mut values = vec![f64::NAN; grid.len()];
    let mut infinite = 0_usize;
    let mut outside = 0_usize;
    for sample in samples {
        match grid.index(sample.at) {
            Some(index) if sample.value.is_infinite() => {
                values[index] = f64::NAN;
                infinite += 1;
            }
            Some(index) => values[index] = sample.value,
            None => outside += 1,
        }
    }
    let mut notes = Vec::new();
    if infinite > 0 {
        notes.push(format!("{infinite} infinite values count as missing"));
    }
    if outside > 0 {
        notes.push(format!(
            "{outside} samples outside the window were left out"
        ));
    }
    Aligned { values, notes }
}

/// What becomes of several values within one coarser step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Together {
    /// Their mean: of levels.
    Averaged,
    /// Their sum: of counts per step.
    Added,
}

/// The same on a coarser grid over the same time: each instant gets the values since the one before, together.
pub(super) fn coarsened(aligned: Aligned, from: &Grid, to: &Grid, together: Together) -> Aligned {
    if from == to {
        return aligned;
    }
    let mut sums = vec![(0.0, 0_u32); to.len()];
    for (at, value) in from.instants().zip(&aligned.values) {
        if let (false, Some(index)) = (value.is_nan(), to.index_since(at)) {
            sums[index].0 += value;
            sums[index].1 += 1;
        }
    }
    let mut notes = aligned.notes;
    let how = match together {
        Together::Averaged => "averaged",
        Together::Added => "added up",
    };
    notes.push(format!(
        "samples every {} were {how} to the other side's step of {}",
        from.step(),
        to.step()
    ));
    Aligned {
        values: sums
            .into_iter()
            .map(|(sum, count)| match together {
                Together::Averaged => sum / f64::from(count),
                Together::Added if count > 0 => sum,
                Together::Added => f64::NAN,
            })
            .collect(),
        notes,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use serinus_adapters::Step;

    use super::*;

    #[test]
    fn an_infinite_sample_is_none_and_brings_no_older_one_back() {
        let at = |millis: i64| Timestamp::from_millisecond(1_768_384_800_000 + millis).unwrap();
        let step = Step::try_from(jiff::SignedDuration::from_secs(60)).unwrap();
        let grid = Grid::of_samples(at(0), step, 3).unwrap();
        let samples: Vec<Sample> = [
            (0, 1.0),
            (59_000, 2.0),
            (61_000, f64::INFINITY),
            (119_000, f64::NEG_INFINITY),
            (121_000, 3.0),
        ]
        .map(|(millis, value)| Sample {
            at: at(millis),
            value,
        })
        .into();
        let Aligned { values, notes } = align(&samples, &grid);
        assert_eq!(format!("{values:?}"), "[1.0, NaN, 3.0]");
        assert_eq!(notes, ["2 infinite values count as missing"]);
    }
}
