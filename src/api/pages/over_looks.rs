//! How sure each look of a run was about a metric.

use maud::{Markup, html};

use crate::{
    analysis::Run,
    api::{State, problem::Problem},
    report::plot::{Change, ChangeSeen, narrowing},
};

/// Scorecards of so many looks are read at most, evenly over the run.
const MOST: usize = 12;

/// The metric's change at each look; nothing for a run that judged once.
pub(super) async fn over_looks(state: &State, run: &Run, metric: &str) -> Result<Markup, Problem> {
    if run.looks.len() < 2 {
        return Ok(html! {});
    }
    let stride = run.looks.len().div_ceil(MOST);
    let mut seen = Vec::new();
    // Counted from the end, so that the last look is among them.
    for look in run.looks.iter().rev().step_by(stride) {
        let Some(scorecard) = state.runs.scorecard(run, look.number).await? else {
            continue;
        };
        let metrics = scorecard.decision.metrics.iter().zip(&scorecard.evidence);
        let found = metrics
            .filter(|(found, _)| found.name == metric)
            .find_map(|(found, evidence)| Some((Change::of(found, evidence)?, found.outcome)));
        if let Some((change, outcome)) = found {
            seen.push(ChangeSeen {
                look: look.number,
                change,
                outcome,
            });
        }
    }
    seen.reverse();
    Ok(html! {
        @if seen.len() > 1 {
            figure {
                figcaption {
                    h2 { "Look after look" }
                    @let intervals = seen.iter().any(|one| one.change.interval().is_some());
                    span.quiet {
                        @if intervals { "the interval that the change lies in" } @else { "the change of the mean" }
                        ", as each look saw it; the coloured ground is the allowed change"
                    }
                }
                div.scroll tabindex="0" role="group" aria-label="Look after look" { (narrowing(&seen, metric)) }
            }
        }
    })
}
