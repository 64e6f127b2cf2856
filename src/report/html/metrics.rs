//! All metrics, one line each, their changes on one scale.

use maud::{Markup, html};
use serinus_judge::{Counted, MetricResult, Outcome, Test};

use super::{Links, allowed, inert::told, outcome_badge, said, short, tone::Tone};
use crate::{
    analysis::{MetricEvidence, Scorecard},
    report::{
        plot::{Change, ChangeScale},
        wording::{change, number, percent},
    },
};

/// One metric with where it stands in the scorecard.
struct Row<'a> {
    index: usize,
    metric: &'a MetricResult,
    evidence: &'a MetricEvidence,
    change: Option<Change>,
}

/// Where a run has more metrics than this, those that passed are folded away.
const MANY: usize = 60;

/// The metrics: first what failed, then what is undecided, then what passed.
pub(crate) fn metrics(scorecard: &Scorecard, links: &Links) -> Markup {
    let metrics = &scorecard.decision.metrics;
    let mut rows: Vec<Row<'_>> = (metrics.iter().zip(&scorecard.evidence).enumerate())
        .map(
            |(index, (metric, evidence)): (usize, (_, &MetricEvidence))| Row {
                index,
                metric,
                evidence,
                change: Change::of(metric, evidence),
            },
        )
        .collect();
    rows.sort_by_key(|row| (row.metric.muted, Tone::from(row.metric.outcome)));
    let folded = if rows.len() > MANY {
        let passed = |row: &Row<'_>| Tone::from(row.metric.outcome) == Tone::Pass;
        rows.extract_if(.., |row| passed(row)).collect()
    } else {
        Vec::new()
    };
    let all = || rows.iter().chain(&folded);
    let scale = ChangeScale::of(all().filter_map(|row| row.change.as_ref()));
    let drawn = all().any(|row| row.change.is_some());
    html! {
        section aria-labelledby="metrics" {
            h2 #metrics { "Metrics" }
            @if drawn { (legend(all().filter_map(|row| row.change.as_ref()), links)) }
            @if !rows.is_empty() { (table(&rows, drawn, &scale, links)) }
            @if !folded.is_empty() {
                details #passed open[rows.is_empty()] {
                    summary { h3 { (folded.len()) " metrics passed" } }
                    (table(&folded, drawn, &scale, links))
                }
            }
        }
    }
}

fn table(rows: &[Row<'_>], drawn: bool, scale: &ChangeScale, links: &Links) -> Markup {
    html! {
        table.metrics role="table" {
            thead role="rowgroup" { tr role="row" {
                th role="columnheader" scope="col" { "Outcome" }
                th role="columnheader" scope="col" { "Metric" }
                th.n role="columnheader" scope="col" { "Change" }
                th.scale role="columnheader" scope="col" { span.unseen { "Change against what is allowed" } @if drawn { (scale.head()) } }
                th.n.wide role="columnheader" scope="col" { "Baseline" }
                th.n.wide role="columnheader" scope="col" { "Canary" }
                th role="columnheader" scope="col" { "Why" }
            } }
            tbody role="rowgroup" {
                @for row in rows { (line(row, scale, links)) }
            }
        }
    }
}

fn legend<'a>(mut drawn: impl Iterator<Item = &'a Change>, links: &Links) -> Markup {
    let intervals = drawn.any(|change| change.interval().is_some());
    html! {
        p.legend {
            span.key.zone {} " allowed change "
            @if intervals { span.key.interval {} " interval the change lies in " }
            span.key.must {} " change that a pass must rule out"
            @if let Links::Service { site, .. } = links { " · " a href=(site.help("#change")) { "What the words mean" } }
        }
    }
}

fn line(row: &Row<'_>, scale: &ChangeScale, links: &Links) -> Markup {
    let metric = row.metric;
    html! { tr role="row" {
        td role="cell" { (outcome_badge(metric)) }
        th role="rowheader" scope="row" {
            a href=(links.metric(row.index, &metric.name)) { bdi { (metric.name) } }
            (tags(metric))
        }
        td.n role="cell" {
            (change(metric))
            @if let Some([lower, upper]) = row.change.and_then(|change| change.interval()) {
                small { (percent(lower)) " to " (percent(upper)) }
            }
        }
        td.scale role="cell" {
            @if let Some(change) = &row.change {
                (scale.bar(change, metric.outcome, &said(metric, Some(change))))
                small { "allowed " (allowed(change)) }
            } @else {
                span.quiet { (not_drawn(metric)) }
            }
        }
        td.n.wide role="cell" { (mean(metric.baseline.mean)) }
        td.n.wide role="cell" { (mean(metric.canary.mean)) }
        td.why role="cell" { bdi { (short(told(metric, row.evidence).unwrap_or(&metric.reason))) } }
    } }
}

/// Why a metric has no change to draw.
fn not_drawn(metric: &MetricResult) -> &'static str {
    match (metric.outcome, metric.estimate, metric.test) {
        (_, Some(_), Some(Test::Limit)) => "compared with its limit",
        // Judges elsewhere give no estimate.
        (_, Some(_), _) | (Outcome::Pass | Outcome::High | Outcome::Low, None, _) => {
            "no level to take percents of"
        }
        (Outcome::Nodata | Outcome::Inconclusive | Outcome::Error, None, _) => "not compared",
    }
}

/// A mean; from a million on with its thousands apart.
fn mean(mean: Option<f64>) -> String {
    let Some(text) = mean.map(number) else {
        return "-".to_owned();
    };
    let digits = text.trim_start_matches('-').len();
    if digits < 7
        || !text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'-')
    {
        return text;
    }
    let mut apart = String::new();
    for (place, digit) in text.chars().enumerate() {
        let left = text.len() - place;
        if place > 0 && left % 3 == 0 && !apart.ends_with('-') {
            apart.push('\u{202f}');
        }
        apart.push(digit);
    }
    apart
}

/// Whether a metric failed in a way that was taken for chance, and does not count.
pub(super) fn set_aside(metric: &MetricResult) -> bool {
    metric.counted == Counted::Ignored && Tone::from(metric.outcome) == Tone::Fail
}

/// What else matters about a metric, in a word each.
pub(super) fn tags(metric: &MetricResult) -> Markup {
    html! {
        @if metric.critical { " " span.tag { "critical" } }
        @if metric.required && !metric.critical { " " span.tag { "required" } }
        @if metric.muted { " " span.tag { "muted" } }
        @if metric.guardrail.is_some() { " " span.tag.fail { "guardrail crossed" } }
        @if set_aside(metric) { " " span.tag { "not counted" } }
    }
}

#[cfg(test)]
mod tests {
    use super::mean;

    #[test]
    fn millions_can_be_read() {
        for (value, text) in [
            (Some(226_674_598.2), "226\u{202f}674\u{202f}598"),
            (Some(-1_234_567.0), "-1\u{202f}234\u{202f}567"),
            (Some(222_157.0), "222157"),
            (Some(0.001_95), "0.00195"),
            (None, "-"),
        ] {
            assert_eq!(mean(value), text);
        }
    }
}
