//! Runs as a table, on several pages.

use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};
use serde::Deserialize;
use utoipa::ToSchema;

use super::created;
use crate::{
    analysis::{Run, Summary, SummaryVerdict},
    api::{State, problem::Problem},
    report::{
        html::{Tone, badge, moment, short, verdict_word},
        number,
    },
    store::RunFilter,
};

/// How many runs are read from the store at once.
const CHUNK: usize = 200;
/// How many runs are looked through for one page at most; the next page goes on from there.
const MOST_READ: usize = 2_000;

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
}

impl VerdictFilter {
    pub(super) const ALL: [(Self, &str, &str); 7] = [
        (Self::Any, "", "any"),
        (Self::Pending, "pending", "pending"),
        (Self::Pass, "pass", "pass"),
        (Self::Marginal, "marginal", "marginal"),
        (Self::Fail, "fail", "fail"),
        (Self::Inconclusive, "inconclusive", "inconclusive"),
        (Self::Error, "error", "no verdict"),
    ];

    fn admits(self, verdict: SummaryVerdict) -> bool {
        match self {
            Self::Any => true,
            Self::Pending => verdict == SummaryVerdict::Pending,
            Self::Pass => verdict == SummaryVerdict::Pass,
            Self::Marginal => verdict == SummaryVerdict::Marginal,
            Self::Fail => verdict == SummaryVerdict::Fail,
            Self::Inconclusive => verdict == SummaryVerdict::Inconclusive,
            Self::Error => verdict == SummaryVerdict::Error,
        }
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
    pub(super) rows: Vec<(Summary, Option<Timestamp>)>,
    /// The run after which there may be more.
    pub(super) next: Option<String>,
}

/// Up to `wanted` runs that pass all filters, newest first.
pub(super) async fn find(
    state: &State,
    mut filter: RunFilter,
    verdict: VerdictFilter,
    since: Since,
    wanted: usize,
) -> Result<Found, Problem> {
    let earliest = since.start(Timestamp::now());
    let mut rows = Vec::new();
    let mut read = 0;
    filter.limit = CHUNK;
    loop {
        let runs = state.store.list(&filter).await?;
        for run in &runs {
            let when = created(run.id);
            if earliest.is_some_and(|earliest| when.is_some_and(|when| when < earliest)) {
                return Ok(Found { rows, next: None });
            }
            if rows.len() == wanted {
                return Ok(Found {
                    rows,
                    next: filter.before.map(|id| id.to_string()),
                });
            }
            filter.before = Some(run.id);
            let summary = state.summary(run);
            if verdict.admits(summary.verdict) {
                rows.push((summary, when));
            }
        }
        read += runs.len();
        if runs.len() < CHUNK {
            return Ok(Found { rows, next: None });
        }
        if read >= MOST_READ {
            return Ok(Found {
                rows,
                next: filter.before.map(|id| id.to_string()),
            });
        }
    }
}

/// A table of runs.
pub(super) fn table(rows: &[(Summary, Option<Timestamp>)]) -> Markup {
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
                        th role="rowheader" scope="row" { a href={ "/ui/analyses/" (summary.id) } { bdi { (summary.application) } } }
                        td role="cell" { bdi { (summary.config) } }
                        td.why role="cell" { bdi { (short(&summary.reason)) } }
                        td.when role="cell" { @if let Some(when) = when { (moment(*when)) } }
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
    let when = created(run.id).map_or_else(String::new, |when| {
        when.strftime("%Y-%m-%d %H:%M:%S").to_string()
    });
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
