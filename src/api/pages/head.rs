//! The head of a run's page: where it stands, why, and what to do.

use jiff::Timestamp;
use maud::{Markup, html};

use crate::{
    analysis::{Look, Run, RunState, Scorecard, SummaryVerdict},
    report::html::{Site, Tone, badge, compared, moment, short, verdict, verdict_word},
};

/// How soon the page of a run that goes on asks anew, in seconds.
const FOLLOW: u64 = 2;

/// The one word for a run that has not ended, as in lists and filters.
const PENDING: &str = verdict_word(SummaryVerdict::Pending);

/// Whether a run goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Course {
    GoesOn,
    Ended,
}

/// The head of a run's page.
pub(super) struct Head {
    /// The state or verdict in a word.
    pub(super) word: &'static str,
    /// What is shown.
    pub(super) section: Markup,
    course: Course,
}

impl Head {
    /// The head for the state a run is in. Without a site it leads nowhere: who sees it may do nothing.
    pub(super) fn of(site: Option<&Site>, run: &Run, scorecard: Option<&Scorecard>) -> Self {
        match &run.state {
            RunState::Succeeded(decided) => Self {
                word: decided.verdict.as_str(),
                section: match scorecard {
                    Some(scorecard) => verdict(scorecard, &compared(scorecard, run)),
                    None => section(
                        run,
                        Tone::from(decided.verdict),
                        decided.verdict.as_str(),
                        &html! { p.reason { bdi { (short(&decided.reason)) } } },
                    ),
                },
                course: Course::Ended,
            },
            RunState::Queued { ready_at } => {
                let more = html! {
                    (so_far(run))
                    p { (expected(run, *ready_at)) }
                    (wait(site, run))
                };
                Self {
                    word: PENDING,
                    section: section(run, Tone::Pending, PENDING, &more),
                    course: Course::GoesOn,
                }
            }
            RunState::Running(progress) => {
                let more = html! {
                    (so_far(run))
                    p {
                        progress aria-label="Queries answered" max=(progress.queries.max(1)) value=(progress.answered) {}
                        " " (progress)
                    }
                    (wait(site, run))
                };
                Self {
                    word: PENDING,
                    section: section(run, Tone::Pending, PENDING, &more),
                    course: Course::GoesOn,
                }
            }
            RunState::Failed { reason, .. } => Self::without_verdict(run, "failed", reason),
            RunState::Cancelled => {
                Self::without_verdict(run, "cancelled", "the run was cancelled before it ended")
            }
        }
    }

    /// The head for what a look found before the last one.
    pub(super) fn of_look(
        site: &Site,
        run: &Run,
        look: &Look,
        scorecard: Option<&Scorecard>,
    ) -> Self {
        let word = look.found.verdict.as_str();
        let about = html! {
            p.about {
                "This is what look " (look.number) " found at " (moment(look.judged_at)) ". The run went on: "
                a href=(site.run(run.id)) { "what came out" } "."
            }
        };
        let section = match scorecard {
            Some(scorecard) => verdict(scorecard, &about),
            None => section(
                run,
                Tone::from(look.found.verdict),
                word,
                &html! { p.reason { bdi { (short(&look.found.reason)) } } (about) },
            ),
        };
        Self {
            word,
            section,
            course: Course::Ended,
        }
    }

    fn without_verdict(run: &Run, word: &'static str, reason: &str) -> Self {
        let more = html! {
            p.reason { bdi { (short(reason)) } "." }
            p.action { "What to do: " strong { "hold" } }
            p.quiet { "Nothing was decided about this release, and a question that was not answered is not a pass." }
        };
        Self {
            word,
            section: section(run, Tone::Error, word, &more),
            course: Course::Ended,
        }
    }

    /// How soon the page asks anew, in seconds; `None` once the run has ended.
    pub(super) fn live(&self) -> Option<u64> {
        match self.course {
            Course::GoesOn => Some(FOLLOW),
            Course::Ended => None,
        }
    }
}

fn section(run: &Run, tone: Tone, word: &str, more: &Markup) -> Markup {
    html! {
        section.verdict.(tone.class()) aria-label="State" {
            h1 { bdi { (run.application()) } " " (badge(tone, word)) }
            (more)
        }
    }
}

/// What a run waits for, and when the next thing is known.
fn expected(run: &Run, ready_at: Timestamp) -> Markup {
    let ends = (run.request.at_look(run.next_look()).window.end)
        .filter(|end| *end < ready_at && *end > Timestamp::now());
    html! {
        @if let Some(end) = ends { "Collecting until " (moment(end)) "; " } @else { "Collecting; " }
        @if run.request.looks_planned() > 1 { "look " (run.next_look()) " of " (run.request.looks_planned()) } @else { "the verdict" }
        " is expected about " (moment(ready_at)) ", when the store's data has settled."
    }
}

/// What the looks have found until now.
fn so_far(run: &Run) -> Markup {
    html! {
        @if let Some(look) = run.looks.last() {
            p.reason {
                "Look " (look.number) " of " (run.request.looks_planned()) " found "
                (badge(Tone::from(look.found.verdict), look.found.verdict.as_str())) " "
                bdi { (short(&look.found.reason)) } "."
            }
        }
    }
}

fn wait(site: Option<&Site>, run: &Run) -> Markup {
    html! {
        p.action { "What to do: " strong { "wait" } ". " span.quiet { "This page follows the run." } }
        @if let Some(site) = site { p { a href=(site.cancel(run.id)) { "Cancel the analysis" } } }
    }
}
