//! The queries as they were sent, ready to be tried by hand.

use maud::{Markup, html};

use super::{Depth, inert::inert};
use crate::{
    analysis::{MetricEvidence, SideEvidence},
    report::wording::number,
};

/// Where both sides' samples came from.
pub(super) fn queries(evidence: &MetricEvidence, depth: Depth) -> Markup {
    html! {
        div.columns {
            (side("Baseline", &evidence.baseline, &format!("q-{}-b", depth.index()), depth))
            (side("Canary", &evidence.canary, &format!("q-{}-c", depth.index()), depth))
        }
    }
}

fn side(name: &str, side: &SideEvidence, id: &str, depth: Depth) -> Markup {
    html! {
        div.card {
            (depth.heading(&format!("{name}'s samples")))
            @if side.queries.is_empty() {
                p.quiet {
                    @if side.values.is_empty() { "There is no " (name.to_lowercase()) "." }
                    @else { "They came with the request." }
                }
            }
            @for (number, query) in side.queries.iter().enumerate() {
                div.query {
                    pre #{ (id) "-" (number) } tabindex="0" aria-label={ (name) "'s query" } { code { (query) } }
                    button type="button" hidden data-copy={ (id) "-" (number) } aria-label={ "Copy the " (name.to_lowercase()) "'s query" } { "Copy" }
                }
            }
            dl.facts {
                @if !side.account.is_empty() {
                    dt { "Account" } dd { bdi { (side.account) } }
                    dt { "Answered in" } dd { (number(side.fetch_millis)) " ms" }
                }
                @if !side.values.is_empty() {
                    dt { "First sample" } dd { (super::facts::moment(side.start)) }
                    dt { "Step" } dd { (number(side.step_millis as f64 / 1e3)) " s" }
                }
                @if let Some(work) = side.work { dt { "Work done" } dd { (number(work)) } }
                @if !side.labels.is_empty() {
                    dt { "Labels" }
                    dd { @for (key, value) in &side.labels { span.tag { bdi { (key) } ": " bdi { (value) } } " " } }
                }
            }
            @if !side.notes.is_empty() {
                p.noticed { "Noticed" }
                ul { @for note in &side.notes { li { bdi { (inert(note)) } } } }
            }
        }
    }
}
