//! How the groups add up to the score, so that it can be checked by hand.

use maud::{Markup, html};
use serinus_judge::{GroupScore, JudgedBy, Scorecard, Verdict};

use crate::report::wording::number;

/// The groups with what each adds.
pub(crate) fn score(decision: &Scorecard) -> Markup {
    let sum: f64 = decision.groups.iter().map(|group| group.contribution).sum();
    html! {
        section.card aria-labelledby="score" {
            h2 #score { "How the score adds up" }
            div.scroll tabindex="0" role="group" aria-labelledby="score" {
                table.sums {
                    thead { tr {
                        th scope="col" { "Group" }
                        th scope="col" { "Metrics that passed" }
                        th.n scope="col" { "Share" }
                        th.n scope="col" { "of points" }
                        th.n scope="col" { "Adds" }
                    } }
                    tbody {
                        @for group in &decision.groups { (row(group, worth(decision, group))) }
                    }
                    tfoot { tr {
                        th scope="row" colspan="4" { "Sum" }
                        td.n { (number(cents(sum))) }
                    } }
                }
            }
            @if let Some(why) = difference(decision, sum) { p.quiet { (why) } }
            p.quiet {
                "Pass from " (number(decision.thresholds.pass())) ", marginal from " (number(decision.thresholds.marginal()))
                "; decided: " (number((decision.coverage * 1000.0).round() / 10.0)) " % of the weight."
            }
        }
    }
}

fn row(group: &GroupScore, worth: f64) -> Markup {
    let counted = group.passed + group.failed;
    html! { tr {
        th scope="row" { (group.name) }
        td {
            @if counted == 0 { "none decided" } @else { (group.passed) " of " (counted) }
            @if group.ignored > 0 { span.quiet { " (" (group.ignored) " not counted)" } }
        }
        @if let Some(share) = group.score {
            td.n { (number(share)) " %" }
            td.n { "× " (number(cents(worth))) }
            td.n { "= " (number(cents(group.contribution))) }
        } @else {
            td.n { "–" }
            td.n { span.quiet title="the group's weight; what was decided shares its points" { "weight " (number(group.weight)) } }
            td.n { "–" }
        }
    } }
}

/// The points a group can add: under `serinus` the groups in which something was decided share all 100.
fn worth(decision: &Scorecard, group: &GroupScore) -> f64 {
    match decision.judge {
        JudgedBy::NetflixAca | JudgedBy::Remote => group.weight,
        JudgedBy::Serinus => {
            let decided = || decision.groups.iter().filter(|group| group.score.is_some());
            let total: f64 = decided().map(|group| group.weight.max(0.0)).sum();
            if total > 0.0 {
                group.weight.max(0.0) / total * 100.0
            } else {
                100.0 / decided().count().max(1) as f64
            }
        }
    }
}

/// Why the score is not the sum, where it is not.
fn difference(decision: &Scorecard, sum: f64) -> Option<String> {
    if !decision.scored || (decision.score - sum).abs() < 0.006 {
        return None;
    }
    let forced = decision
        .metrics
        .iter()
        .find(|metric| metric.critical_failure && !metric.muted);
    Some(match (forced, decision.verdict) {
        (Some(metric), _) => format!(
            "The score is {} all the same: {} fails the run whatever the others say.",
            number(decision.score),
            metric.name
        ),
        (None, Verdict::Fail) if decision.score == 0.0 => {
            "The score is 0 all the same: too many metrics have no data.".to_owned()
        }
        (None, Verdict::Pass | Verdict::Marginal | Verdict::Fail | Verdict::Inconclusive) => {
            format!(
                "The score is {}: it is cut to the range from 0 to 100.",
                number(decision.score)
            )
        }
    })
}

fn cents(points: f64) -> f64 {
    (points * 100.0).round() / 100.0
}
