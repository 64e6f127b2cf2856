//! What the words on the pages mean.

use actix_web::{HttpResponse, get, http::StatusCode, web::Data};
use maud::{Markup, html};

use super::respond;
use crate::{
    api::State,
    report::html::{Place, Refresh, page},
};

/// Words that belong together: an anchor, a heading, and each word with its meaning.
struct Chapter {
    anchor: &'static str,
    heading: &'static str,
    words: &'static [(&'static str, &'static str)],
}

const CHAPTERS: [Chapter; 5] = [
    Chapter {
        anchor: "run",
        heading: "A run and its verdict",
        words: &[
            (
                "Run",
                "One analysis: the canary, a new version that gets part of the traffic, is compared with the baseline, the version \
                 that is known to work, by the same metrics in the same window of time.",
            ),
            (
                "Pending",
                "The run has not ended: it collects data, or fetches and judges it. A pipeline waits.",
            ),
            (
                "Pass, marginal, fail",
                "The score reaches the threshold for a pass, only the one for marginal, or neither. A pipeline promotes the \
                 canary, holds it for a person to look, or rolls it back.",
            ),
            (
                "Inconclusive",
                "Too little is known to say. It is never a pass. A pipeline holds: nothing is promoted, nothing rolled back.",
            ),
            (
                "Failed, cancelled",
                "The run ended without a verdict, because it could not be carried out or somebody ended it. A pipeline holds.",
            ),
            (
                "Judge",
                "What compares the metrics and adds up the score: serinus, netflix-aca (the judge of Kayenta), or one elsewhere.",
            ),
        ],
    },
    Chapter {
        anchor: "metric",
        heading: "A metric",
        words: &[
            (
                "Ok",
                "No change that matters, and a large one is ruled out.",
            ),
            (
                "High, low",
                "The canary is surely higher or lower, by more than is allowed.",
            ),
            (
                "Undecided",
                "The samples say neither. What would decide it stands below the metrics.",
            ),
            ("No data", "A side has no sample in the window."),
            ("Error", "The metric could not be fetched or compared."),
            (
                "Critical",
                "If it fails, the run fails, whatever the score. No run passes while it is undecided.",
            ),
            ("Required", "No run passes while it is undecided."),
            ("Muted", "It is shown and counts for nothing."),
            (
                "Not counted",
                "It failed, but among so many metrics one such change is expected by chance, so the score leaves it out.",
            ),
            (
                "Guardrail",
                "A line that fails the run at once when it is crossed, whatever the score.",
            ),
        ],
    },
    Chapter {
        anchor: "change",
        heading: "A change and how sure it is",
        words: &[
            (
                "Change",
                "The judge's estimate of how much higher or lower the canary is, in percent of the baseline. A few wild samples \
                 move it less than they move the plain means. The judge netflix-aca, and judges elsewhere, go by the means: there it is the \
                 change of the mean.",
            ),
            (
                "Interval",
                "Where the true change lies, with the confidence that is given. A dot with a narrow interval is well known.",
            ),
            (
                "Allowed change",
                "A change up to this is no failure, however sure it is. Where a limit in percent and one in the metric's unit \
                 are given, the larger one counts.",
            ),
            (
                "A pass must rule out",
                "The change that must not be overlooked: a metric passes only when it can be excluded. Between this and what is \
                 allowed lies what is neither a failure nor, without enough samples, a pass.",
            ),
            (
                "Worth so many independent samples",
                "Neighbouring samples resemble each other, so that sixty of them may say no more than ten that have nothing to do \
                 with each other.",
            ),
            (
                "Smallest visible change",
                "A change of this size would have been found in four of five such comparisons.",
            ),
            (
                "p-value",
                "How often chance alone would show such a difference if nothing had changed.",
            ),
            (
                "Replicas, strata",
                "Series of single machines, or of parts of the traffic such as zones, that are compared each with its like.",
            ),
        ],
    },
    Chapter {
        anchor: "score",
        heading: "The score",
        words: &[
            (
                "Group",
                "Metrics that weigh together. A group adds its weight times the share of its metrics that passed.",
            ),
            (
                "Decided weight",
                "The part of all weight that belongs to metrics that passed or failed. Under the judge serinus the groups in which \
                 something was decided share all 100 points by their weights; with too little decided the run is inconclusive.",
            ),
            (
                "Threshold",
                "The score from which a run passes, and the one from which it is marginal.",
            ),
        ],
    },
    Chapter {
        anchor: "look",
        heading: "Several judgements",
        words: &[
            (
                "Look",
                "One judgement of a run that judges several times while its window fills. Each look allows for the others, so that \
                 looking often does not raise false alarms; a clear failure ends the run early.",
            ),
            (
                "Stage",
                "A step of a rollout: a share of the traffic for some time, with a run that judges it.",
            ),
            (
                "Hold",
                "Stay where it is until a person decides or another run is clearer.",
            ),
        ],
    },
];

/// What the words mean
#[utoipa::path(tag = "pages", responses((status = 200, description = "The page", body = String, content_type = "text/html")))]
#[get("/ui/help")]
pub(crate) async fn help_page(state: Data<State>) -> HttpResponse {
    let main = html! {
        main #main tabindex="-1" {
            h1 { "What the words mean" }
            @for chapter in &CHAPTERS { (section(chapter)) }
        }
    };
    let page = page(&state.site(), "Help", Place::Help, Refresh::Never, &main);
    respond(StatusCode::OK, page)
}

fn section(chapter: &Chapter) -> Markup {
    html! {
        section.card aria-labelledby=(chapter.anchor) {
            h2 #(chapter.anchor) { (chapter.heading) }
            dl.words {
                @for (word, meaning) in chapter.words { dt { (word) } dd { (meaning) } }
            }
        }
    }
}
