//! The first thing on a run's page: what came out, why, and what to do.

use maud::{Markup, html};

use super::{
    inert::inert,
    tone::{Tone, badge},
};
use crate::{
    analysis::Scorecard,
    report::{
        plot,
        wording::{advice, number},
    },
};

/// Verdict, score, reason, action.
pub(crate) fn verdict(scorecard: &Scorecard) -> Markup {
    let decision = &scorecard.decision;
    let tone = Tone::from(decision.verdict);
    html! {
        section.verdict.(tone.class()) aria-label="Verdict" {
            h1 { bdi { (scorecard.application) } " " (badge(tone, decision.verdict.as_str())) }
            div.score {
                @if decision.scored {
                    p { strong { (number(decision.score)) } " of 100" }
                    (plot::gauge(decision.score, decision.thresholds, tone.class()))
                } @else {
                    p { "no score: nothing was decided" }
                }
            }
            p.reason { bdi { (sentence(&decision.reason)) } }
            p.action { "What to do: " strong { (advice(decision.verdict)) } }
        }
    }
}

/// A sentence with its end; a name at its beginning keeps its spelling.
fn sentence(text: &str) -> String {
    let end = if text.ends_with(['.', '!', '?']) {
        ""
    } else {
        "."
    };
    inert(text) + end
}
