//! What was compared with what: windows, config, judge, labels, timings.

use std::collections::BTreeSet;

use jiff::Timestamp;
use maud::{Markup, html};

use super::{KnownConfig, Links};
use crate::{
    analysis::{Run, Scope, Scorecard, SideEvidence},
    report::wording::number,
};

/// The time that samples cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Window {
    start: Timestamp,
    end: Timestamp,
}

impl Window {
    fn of(side: &SideEvidence) -> Option<Self> {
        let (start, end) = side.span()?;
        Some(Self { start, end })
    }
}

/// The window that was asked for, where it is the same for all.
fn asked(run: &Run) -> Option<Window> {
    let window = &run.request.window;
    let (start, end) = window.start.zip(window.end)?;
    Some(Window { start, end })
}

/// Which canary was compared with which baseline, and when, in a line.
pub(crate) fn compared(scorecard: &Scorecard, run: &Run) -> Markup {
    let canaries: BTreeSet<Window> = (scorecard.evidence.iter())
        .filter_map(|evidence| Window::of(&evidence.canary))
        .collect();
    let first = canaries.iter().map(|window| window.start).min();
    let last = canaries.iter().map(|window| window.end).max();
    html! {
        p.about {
            @if let Some(canary) = &run.request.canary {
                bdi { (canary.scope) }
                @if let Some(baseline) = &run.request.baseline { " against " bdi { (baseline.scope) } }
                ", "
            }
            @match (first.zip(last), asked(run)) {
                (Some((start, end)), _) => (span(Window { start, end })),
                (None, Some(asked)) => { (span(asked)) ", no samples" }
                (None, None) => "no samples",
            }
        }
    }
}

/// Everything about a run that is not a metric's. `run` is what is known of it beyond its scorecard.
pub(crate) fn facts(scorecard: &Scorecard, links: &Links, run: Option<&Run>) -> Markup {
    let decision = &scorecard.decision;
    let windows =
        |side: fn(&crate::analysis::MetricEvidence) -> &SideEvidence| -> BTreeSet<Window> {
            scorecard
                .evidence
                .iter()
                .map(side)
                .filter_map(Window::of)
                .collect()
        };
    let (baseline, canary) = (windows(|of| &of.baseline), windows(|of| &of.canary));
    let timings = scorecard.timings;
    let asked = run.and_then(asked);
    html! {
        section.card aria-labelledby="facts" {
            h2 #facts { "What was compared" }
            dl.facts {
                @if let Some(run) = run {
                    @for (side, scope) in [("Baseline", &run.request.baseline), ("Canary", &run.request.canary)] {
                        @if let Some(scope) = scope { dt { (side) } dd { (population(scope)) } }
                    }
                    @for (name, pair) in &run.request.scopes {
                        dt { bdi { (name) } } dd { (population(&pair.baseline)) " and " (population(&pair.canary)) }
                    }
                }
                @if baseline == canary {
                    (windows_entry("Window of both sides", &baseline, asked))
                } @else {
                    (windows_entry("Baseline's window", &baseline, asked))
                    (windows_entry("Canary's window", &canary, asked))
                }
                dt { "Config" }
                dd {
                    @if let Links::Service { site, config: KnownConfig::Same, .. } = links {
                        a href=(site.config(&scorecard.config.name)) { bdi { (scorecard.config.name) } }
                    } @else {
                        bdi { (scorecard.config.name) }
                    }
                    " " span.quiet title=(scorecard.config.digest) { (scorecard.config.digest.get(..12).unwrap_or_default()) }
                }
                dt { "Judge" }
                dd { (decision.judge) }
                @if let Some(run) = run {
                    dt { "Started" } dd { (moment(run.created_at)) }
                    dt { "Run" } dd { code { (run.id) } }
                }
                @if timings.fetch_millis > 0.0 {
                    dt { "Took" }
                    dd { (number(timings.fetch_millis)) " ms to fetch, " (number(timings.judge_millis)) " ms to judge" }
                }
                @if !scorecard.labels.is_empty() {
                    dt { "Labels" }
                    dd { @for (key, value) in &scorecard.labels { span.tag { bdi { (key) } ": " bdi { (value) } } " " } }
                }
            }
            @if let Some(to) = scorecard.links.as_ref().filter(|to| *links == Links::SingleFile || to.dashboard.is_some()) {
                p.actions {
                    @if matches!(links, Links::SingleFile) { a href=(to.report.as_str()) rel="noreferrer" { "The run's page" } }
                    @if let Some(dashboard) = &to.dashboard { a href=(dashboard.as_str()) rel="noreferrer" { "Its dashboard in Grafana" } }
                }
            }
            @if let Links::Service { site, run, .. } = links {
                p.actions {
                    a href={ (site.compare()) "?a=" (run) } { "Compare with another run" }
                    span { "Save as: "
                        @for (form, word) in [("html", "page"), ("txt", "text"), ("md", "Markdown"), ("xml", "JUnit")] {
                            a href=(site.in_api(run, &format!("/report.{form}"))) { (word) } " "
                        }
                        a href=(site.in_api(run, "/scorecard")) { "JSON" }
                    }
                }
            }
        }
    }
}

/// What was asked about on one side.
pub(crate) fn population(scope: &Scope) -> Markup {
    html! {
        bdi { (scope.scope) }
        @if let Some(location) = &scope.location { " in " bdi { (location) } }
        @for (key, value) in &scope.params { " " span.tag { bdi { (key) } ": " bdi { (value) } } }
    }
}

fn windows_entry(term: &str, windows: &BTreeSet<Window>, asked: Option<Window>) -> Markup {
    html! {
        dt { (term) }
        dd {
            @for window in windows.iter().take(3) { div { (span(*window)) } }
            @if windows.len() > 3 { div.quiet { "and " (windows.len() - 3) " others" } }
            @if windows.is_empty() {
                @if let Some(asked) = asked { div { (span(asked)) } }
                div.quiet { "no samples" }
            }
        }
    }
}

fn span(window: Window) -> Markup {
    let length = window.end.duration_since(window.start);
    html! { (moment(window.start)) " to " (moment(window.end)) " " span.quiet { "(" (format!("{length:#}")) ")" } }
}

/// A time for people and for programs.
pub(crate) fn moment(at: Timestamp) -> Markup {
    let shown = at
        .to_zoned(jiff::tz::TimeZone::UTC)
        .strftime("%Y-%m-%d %H:%M:%S UTC")
        .to_string();
    html! { time datetime=(at) { (shown) } }
}
