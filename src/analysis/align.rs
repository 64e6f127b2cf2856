//! Lining samples up on a grid, by timestamp and never by position.

use serinus_adapters::{Sample, Series};

use super::Grid;

/// Values on a grid, one per instant; NaN where the store had no finite sample.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Aligned {
    /// The values.
    pub values: Vec<f64>,
    /// What was noticed on the way, for the scorecard.
    pub notes: Vec<String>,
}

/// The one series of an answer.
///
/// # Errors
/// There are several: a sentence with the label sets, since which of them was meant cannot be guessed.
pub(super) fn single_series(series: &[Series]) -> Result<Option<&Series>, String> {
    match series {
        [] => Ok(None),
        [one] => Ok(Some(one)),
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
                "the query returned {} series ({}{more}) where one is expected; aggregate them, for example with avg(...)",
                several.len(),
                shown.join(", "),
            ))
        }
    }
}

/// Places samples on the grid. Of several samples at one instant the last counts; samples off the grid are left out;
/// an infinite value is no measurement and counts as missing.
pub(super) fn align(samples: &[Sample], grid: &Grid) -> Aligned {
    let mut values = vec![f64::NAN; grid.len()];
    let mut infinite = 0_usize;
    let mut outside = 0_usize;
    for sample in samples {
        match grid.index(sample.at) {
            Some(_) if sample.value.is_infinite() => infinite += 1,
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
