//! The samples in numbers: as they came, and as they were compared.

use maud::{Markup, html};
use serinus_judge::{MetricResult, Summary, stats::percentile};

use super::Depth;
use crate::{
    analysis::{MetricEvidence, SideEvidence},
    report::{plot::finite, wording::axis_number},
};

/// One column of the table.
struct Column {
    summary: Summary,
    /// Median and 99th percentile, where the samples are at hand.
    quantiles: Option<[f64; 2]>,
    missing: Option<usize>,
}

/// A row: its name, and its number in a column.
type Row = (&'static str, fn(&Column) -> Option<f64>);

const ROWS: [Row; 8] = [
    ("Samples", |column| Some(column.summary.count as f64)),
    ("Missing", |column| column.missing.map(|count| count as f64)),
    ("Mean", |column| column.summary.mean),
    ("Median", |column| {
        column.quantiles.map(|[median, _]| median)
    }),
    ("99th percentile", |column| {
        column.quantiles.map(|[_, high]| high)
    }),
    ("Standard deviation", |column| column.summary.std),
    ("Smallest", |column| column.summary.min),
    ("Largest", |column| column.summary.max),
];

/// Statistics of both sides.
pub(super) fn statistics(result: &MetricResult, evidence: &MetricEvidence, depth: Depth) -> Markup {
    let columns = [
        came(&evidence.baseline),
        compared(result.baseline),
        came(&evidence.canary),
        compared(result.canary),
    ];
    let shown = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), axis_number);
    html! {
        div.card {
            (depth.heading("In numbers"))
            div.scroll tabindex="0" role="group" aria-label="Statistics of both sides" {
                table.sums.numbers {
                    thead {
                        tr {
                            td rowspan="2" {}
                            @for side in ["Baseline", "Canary"] { th.n colspan="2" scope="colgroup" { (side) } }
                        }
                        tr { @for _side in 0..2 { th.n scope="col" { "as it came" } th.n scope="col" { "as compared" } } }
                    }
                    tbody {
                        @for (name, value) in ROWS {
                            tr {
                                th scope="row" { (name) }
                                @for column in &columns { td.n { (shown(value(column))) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn came(side: &SideEvidence) -> Column {
    let sorted = finite(&side.values);
    Column {
        summary: Summary::of(&sorted),
        quantiles: (!sorted.is_empty()).then(|| [50.0, 99.0].map(|p| percentile(&sorted, p))),
        missing: Some(side.values.len() - sorted.len()),
    }
}

fn compared(summary: Summary) -> Column {
    Column {
        summary,
        quantiles: None,
        missing: None,
    }
}
