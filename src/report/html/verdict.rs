//! The first thing on a run's page: what came out, why, and what to do.

use maud::{Markup, html};

use serinus_judge::{Counted, MetricResult, Scorecard as Decision, Verdict};

use super::{
    inert::{capital, inert, short, told},
    metrics::set_aside,
    tone::{Tone, badge},
};
use crate::{
    analysis::Scorecard,
    report::{
        plot,
        wording::{advice, few, number},
    },
};

/// Verdict, score, reason, action. `about` says which run it is, where that is known.
pub(crate) fn verdict(scorecard: &Scorecard, about: &Markup) -> Markup {
    let decision = &scorecard.decision;
    let tone = Tone::from(decision.verdict);
    html! {
        section.verdict.(tone.class()) aria-label="Verdict" {
            h1 { bdi { (scorecard.application) } " " (badge(tone, decision.verdict.as_str())) }
            (points(decision))
            p.reason { bdi { (headline(scorecard)) } }
            @if let Some(why) = no_pass(decision) { p.quiet { bdi { (inert(&why)) } } }
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

/// The score. Where too little was decided it is no result, and does not look like one.
fn points(decision: &Decision) -> Markup {
    let open = decision.verdict == Verdict::Inconclusive;
    let class = if open {
        "open"
    } else {
        Tone::from(decision.verdict).class()
    };
    html! {
        div.score.open[open] {
            @if !decision.scored {
                p { "no score: nothing was decided" }
            } @else if open {
                p { "of the " (share(decision.coverage)) "\u{a0}% that was decided: " strong { (number(decision.score)) } }
                (plot::gauge(decision.score, decision.thresholds, class))
            } @else {
                p { strong { (number(decision.score)) } " of 100" }
                (plot::gauge(decision.score, decision.thresholds, class))
            }
        }
    }
}

/// Why the score of a run without a decision is no pass, where it looks like one.
fn no_pass(decision: &Decision) -> Option<String> {
    let looks_good = decision.scored && decision.score >= decision.thresholds.marginal();
    if decision.verdict != Verdict::Inconclusive || !looks_good {
        return None;
    }
    let (by_chance, open): (Vec<&MetricResult>, Vec<&MetricResult>) = (decision.metrics.iter())
        .filter(|metric| metric.required && !metric.muted && metric.counted == Counted::Ignored)
        .partition(|metric| set_aside(metric));
    let names = |metrics: &[&MetricResult]| {
        let names: Vec<&str> = metrics.iter().map(|metric| metric.name.as_str()).collect();
        few(&names, 3)
    };
    let without = match (open.as_slice(), by_chance.as_slice()) {
        ([], []) => {
            let chance = decision
                .metrics
                .iter()
                .any(|metric| !metric.muted && set_aside(metric));
            return Some(format!(
                "It is no pass, as {} % of the weight was not decided{} and could change the verdict.",
                share(1.0 - decision.coverage),
                if chance {
                    ", or failed and was taken for chance,"
                } else {
                    ""
                }
            ));
        }
        (open, []) => format!("without a decision on {}", names(open)),
        ([], chance) => format!(
            "on a failure taken for chance, as that of {}",
            names(chance)
        ),
        (open, chance) => format!(
            "without a decision on {}, or on a failure taken for chance, as that of {}",
            names(open),
            names(chance)
        ),
    };
    Some(format!("It is no pass, as no run passes {without}."))
}

/// A share in percent.
fn share(share: f64) -> String {
    number((share * 1000.0).round() / 10.0)
}

/// The reason as a sentence. What a store said at length is told further down.
fn headline(scorecard: &Scorecard) -> String {
    let decision = &scorecard.decision;
    let mut reason = decision.reason.clone();
    for (metric, evidence) in decision.metrics.iter().zip(&scorecard.evidence) {
        if let Some(brief) = told(metric, evidence) {
            reason = reason.replace(&metric.reason, brief);
        }
    }
    let names = decision.metrics.iter().map(|metric| metric.name.as_str());
    sentence(&capital(&reason, names))
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
