//! How the groups add up to the score, so that it can be checked by hand.

use maud::{Markup, html};
use serinus_judge::{GroupScore, JudgedBy, Scorecard, Verdict};

use super::{inert::inert, metrics::set_aside};
use crate::report::{
    plot,
    wording::{few, number},
};

/// The groups with what each adds.
pub(crate) fn score(decision: &Scorecard) -> Markup {
    let mut before = 0.0;
    let rows: Vec<(&GroupScore, f64)> = (decision.groups.iter())
        .map(|group| {
            let start = before;
            before += group.contribution;
            (group, start)
        })
        .collect();
    let sum = before;
    html! {
        section.card aria-labelledby="score" {
            h2 #score { "How the score adds up" }
            div.scroll tabindex="0" role="group" aria-labelledby="score" {
                table.sums.adds {
                    thead { tr {
                        th scope="col" { "Group" }
                        th scope="col" { "Passed" }
                        th.n scope="col" { "Share of points" }
                        th.n scope="col" { "Adds" }
                        td.bar {}
                    } }
                    tbody {
                        @for (group, start) in rows { (row(group, worth(decision, group), start)) }
                    }
                    tfoot { tr {
                        th scope="row" colspan="3" { "Sum" }
                        td.n { @if decision.scored { (number(cents(sum))) } @else { "none" } }
                        td.bar { @if decision.scored { (plot::sum(0.0, sum, 100.0)) } }
                    } }
                }
            }
            @if let Some(why) = difference(decision, sum) { p.quiet { (why) } }
            @if let Some(why) = shared_out(decision) { p.quiet { bdi { (inert(&why)) } } }
            p.quiet {
                "Pass from " (number(decision.thresholds.pass())) ", marginal from " (number(decision.thresholds.marginal()))
                "; decided: " (number((decision.coverage * 1000.0).round() / 10.0)) " % of the weight."
            }
        }
    }
}

fn row(group: &GroupScore, worth: f64, start: f64) -> Markup {
    let counted = group.passed + group.failed;
    html! { tr {
        th scope="row" { bdi { (group.name) } }
        td {
            @if counted == 0 { "none decided" } @else { (group.passed) " of " (counted) }
            @if group.ignored > 0 { span.quiet { " (" (group.ignored) " not counted)" } }
        }
        @if let Some(share) = group.score {
            td.n {
                (number(share)) " % × " (number(cents(worth)))
                @if (worth - group.weight).abs() > 0.006 { small { "its weight: " (number(group.weight)) } }
            }
            td.n { "= " (number(cents(group.contribution))) }
            td.bar { (plot::sum(start, group.contribution, worth)) }
        } @else {
            td.n { span.quiet title="the group's weight; what was decided shares its points" { "weight " (number(group.weight)) } }
            td.n { "–" }
            td.bar {}
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

/// Why groups can add more points than they weigh, where they do.
fn shared_out(decision: &Scorecard) -> Option<String> {
    if decision.judge != JudgedBy::Serinus || !decision.scored {
        return None;
    }
    let (decided, open): (Vec<&GroupScore>, Vec<&GroupScore>) =
        (decision.groups.iter()).partition(|group| group.score.is_some());
    let weight: f64 = decided.iter().map(|group| group.weight.max(0.0)).sum();
    if !open.is_empty() {
        let failed = |group: &&GroupScore| {
            let mut metrics = decision.metrics.iter().filter(|metric| !metric.muted);
            metrics.any(|metric| metric.groups.contains(&group.name) && set_aside(metric))
        };
        let (chance, open): (Vec<&GroupScore>, Vec<&GroupScore>) =
            open.into_iter().partition(failed);
        let names = |groups: &[&GroupScore]| {
            let names: Vec<&str> = groups.iter().map(|group| group.name.as_str()).collect();
            few(&names, 5)
        };
        let why = match (open.as_slice(), chance.as_slice()) {
            (open, []) => format!("Nothing was decided in {}", names(open)),
            ([], chance) => format!("What failed in {} was taken for chance", names(chance)),
            (open, chance) => format!(
                "Nothing was decided in {}, and what failed in {} was taken for chance",
                names(open),
                names(chance)
            ),
        };
        Some(format!(
            "{why}: the other groups share the 100 points by their weights."
        ))
    } else if (weight - 100.0).abs() > 0.006 {
        Some("The groups share 100 points by their weights.".to_owned())
    } else {
        None
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
