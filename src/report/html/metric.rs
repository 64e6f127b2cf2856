//! One metric: what was found, what it rests on, and where that came from.

use maud::{Markup, html};
use serinus_judge::{Design, Direction, MetricResult, Test};

use super::{
    allowed, inert::inert, metrics::tags, outcome_badge, queries::queries, said, series::series,
    statistics::statistics,
};
use crate::{
    analysis::{MetricEvidence, Tolerance},
    report::{
        plot::{self, Change, ChangeScale, Room},
        wording::{change, number, percent},
    },
};

/// How deep in the page a metric stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Depth {
    /// It has a page of its own.
    Page,
    /// It is one of many, at this place.
    Part(usize),
}

impl Depth {
    /// What tells the parts of several metrics on one page apart.
    pub(super) fn index(self) -> usize {
        match self {
            Self::Page => 0,
            Self::Part(index) => index,
        }
    }

    /// The heading of a part of the metric, one level below the metric's own.
    pub(super) fn heading(self, text: &str) -> Markup {
        match self {
            Self::Page => html! { h2 { (text) } },
            Self::Part(_) => html! { h3 { (text) } },
        }
    }
}

/// Everything about one metric.
pub(crate) fn metric(result: &MetricResult, evidence: &MetricEvidence, depth: Depth) -> Markup {
    let heading = html! { bdi { (result.name) } " " (outcome_badge(result)) (tags(result)) };
    html! {
        section.metric #{ "metric-" (depth.index()) } aria-label=(result.name) {
            @match depth {
                Depth::Page => h1 { (heading) },
                Depth::Part(_) => h2 { (heading) },
            }
            p.reason { bdi { (inert(&result.reason)) } "." }
            @if let Some(guardrail) = &result.guardrail { p.warning { strong { "Guardrail: " } bdi { (inert(guardrail)) } } }
            div.columns {
                (findings(result, evidence, depth))
                (comparison(result, evidence, depth))
            }
            (plots(result, evidence, depth))
            (statistics(result, evidence, depth))
            (series(evidence, depth))
            @if let Some(explore) = &evidence.explore {
                p.actions { a href=(explore.as_str()) rel="noreferrer" { "Both queries in Grafana" } }
            }
            (queries(evidence, depth))
        }
    }
}

/// The numbers of the decision, each with what it means.
fn findings(result: &MetricResult, evidence: &MetricEvidence, depth: Depth) -> Markup {
    let drawn = Change::of(result, evidence);
    let tolerance = &evidence.tolerance;
    // Kayenta compares means, and estimates a shift by ranks beside them.
    let by_means = result.netflix_aca.is_some();
    html! {
        div.card {
            (depth.heading("What was found"))
            @if let Some(drawn) = &drawn {
                @let scale = ChangeScale::of([drawn]);
                div.alone { (scale.head()) (scale.bar(drawn, result.outcome, &said(result, Some(drawn)))) }
            }
            dl.facts {
                @if by_means && result.change_percent.is_some() {
                    dt { "Change of the mean" }
                    dd { (change(result)) }
                }
                @if let Some(estimate) = result.estimate {
                    dt { @if by_means { "Estimated shift" } @else { "Estimated change" } }
                    dd {
                        @if by_means { (number(estimate)) " " span.quiet { "in its unit, by ranks" } }
                        @else if drawn.is_some() { (change(result)) ", in its unit " (number(estimate)) }
                        @else { (number(estimate)) " " span.quiet { "in its unit" @if result.test == Some(Test::Limit) { ", from the limit" } } }
                    }
                }
                @if let Some(interval) = result.interval {
                    dt { @if by_means { "Interval of the shift" } @else { "Interval it lies in" } }
                    dd {
                        @if let Some([lower, upper]) = drawn.and_then(|drawn| drawn.interval()) {
                            (percent(lower)) " to " (percent(upper)) ", in its unit "
                        }
                        (number(interval.lower)) " to " (number(interval.upper))
                        " " span.quiet { "confidence " (number(interval.confidence * 100.0)) " %" }
                    }
                }
                @if let Some(plain) = result.change_percent.filter(|_| !by_means) {
                    dt { "Change of the plain means" }
                    dd { (percent(plain)) " " span.quiet { "a few wild samples move it; the estimate holds them back" } }
                }
                @if let Some(drawn) = &drawn { dt { "Allowed change" } dd { (allowed(drawn)) (two_limits(tolerance)) } }
                @if let Some(must) = tolerance.must_detect { dt { "A pass must rule out" } dd { (number(must * 100.0)) " %" (bad_way(tolerance)) } }
                @if let Some(limit) = tolerance.limits.above() { dt { "Limit above" } dd { (number(limit)) } }
                @if let Some(limit) = tolerance.limits.below() { dt { "Limit below" } dd { (number(limit)) } }
                @if let Some(p) = result.p_value {
                    dt { "p-value" }
                    dd { @if p < 0.001 { "< 0.001" } @else { (number(p)) } " " span.quiet { "how often chance alone would do this, if nothing had changed" } }
                }
                @if let Some(cles) = result.cles {
                    dt { "Canary is higher" }
                    dd { "in " (number((cles * 1000.0).round() / 10.0)) " % of all pairs of samples" }
                }
                @if let Some(samples) = result.effective_samples {
                    dt { "Worth" }
                    dd { (number(samples)) " independent samples a side " span.quiet { "neighbours that resemble each other count for less" } }
                }
                @if let Some(detectable) = result.detectable_percent {
                    dt { "Smallest visible change" }
                    dd { (number((detectable * 10.0).round() / 10.0)) " % " span.quiet { "found in four of five such comparisons" } }
                }
            }
            (rule(result, tolerance))
        }
    }
}

