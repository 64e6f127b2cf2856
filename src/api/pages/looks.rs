//! The looks of a run that judges several times.

use maud::{Markup, html};

use crate::{
    analysis::Run,
    report::{
        html::{Tone, badge, moment, short},
        number,
    },
};

/// Every look with what it found, the last one first; nothing for a run that judges once.
pub(super) fn looks(run: &Run) -> Markup {
    let planned = run.request.looks_planned();
    html! {
        @if planned > 1 && !run.looks.is_empty() {
            details.card open[run.looks.len() <= 6] {
                summary { h2 { (run.looks.len()) " of " (planned) " looks" } }
                table.runs role="table" {
                    thead role="rowgroup" { tr role="row" {
                        th role="columnheader" scope="col" { "Found" }
                        th.n role="columnheader" scope="col" { "Score" }
                        th role="columnheader" scope="col" { "Look" }
                        th role="columnheader" scope="col" { "Why" }
                        th role="columnheader" scope="col" { "Judged" }
                    } }
                    tbody role="rowgroup" {
                        @for look in run.looks.iter().rev() {
                            tr role="row" {
                                td role="cell" { (badge(Tone::from(look.found.verdict), look.found.verdict.as_str())) }
                                td.n role="cell" { @if look.found.scored { (number(look.found.score)) } @else { "–" } }
                                th role="rowheader" scope="row" { (look.number) }
                                td.why role="cell" { bdi { (short(&look.found.reason)) } }
                                td.when role="cell" { (moment(look.judged_at)) }
                            }
                        }
                    }
                }
                p.quiet { "What follows is the last look's." }
            }
        }
    }
}
