//! What could not be decided, and what would decide it.

use maud::{Markup, html};
use serinus_judge::{MetricResult, Outcome, TOLD_PERCENT};

use super::{
    Links,
    inert::{capital, inert, short, told},
};
use crate::{
    analysis::{MetricEvidence, Scorecard},
    canary_config::{CanaryConfig, MinimumWork},
    report::wording::number,
};

/// What some metrics lack, and what helps.
#[derive(Debug, PartialEq)]
struct Open<'a> {
    said: String,
    /// The whole of a long error.
    details: Option<String>,
    names: Vec<(usize, &'a str)>,
}

/// The metrics without a decision; nothing where all were decided. The config says what was counted as work, where it is known.
pub(crate) fn undecided(
    scorecard: &Scorecard,
    config: Option<&CanaryConfig>,
    links: &Links,
) -> Markup {
    // Metrics that lack the same thing are said together.
    let mut open: Vec<Open<'_>> = Vec::new();
    let metrics = scorecard.decision.metrics.iter().zip(&scorecard.evidence);
    for (index, (metric, evidence)) in metrics.enumerate() {
        let minimum = config.and_then(|config| {
            let mut metrics = config.metrics.iter();
            config.minimum_work(metrics.find(|of| of.name.as_str() == metric.name)?)
        });
        let Some(remedy) = remedy(metric, evidence, minimum) else {
            continue;
        };
        let whole = &metric.reason;
        let cut = told(metric, evidence);
        let reason = capital(&short(cut.unwrap_or(whole)), [metric.name.as_str()]);
        let end = if reason.ends_with(['…', '?']) {
            ""
        } else {
            "."
        };
        let said = format!("{reason}{end} {remedy}");
        let details = cut.map(|_| inert(whole));
        let named = (index, metric.name.as_str());
        match (open.iter_mut()).find(|other| other.said == said && other.details == details) {
            Some(other) => other.names.push(named),
            None => open.push(Open {
                said,
                details,
                names: vec![named],
            }),
        }
    }
    html! {
        @if !open.is_empty() {
            section.card aria-labelledby="undecided" {
                h2 #undecided { "Undecided, and what would decide it" }
                dl.remedies {
                    @for (place, Open { said, details, names }) in open.iter().enumerate() {
                        @for (index, name) in names {
                            dt { a href=(links.metric(*index, name)) { bdi { (name) } } }
                        }
                        dd {
                            bdi { (said) }
                            @if let Some(details) = details {
                                details #{ "said-" (place) } { summary { "What the store said" } pre tabindex="0" { code { bdi { (details) } } } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What would decide a metric; `None` if it is decided.
fn remedy(
    metric: &MetricResult,
    evidence: &MetricEvidence,
    minimum: Option<&MinimumWork>,
) -> Option<String> {
    match metric.outcome {
        Outcome::Pass | Outcome::High | Outcome::Low => None,
        Outcome::Error if evidence.failure.is_some() => {
            Some("Mend what the store complains about and analyse again.".to_owned())
        }
        Outcome::Error => Some(
            "The samples are there, and its judge could not decide by them: a longer window gives it others."
                .to_owned(),
        ),
        Outcome::Nodata => Some(format!(
            "Check that its query returns samples for {} in this window.",
            match (metric.baseline.count, metric.canary.count) {
                (0, 0) => "both sides",
                (0, _) => "the baseline",
                _ => "the canary",
            }
        )),
        Outcome::Inconclusive => Some(match (metric.detectable_percent, metric.estimate) {
            (Some(found), _) => narrower(found, evidence.tolerance.must_detect),
            (None, None) if evidence.canary.work.is_some() => more_work(evidence, minimum),
            (None, _) => {
                "A longer window or more traffic on the canary gives more samples.".to_owned()
            }
        }),
    }
}

/// What narrows the interval of a metric of which a change of `found` percent would have been noticed.
fn narrower(found: f64, needed: Option<f64>) -> String {
    let noticed = if found > TOLD_PERCENT {
        "Hardly any change would have been noticed with these samples".to_owned()
    } else {
        let found = number((found * 10.0).round() / 10.0);
        format!("A change of {found} % would have been noticed with these samples")
    };
    let needed = needed.map_or_else(String::new, |needed| {
        format!("; a pass must rule out one of {} %", number(needed * 100.0))
    });
    inert(&format!(
        "{noticed}{needed}. What narrows the interval: a longer window, more traffic on the canary, more replicas, samples that \
         scatter less."
    ))
}

fn more_work(evidence: &MetricEvidence, minimum: Option<&MinimumWork>) -> String {
    let nothing = evidence.canary.values.iter().all(Option::is_none);
    if nothing && evidence.canary.work.is_none_or(|work| work <= 0.0) {
        return "There is no data of the canary at all: check that it runs, and that the queries select it."
            .to_owned();
    }
    let asked = minimum.map_or_else(
        || "The config asks for a minimum of work on both sides".to_owned(),
        |minimum| {
            format!(
                "The config asks for at least {} on each side, counted by {}",
                number(minimum.at_least.0),
                minimum.query.as_str()
            )
        },
    );
    inert(&format!(
        "{asked}: give the canary more traffic or a longer window."
    ))
}
