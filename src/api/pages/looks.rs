//! The looks of a run that judges several times.

use maud::{Markup, html};

use crate::{
    analysis::{Look, Run},
    report::{
        html::{Site, Tone, badge, moment, short},
        number,
        plot::{self, LookSeen},
    },
};

/// Every look with what it found, over time and as a table, the last one first; nothing for a run that judges once.
pub(super) fn looks(site: &Site, run: &Run, shown: Option<u32>) -> Markup {
    let planned = run.request.looks_planned();
    let seen: Vec<LookSeen> = run.looks.iter().map(seen).collect();
    html! {
        @if planned > 1 && !run.looks.is_empty() {
            section.card aria-labelledby="looks" {
                h2 #looks { (run.looks.len()) " of " (planned) " looks" }
                p.quiet {
                    "A look is one judgement of the window so far. "
                    a href=(site.help("#look")) { "How looks go together" }
                }
                @if planned <= plot::MOST_LOOKS {
                    div.scroll tabindex="0" role="group" aria-label="Score at each look" { (plot::looks(&seen, planned)) }
                }
                details #looks-list open[run.looks.len() <= 6] {
                    summary { "What each look found" }
                    table.runs role="table" {
                        thead role="rowgroup" { tr role="row" {
                            th role="columnheader" scope="col" { "Found" }
                            th.n role="columnheader" scope="col" { "Score" }
                            th role="columnheader" scope="col" { "Look" }
                            th role="columnheader" scope="col" { "Why" }
                            th role="columnheader" scope="col" { "Judged" }
                        } }
                        tbody role="rowgroup" {
                            @for look in run.looks.iter().rev() { (row(site, run, look, shown)) }
                        }
                    }
                }
                @if shown.is_none() { p.quiet { "What follows is the last look's." } }
            }
        }
    }
}

fn row(site: &Site, run: &Run, look: &Look, shown: Option<u32>) -> Markup {
    let current = shown.or_else(|| run.looks.last().map(|last| last.number)) == Some(look.number);
    html! {
        tr role="row" {
            td role="cell" { (badge(Tone::from(look.found.verdict), look.found.verdict.as_str())) }
            td.n role="cell" { @if look.found.scored { span.letter { "score " } (number(look.found.score)) } @else { "–" } }
            th role="rowheader" scope="row" {
                a href={ (site.run(run.id)) "?look=" (look.number) } aria-current=[current.then_some("true")] { "Look " (look.number) }
            }
            td.why role="cell" { bdi { (short(&look.found.reason)) } }
            td.when role="cell" { (moment(look.judged_at)) }
        }
    }
}

fn seen(look: &Look) -> LookSeen {
    LookSeen {
        number: look.number,
        verdict: look.found.verdict,
        score: look.found.scored.then_some(look.found.score),
    }
}
