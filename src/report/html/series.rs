//! The replicas, strata or locations of both sides.

use std::collections::BTreeMap;

use maud::{Markup, html};
use serinus_judge::Summary;

use super::Depth;
use crate::{
    analysis::{MetricEvidence, SeriesEvidence},
    report::{plot::finite, wording::number},
};

/// A table of the single series; nothing where each side has one.
pub(super) fn series(evidence: &MetricEvidence, depth: Depth) -> Markup {
    let (baseline, canary) = (&evidence.baseline.series, &evidence.canary.series);
    if baseline.is_empty() && canary.is_empty() {
        return html! {};
    }
    let mut names: BTreeMap<&str, [Option<Summary>; 2]> = BTreeMap::new();
    for (side, series) in [baseline, canary].into_iter().enumerate() {
        for one in series {
            names.entry(&one.name).or_default()[side] = Some(summary(one));
        }
    }
    html! {
        details.card open[names.len() <= 12] {
            summary { (depth.heading(&format!("{} single series", names.len()))) }
            div.scroll tabindex="0" role="group" aria-label="Single series" {
                table.sums {
                    thead { tr {
                        th scope="col" { "Replica, stratum or location" }
                        @for head in ["Baseline samples", "Baseline mean", "Canary samples", "Canary mean"] {
                            th.n scope="col" { (head) }
                        }
                    } }
                    tbody {
                        @for (name, sides) in &names {
                            tr {
                                th scope="row" { bdi { (name) } }
                                @for side in sides {
                                    td.n { (side.map_or_else(|| "–".to_owned(), |side| side.count.to_string())) }
                                    td.n { (side.and_then(|side| side.mean).map_or_else(|| "–".to_owned(), number)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn summary(series: &SeriesEvidence) -> Summary {
    Summary::of(&finite(&series.values))
}