/// What goes with the allowed change where it is given in percent and in the metric's unit.
fn two_limits(tolerance: &Tolerance) -> Markup {
    html! {
        @if tolerance.absolute > 0.0 {
            @let percents: Vec<f64> = [tolerance.increase, tolerance.decrease].into_iter().flatten().collect();
            " " span.quiet {
                "the larger of "
                @if let Some(relative) = percents.first() { (number(relative * 100.0)) " % and " }
                (number(tolerance.absolute)) " in its unit"
            }
        }
    }
}

/// The direction in which a change is bad, where it is one.
fn bad_way(tolerance: &Tolerance) -> &'static str {
    match tolerance.direction {
        Direction::Increase => " up",
        Direction::Decrease => " down",
        Direction::Either => " either way",
    }
}

/// How allowed change and interval make an outcome, in a sentence.
fn rule(result: &MetricResult, tolerance: &Tolerance) -> Markup {
    html! {
        @if let Some(must) = tolerance.must_detect.filter(|_| result.judged_percent().is_some()) {
            p.quiet {
                "It fails once it has surely changed and the estimate is beyond what is allowed. It passes once a change of "
                (number(must * 100.0)) " % is ruled out, for which less certainty is asked than for the interval. Otherwise it is undecided."
            }
        }
    }
}

fn comparison(result: &MetricResult, evidence: &MetricEvidence, depth: Depth) -> Markup {
    let notes: Vec<&str> = (result.notes.iter())
        .chain(&evidence.notes)
        .map(String::as_str)
        .collect();
    html! {
        div.card {
            (depth.heading("How it was compared"))
            dl.facts {
                dt { "Arrangement" }
                dd { (design(result.design.unwrap_or(evidence.comparison.design))) ": " bdi { (evidence.comparison.reason) } }
                @if let Some(test) = result.test { dt { "Test" } dd { (test) ": " span.quiet { (in_words(test, result.design.unwrap_or(evidence.comparison.design))) } } }
                dt { "Groups" }
                dd { @if result.groups.is_empty() { "none: it weighs nothing" } @else { bdi { (result.groups.join(", ")) } } }
                @if let Some(aca) = &result.netflix_aca {
                    dt { "In Kayenta's words" }
                    dd { (format!("{:?}", aca.classification)) }
                }
                @if !evidence.history.is_empty() { dt { "History" } dd { (evidence.history.len()) " earlier windows" } }
            }
            @if !notes.is_empty() {
                p.noticed { "Noticed" }
                ul { @for note in notes { li { bdi { (inert(note)) } } } }
            }
        }
    }
}

