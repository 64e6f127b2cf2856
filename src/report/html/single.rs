//! The whole report as one file, to be kept with a build or sent to somebody.

use maud::html;

use super::{Depth, Links, compared, facts, frame, metric, metrics, score, undecided, verdict};
use crate::analysis::{Run, Scorecard};

/// The scorecard as an HTML document that needs nothing else: no service, no network.
pub fn html(scorecard: &Scorecard) -> String {
    document(scorecard, None)
}

/// The same with what is known of the run: what was compared with what, and when.
pub fn html_of_run(scorecard: &Scorecard, run: &Run) -> String {
    document(scorecard, Some(run))
}

fn document(scorecard: &Scorecard, run: Option<&Run>) -> String {
    let decision = &scorecard.decision;
    let links = Links::SingleFile;
    let about = run.map_or_else(|| html! {}, |run| compared(scorecard, run));
    let main = html! {
        main #main tabindex="-1" {
            (verdict(scorecard, &about))
            div.columns { (score(decision)) (facts(scorecard, &links, run)) }
            (metrics(scorecard, &links))
            (undecided(scorecard, None, &links))
            @for (index, (result, evidence)) in decision.metrics.iter().zip(&scorecard.evidence).enumerate() {
                (metric(result, evidence, Depth::Part(index)))
            }
        }
    };
    let title = format!("{}: {}", scorecard.application, decision.verdict);
    frame::single_file(&title, &main).into_string()
}
