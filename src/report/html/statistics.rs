//! The samples in numbers: as they came, and as they were compared.

use maud::{Markup, html};
use serinus_judge::{MetricResult, Summary, stats::percentile};

use super::Depth;
use crate::{
    analysis::{MetricEvidence, SideEvidence},
    report::{plot::finite, wording::number},
};

/// One column of the table.
struct Column {
    head: &'static str,
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
        came("Baseline as it came", &evidence.baseline),
        compared("Baseline as compared", result.baseline),
        came("Canary as it came", &evidence.canary),
        compared("Canary as compared", result.canary),
    ];
    let shown = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), number);
    html! {
        div.card {
            (depth.heading("In numbers"))
            div.scroll tabindex="0" role="group" aria-label="Statistics of both sides" {
                table.sums {
                    thead { tr {
                        td {}
                        @for column in &columns { th.n scope="col" { (column.head) } }
                    } }
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

fn came(head: &'static str, side: &SideEvidence) -> Column {
    let sorted = finite(&side.values);
    Column {
        head,
        summary: Summary::of(&sorted),
        quantiles: (!sorted.is_empty()).then(|| [50.0, 99.0].map(|p| percentile(&sorted, p))),
        missing: Some(side.values.len() - sorted.len()),
    }
}

fn compared(head: &'static str, summary: Summary) -> Column {
    Column {
        head,
        summary,
        quantiles: None,
        missing: None,
    }
}
