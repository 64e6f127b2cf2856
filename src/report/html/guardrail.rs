//! Guardrails in words.

use maud::{Markup, html};

use jiff::SignedDuration;
use serde_json::Value;

use super::short;
use crate::{
    analysis::Scorecard,
    canary_config::{CanaryConfig, GuardrailConfig},
    report::number,
};

/// What each key of a guardrail says around its value, in the order of a sentence.
const WORDS: [(&str, &str, &str); 11] = [
    ("ratioAbove", "more than", "times the baseline"),
    ("levelAbove", "above", ""),
    ("levelBelow", "below", ""),
    ("growthAbove", "growing by more than", ""),
    ("sumAbove", "in sum above", ""),
    ("failedLooks", "failed at", "looks in a row"),
    ("per", "per", ""),
    ("for", "for", ""),
    ("within", "within", ""),
    ("floor", "where above", ""),
    ("atLeast", "with at least", "requests"),
];

/// A guardrail as a sentence goes on: `more than 2 times the baseline for 3m where above 0.001`.
pub(crate) fn guardrail(guardrail: &GuardrailConfig) -> String {
    // As it is written: what is left out there goes without saying.
    let written = serde_json::to_value(guardrail).unwrap_or_default();
    let mut words = Vec::new();
    for (key, before, after) in WORDS {
        let value = match written.get(key) {
            None | Some(Value::Null) => continue,
            Some(Value::String(text)) => match text.parse::<SignedDuration>() {
                Ok(time) => format!("{time:#}"),
                Err(_) => text.clone(),
            },
            Some(other) => other.as_f64().map_or_else(|| other.to_string(), number),
        };
        words.extend([before.to_owned(), value, after.to_owned()]);
    }
    words.retain(|word| !word.is_empty());
    words.join(" ")
}

/// The lines that would have failed the run whatever the score, and whether one was crossed; nothing where there are none.
pub(crate) fn guardrails(config: &CanaryConfig, scorecard: &Scorecard) -> Markup {
    let guarded = || (config.metrics.iter()).filter(|metric| !metric.guardrails.is_empty());
    let crossed = |name: &str| {
        let metrics = &scorecard.decision.metrics;
        let metric = metrics.iter().find(|metric| metric.name == name);
        metric.and_then(|metric| metric.guardrail.as_deref())
    };
    html! {
        @if guarded().next().is_some() {
            section.card aria-labelledby="guardrails" {
                h2 #guardrails { "Guardrails" }
                p.quiet { "Crossing one fails the run whatever the score is." }
                dl.facts {
                    @for metric in guarded() {
                        dt { bdi { (metric.name) } }
                        dd {
                            @for line in &metric.guardrails { div { (guardrail(line)) } }
                            @match crossed(metric.name.as_str()) {
                                Some(seen) => strong.fail { "✕ crossed: " bdi { (short(seen)) } },
                                None => span.pass { "✓ not crossed" },
                            }
                        }
                    }
                }
            }
        }
    }
}
