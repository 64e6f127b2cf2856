//! The whole report as one file, to be kept with a build or sent to somebody.

use maud::html;

use super::{Links, facts, frame, metric, metric::Depth, metrics, score, undecided, verdict};
use crate::analysis::Scorecard;

/// The scorecard as an HTML document that needs nothing else: no service, no network.
pub fn html(scorecard: &Scorecard) -> String {
    let decision = &scorecard.decision;
    let links = Links::SingleFile;
    let main = html! {
        main #main tabindex="-1" {
            (verdict(scorecard, &html! {}))
            div.columns { (score(decision)) (facts(scorecard, &links, None)) }
            (metrics(scorecard, &links))
            (undecided(scorecard, &links))
            @for (index, (result, evidence)) in decision.metrics.iter().zip(&scorecard.evidence).enumerate() {
                (metric(result, evidence, Depth::Part(index)))
            }
        }
    };
    let title = format!("{}: {}", scorecard.application, decision.verdict);
    frame::single_file(&title, &main).into_string()
}
