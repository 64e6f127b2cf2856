//! The first thing on a run's page: what came out, why, and what to do.

use maud::{Markup, html};

use super::{
    inert::{inert, short},
    tone::{Tone, badge},
};
use crate::{
    analysis::Scorecard,
    report::{
        plot,
        wording::{advice, number},
    },
};

/// Verdict, score, reason, action. `about` says which run it is, where that is known.
pub(crate) fn verdict(scorecard: &Scorecard, about: &Markup) -> Markup {
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
            @for guardrail in decision.metrics.iter().filter(|metric| !metric.muted).filter_map(|metric| metric.guardrail.as_ref()) {
                // The reason names the first ones.
                @if !decision.reason.contains(guardrail.as_str()) {
                    p.warning { strong { "Guardrail crossed: " } bdi { (short(&sentence(guardrail))) } }
                }
            }
            p.action { "What to do: " strong { (advice(decision.verdict)) } (tally(scorecard)) }
            (about)
        }
    }
}

/// How many metrics came out how; muted ones are no part of it.
fn tally(scorecard: &Scorecard) -> Markup {
    let counted = |tone: Tone| {
        let metrics = scorecard.decision.metrics.iter();
        metrics
            .filter(|metric| !metric.muted && Tone::from(metric.outcome) == tone)
            .count()
    };
    let kinds = [
        (Tone::Fail, "beyond what is allowed"),
        (Tone::Error, "with an error"),
        (Tone::Inconclusive, "undecided"),
        (Tone::Pass, "ok"),
    ];
    html! {
        span.tally {
            @for (tone, words) in kinds {
                @let count = counted(tone);
                @if count > 0 { " " span.(tone.class()) { span aria-hidden="true" { (tone.mark()) } " " (count) " " (words) } }
            }
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
