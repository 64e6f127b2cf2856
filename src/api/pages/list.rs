//! Runs as a table, on several pages.

use std::cell::OnceCell;

use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    access::Grant,
    analysis::{Origin, Run, RunState, Summary, SummaryVerdict, Tally},
    api::{State, problem::Problem},
    configs::{ConfigBody, KnownConfig},
    kayenta::Given,
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
        (Self::Pending, "pending", "pending (not ended)"),
        (Self::Pass, "pass", "pass"),
        (Self::Marginal, "marginal", "marginal"),
        (Self::Fail, "fail", "fail"),
        (Self::Inconclusive, "inconclusive", "inconclusive"),
        (Self::Error, "error", "failed (no verdict)"),
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

/// A run as a line.
pub(super) struct Listed {
    pub(super) summary: Summary,
    created_at: Timestamp,
    /// The version of the config that was used.
    digest: String,
    origin: Origin,
    tally: Tally,
}

impl Listed {
    fn of(state: &State, run: &Run) -> Self {
        let tally = match &run.state {
            RunState::Succeeded(decided) => decided.tally,
            RunState::Queued { .. }
            | RunState::Running(_)
            | RunState::Failed { .. }
            | RunState::Cancelled => Tally::default(),
        };
        Self {
            summary: state.summary(run),
            created_at: run.created_at,
            digest: run.config.digest.clone(),
            origin: run.origin.clone(),
            tally,
        }
    }
}

/// Runs that were found, and where to look on.
pub(super) struct Found {
    pub(super) rows: Vec<Listed>,
    /// The run after which there are more.
    pub(super) next: Option<String>,
}

/// Up to `wanted` runs that pass all filters, newest first.
pub(super) async fn find(
    state: &State,
    grant: &Grant,
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
    let mut runs = state.runs.list(grant, filter).await?;
    let more = runs.len() > wanted;
    runs.truncate(wanted);
    Ok(Found {
        rows: (runs.iter()).map(|run| Listed::of(state, run)).collect(),
        next: runs.last().filter(|_| more).map(|run| run.id.to_string()),
    })
}

/// A config as it is now, in the forms that runs keep: each is made once, when the first run asks for it.
struct Current<'a> {
    known: &'a KnownConfig,
    received: OnceCell<Option<Value>>,
    digest: OnceCell<Option<String>>,
}

impl<'a> Current<'a> {
    fn of(known: &'a KnownConfig) -> Self {
        Self {
            known,
            received: OnceCell::new(),
            digest: OnceCell::new(),
        }
    }

    /// As Kayenta's clients get it, if it is in Kayenta's form.
    fn received(&self) -> Option<&Value> {
        let made = || match &self.known.body {
            ConfigBody::Kayenta(config) => Some(config.under_id(&self.known.key)),
            ConfigBody::Native(_) => None,
        };
        self.received.get_or_init(made).as_ref()
    }

    /// Of its native form, if it has one.
    fn digest(&self) -> Option<&str> {
        let made = || {
            let usable = self.known.usable(&Given::default()).ok()?;
            Some(usable.config.digest())
        };
        self.digest.get_or_init(made).as_deref()
    }
}

/// Where the config of a run is, if one of these is it, in the version that was used. A name that several have leads nowhere; Kayenta's
/// clients name an id.
fn place_of<'a>(run: &Listed, configs: &[Current<'a>]) -> Option<&'a str> {
    let (config, same) = match &run.origin {
        Origin::Kayenta(origin) => {
            let mut all = configs.iter();
            let config = all.find(|config| config.known.key == origin.config_id)?;
            let same = match &config.known.body {
                ConfigBody::Kayenta(_) => config.received() == Some(&origin.config),
                ConfigBody::Native(_) => config.digest() == Some(&run.digest),
            };
            (config, same)
        }
        Origin::Native => {
            let mut called = configs
                .iter()
                .filter(|config| config.known.name() == run.summary.config);
            let config = called.next().filter(|_| called.next().is_none())?;
            (config, config.digest() == Some(&run.digest))
        }
    };
    same.then_some(&config.known.key)
}

/// A table of runs; those under one of these configs, as it is now, lead to its page.
pub(super) fn table(site: &Site, rows: &[Listed], configs: &[KnownConfig]) -> Markup {
    let configs: Vec<_> = configs.iter().map(Current::of).collect();
    html! {
        table.runs role="table" {
            thead role="rowgroup" { tr role="row" {
                @for (class, head) in [("", "Verdict"), ("n", "Score"), ("", "Application"), ("", "Config"), ("", "Why"), ("", "Started")] {
                    th.(class) role="columnheader" scope="col" { (head) }
                }
            } }
            tbody role="rowgroup" {
                @for row @ Listed { summary, created_at, tally, .. } in rows {
                    tr role="row" {
                        td role="cell" { (verdict_badge(summary)) }
                        td.n role="cell" { @if summary.scored { span.letter { "score " } (number(summary.score)) } @else { "–" } }
                        th role="rowheader" scope="row" { a href=(site.run(&summary.id)) { bdi { (summary.application) } } }
                        td role="cell" {
                            span.letter { "config " }
                            @match place_of(row, &configs) {
                                Some(key) => a href=(site.config(key)) { bdi { (summary.config) } },
                                None => bdi { (summary.config) },
                            }
                        }
                        td.why role="cell" { bdi { (short(&summary.reason)) } (counts(*tally)) }
                        td.when role="cell" { (moment(*created_at)) }
                    }
                }
            }
        }
    }
}

/// How many metrics did not pass; nothing where all did.
fn counts(tally: Tally) -> Markup {
    html! {
        @for (count, tone, word) in [(tally.failed, Tone::Fail, "failed"), (tally.undecided, Tone::Inconclusive, "undecided")] {
            @if count > 0 {
                " " span.count.(tone.class()) { span aria-hidden="true" { (tone.mark()) } " " (count) " " (word) }
            }
        }
    }
}

/// A run's verdict, or why it has none.
pub(super) fn verdict_badge(summary: &Summary) -> Markup {
    let word = match summary.verdict {
        SummaryVerdict::Error => summary.state.as_str(),
        SummaryVerdict::Pending
        | SummaryVerdict::Pass
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
