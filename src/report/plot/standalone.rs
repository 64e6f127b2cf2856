//! Plots as images on their own, for chats, pull requests and dashboards.

use maud::{Markup, PreEscaped, html};
use serde::Deserialize;
use serinus_judge::MetricResult;
use utoipa::ToSchema;

use super::{Change, ChangeScale, Room, distribution, over_time};
use crate::{
    analysis::MetricEvidence,
    report::{Theme, html::said, palette},
};

/// What a plot shows of a metric.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Plot {
    /// Both sides over time.
    #[default]
    Time,
    /// How often which values came.
    Distribution,
    /// The change and its interval against what is allowed.
    Change,
}

/// A plot of one metric as an SVG document that needs nothing else. `None` where there is nothing to draw: no samples, or
/// no change in percent.
pub fn plot(
    metric: &MetricResult,
    evidence: &MetricEvidence,
    kind: Plot,
    theme: Theme,
) -> Option<String> {
    let title = format!("{}: baseline and canary", metric.name);
    let description = &metric.reason;
    let empty = evidence.baseline.values.is_empty() && evidence.canary.values.is_empty();
    let (width, height, inner) = match kind {
        Plot::Time if !empty => (
            960,
            260,
            over_time(metric, evidence, &title, description, Room::Wide),
        ),
        Plot::Distribution if !empty => (
            960,
            210,
            distribution(evidence, &title, description, Room::Wide),
        ),
        Plot::Time | Plot::Distribution => return None,
        Plot::Change => {
            let change = Change::of(metric, evidence)?;
            let scale = ChangeScale::of([&change]);
            (
                480,
                48,
                scale.bar(&change, metric.outcome, &said(metric, Some(&change))),
            )
        }
    };
    Some(document(&title, description, [width, height], theme, &inner).into_string())
}

fn document(
    title: &str,
    description: &str,
    [width, height]: [u32; 2],
    theme: Theme,
    inner: &Markup,
) -> Markup {
    html! {
        svg xmlns="http://www.w3.org/2000/svg" width=(width) height=(height) viewBox={ "0 0 " (width) " " (height) }
            role="img" aria-labelledby="t d" {
            title #t { (clean(title)) }
            desc #d { (clean(description)) }
            style { (PreEscaped(palette::fixed(theme))) (PreEscaped(super::STYLE)) "svg{font:12px system-ui,sans-serif}" }
            rect.sheet width="100%" height="100%" {}
            (inner)
        }
    }
}

/// XML has no place for control characters, not even escaped.
fn clean(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}
