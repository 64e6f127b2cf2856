//! What could not be decided, and what would decide it.

use maud::{Markup, html};
use serinus_judge::{MetricResult, Outcome};

use super::{Links, short};
use crate::{
    analysis::{MetricEvidence, Scorecard},
    report::wording::number,
};

/// The metrics without a decision; nothing where all were decided.
pub(crate) fn undecided(scorecard: &Scorecard, links: &Links) -> Markup {
    // Metrics that lack the same thing are said together.
    let mut open: Vec<(String, Vec<(usize, &str)>)> = Vec::new();
    let metrics = scorecard.decision.metrics.iter().zip(&scorecard.evidence);
    for (index, (metric, evidence)) in metrics.enumerate() {
        let Some(remedy) = remedy(metric, evidence) else {
            continue;
        };
        let reason = short(&metric.reason);
        let end = if reason.ends_with('…') { "" } else { "." };
        let said = format!("{reason}{end} {remedy}");
        let named = (index, metric.name.as_str());
        match open.iter_mut().find(|(other, _)| *other == said) {
            Some((_, names)) => names.push(named),
            None => open.push((said, vec![named])),
        }
    }
    html! {
        @if !open.is_empty() {
            section.card aria-labelledby="undecided" {
                h2 #undecided { "Undecided, and what would decide it" }
                dl.remedies {
                    @for (said, names) in &open {
                        @for (index, name) in names {
                            dt { a href=(links.metric(*index, name)) { bdi { (name) } } }
                        }
                        dd { bdi { (said) } }
                    }
                }
            }
        }
    }
}

/// What would decide a metric; `None` if it is decided.
fn remedy(metric: &MetricResult, evidence: &MetricEvidence) -> Option<String> {
    match metric.outcome {
        Outcome::Pass | Outcome::High | Outcome::Low => None,
        Outcome::Error => Some("Mend what the store complains about and analyse again.".to_owned()),
        Outcome::Nodata => Some(format!(
            "Check that its query returns samples for {} in this window.",
            match (metric.baseline.count, metric.canary.count) {
                (0, 0) => "both sides",
                (0, _) => "the baseline",
                _ => "the canary",
            }
        )),
        Outcome::Inconclusive => {
            let (found, needed) = (metric.detectable_percent, evidence.tolerance.must_detect);
            Some(match found.zip(needed) {
                Some((found, needed)) => format!(
                    "A change of {} % would have been noticed with these samples; a pass must exclude one of {} %. A longer \
                     window, more traffic on the canary or more replicas narrow the interval.",
                    number((found * 10.0).round() / 10.0),
                    number(needed * 100.0)
                ),
                None if metric.estimate.is_none() && evidence.canary.work.is_some() => {
                    "The config wants a minimum of work (such as requests) on both sides before it compares anything: give the \
                     canary more traffic or a longer window."
                        .to_owned()
                }
                None => {
                    "A longer window or more traffic on the canary gives more samples.".to_owned()
                }
            })
        }
    }
}
