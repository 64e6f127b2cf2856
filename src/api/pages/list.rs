//! Runs as a table, on several pages.

use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{
    analysis::{Run, Summary, SummaryVerdict},
    api::{State, problem::Problem},
    report::{
        html::{Site, Tone, badge, moment, short, verdict_word},
        number,
    },
    store::RunFilter,
};

/// Which verdicts to show. The empty word is what a form sends for any.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum VerdictFilter {
    #[default]
    #[serde(rename = "")]
    Any,
    Pending,
    Pass,
    Marginal,
    Fail,
    Inconclusive,
    Error,
    Cancelled,
}

impl VerdictFilter {
    pub(super) const ALL: [(Self, &str, &str); 8] = [
        (Self::Any, "", "any"),
        (Self::Pending, "pending", "pending"),
        (Self::Pass, "pass", "pass"),
        (Self::Marginal, "marginal", "marginal"),
        (Self::Fail, "fail", "fail"),
        (Self::Inconclusive, "inconclusive", "inconclusive"),
        (Self::Error, "error", "failed"),
        (Self::Cancelled, "cancelled", "cancelled"),
    ];

    /// The word the store knows it by.
    fn word(self) -> Option<String> {
        let (_, word, _) = Self::ALL.iter().find(|(choice, ..)| *choice == self)?;
        (!word.is_empty()).then(|| (*word).to_owned())
    }
}

/// How far back to look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
pub(crate) enum Since {
    #[default]
    #[serde(rename = "")]
    Ever,
    #[serde(rename = "1h")]
    Hour,
    #[serde(rename = "24h")]
    Day,
    #[serde(rename = "7d")]
    Week,
}

impl Since {
    pub(super) const ALL: [(Self, &str, &str); 4] = [
        (Self::Ever, "", "any time"),
        (Self::Hour, "1h", "the last hour"),
        (Self::Day, "24h", "the last 24 hours"),
        (Self::Week, "7d", "the last 7 days"),
    ];

    fn start(self, now: Timestamp) -> Option<Timestamp> {
        let hours = match self {
            Self::Ever => return None,
            Self::Hour => 1,
            Self::Day => 24,
            Self::Week => 7 * 24,
        };
        now.checked_sub(SignedDuration::from_hours(hours)).ok()
    }
}

/// Runs that were found, and where to look on.
pub(super) struct Found {
    pub(super) rows: Vec<(Summary, Timestamp)>,
    /// The run after which there are more.
    pub(super) next: Option<String>,
}

/// Up to `wanted` runs that pass all filters, newest first.
pub(super) async fn find(
    state: &State,
    filter: RunFilter,
    verdict: VerdictFilter,
    since: Since,
    wanted: usize,
) -> Result<Found, Problem> {
    let filter = RunFilter {
        verdict: verdict.word(),
        since: since.start(Timestamp::now()).max(filter.since),
        // One more than is wanted tells whether there is a next page.
        limit: wanted + 1,
        ..filter
    };
    let mut runs = state.store.list(&filter).await?;
    let more = runs.len() > wanted;
    runs.truncate(wanted);
    Ok(Found {
        rows: (runs.iter())
            .map(|run| (state.summary(run), run.created_at))
            .collect(),
        next: runs.last().filter(|_| more).map(|run| run.id.to_string()),
    })
}

/// A table of runs.
pub(super) fn table(site: &Site, rows: &[(Summary, Timestamp)]) -> Markup {
    html! {
        table.runs role="table" {
            thead role="rowgroup" { tr role="row" {
                @for (class, head) in [("", "Verdict"), ("n", "Score"), ("", "Application"), ("", "Config"), ("", "Why"), ("", "Started")] {
                    th.(class) role="columnheader" scope="col" { (head) }
                }
            } }
            tbody role="rowgroup" {
                @for (summary, when) in rows {
                    tr role="row" {
                        td role="cell" { (verdict_badge(summary)) }
                        td.n role="cell" { @if summary.scored { (number(summary.score)) } @else { "–" } }
                        th role="rowheader" scope="row" { a href=(site.run(&summary.id)) { bdi { (summary.application) } } }
                        td role="cell" { bdi { (summary.config) } }
                        td.why role="cell" { bdi { (short(&summary.reason)) } }
                        td.when role="cell" { (moment(*when)) }
                    }
                }
            }
        }
    }
}

/// A run's verdict, or its state as long as it has none.
pub(super) fn verdict_badge(summary: &Summary) -> Markup {
    let word = match summary.verdict {
        SummaryVerdict::Pending => summary.state.as_str(),
        SummaryVerdict::Error => summary.state.as_str(),
        SummaryVerdict::Pass
        | SummaryVerdict::Marginal
        | SummaryVerdict::Fail
        | SummaryVerdict::Inconclusive => verdict_word(summary.verdict),
    };
    badge(Tone::from(summary.verdict), word)
}

/// One line about a run, for a choice of runs.
pub(super) fn in_words(state: &State, run: &Run) -> String {
    let summary = state.summary(run);
    let when = run.created_at.strftime("%Y-%m-%d %H:%M:%S");
    format!(
        "{when} {} {}: {}",
        summary.application,
        verdict_word(summary.verdict),
        summary.reason
    )
    .chars()
    .take(120)
    .collect()
}