fn design(design: Design) -> &'static str {
    match design {
        Design::Paired => "moment by moment",
        Design::Independent => "as two independent samples",
        Design::BeforeAfter => "one window after the other",
        Design::Replicas => "replica by replica",
        Design::Strata => "within strata",
        Design::Counts => "as shares of counted errors",
        Design::CanaryOnly => "the canary alone",
    }
}

/// Plots are on the page for both; the style shows the one that fits.
const ROOMS: [(&str, Room); 2] = [("broad", Room::Wide), ("slim", Room::Narrow)];

fn plots(result: &MetricResult, evidence: &MetricEvidence, depth: Depth) -> Markup {
    if evidence.baseline.values.is_empty() && evidence.canary.values.is_empty() {
        return html! { p.empty { "There are no samples to draw." } };
    }
    let name = &result.name;
    html! {
        figure {
            figcaption {
                (depth.heading("Over time"))
                (legend(result, evidence))
            }
            @for (class, room) in ROOMS {
                div.(class) { (plot::over_time(result, evidence, &format!("{name} over time"), &result.reason, room)) }
            }
        }
        figure {
            figcaption {
                (depth.heading("Distribution"))
                span.quiet { "how often which values came; the thick line is the middle half, the thin one the median" }
            }
            @for (class, room) in ROOMS {
                div.(class) { (plot::distribution(evidence, &format!("Distribution of {name}"), &result.reason, room)) }
            }
        }
    }
}

/// What a test does, in a line; docs/statistics.md says it in full.
fn in_words(test: Test, design: Design) -> &'static str {
    match (test, design) {
        (Test::Auto, Design::Paired) => {
            "the mean difference at the same moments, worth as many samples as are independent; guards against spikes and late onsets"
        }
        (Test::Auto, Design::Independent) => {
            "the difference of the means, worth as many samples as are independent; a guard against spikes"
        }
        (Test::Auto | Test::History, Design::BeforeAfter) => {
            "the change against how much earlier windows changed of themselves"
        }
        (Test::History, _) => "the canary's window against earlier ones",
        (Test::Auto | Test::Replicas, Design::Replicas) => {
            "replicas against replicas: whether chance would divide them so"
        }
        (Test::Auto, Design::Strata) => {
            "differences at the same moments, averaged over the strata; each stratum also by itself"
        }
        (Test::Auto | Test::Proportion, Design::Counts) => {
            "the shares of errors in the whole window"
        }
        (Test::Auto, Design::CanaryOnly) => {
            "the canary's level against its limits, or its growth over the window"
        }
        (Test::MannWhitney, _) => "whether one side tends to be higher, by ranks",
        (Test::PairedRank, _) => "the differences at the same moments, by ranks",
        (Test::BlockPermutation, _) => "stretches of time exchanged between the sides",
        (Test::BrunnerMunzel, _) => {
            "whether one side tends to be higher, by ranks, for unequal spread"
        }
        (Test::KolmogorovSmirnov, _) => "whether the distributions differ anywhere",
        (Test::Replicas, _) => "replicas against replicas",
        (Test::Proportion, _) => "shares of errors",
        (Test::Limit, _) => "the canary's level against its limits",
        (Test::Trend, _) => "growth over the window",
    }
}

fn legend(result: &MetricResult, evidence: &MetricEvidence) -> Markup {
    let sides = [
        (&evidence.baseline.values, &result.baseline),
        (&evidence.canary.values, &result.canary),
    ];
    let removed: usize = (sides.iter())
        .map(|(values, compared)| plot::removed(result, values, compared).len())
        .sum();
    let far_out: usize = (sides.iter())
        .map(|(values, _)| plot::far_out(values).len())
        .sum();
    let gaps = sides
        .iter()
        .any(|(values, _)| values.iter().any(Option::is_none));
    html! {
        span.legend {
            span.key.baseline {} " baseline " span.key.canary {} " canary · times in UTC"
            @if !evidence.canary.series.is_empty() { " · thin lines are single replicas, strata or locations" }
            @if !evidence.history.is_empty() { " · grey lines are earlier windows" }
            @if removed > 0 { " · crosses: " (removed) " outliers, taken away before the comparison" }
            @if removed == 0 && far_out > 0 { " · circles: " (far_out) " samples far out of their own side's middle half, compared like the others" }
            @if gaps { " · bars below the axis: no sample" }
        }
    }
}
