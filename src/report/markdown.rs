//! The scorecard as Markdown, for pull requests and chats.

use serinus_judge::Outcome;

use super::wording::{advice, change, interval, mean, number, score, sign};
use crate::analysis::Scorecard;

/// The scorecard as GitHub-flavoured Markdown.
pub fn markdown(scorecard: &Scorecard) -> String {
    let decision = &scorecard.decision;
    let mut lines = vec![
        format!(
            "### {}: {} (score {} of 100)",
            escape(&scorecard.application),
            decision.verdict,
            score(decision)
        ),
        String::new(),
        format!(
            "{} Recommended: **{}**.",
            sentence(&decision.reason),
            advice(decision.verdict)
        ),
        String::new(),
        "| metric | outcome | baseline | canary | change | interval of the shift | why |"
            .to_owned(),
        "|---|---|--:|--:|--:|---|---|".to_owned(),
    ];
    for (metric, evidence) in decision.metrics.iter().zip(&scorecard.evidence) {
        let name = escape(&metric.name);
        let mut why = escape(&metric.reason);
        // Where somebody will want to look; for each of hundreds they would be more than a pull request takes.
        if let Some(explore) = &evidence.explore
            && metric.outcome != Outcome::Pass
        {
            why.push_str(&format!(" [Explore]({explore})"));
        }
        let mark = if metric.critical { " (critical)" } else { "" };
        lines.push(format!(
            "| {name}{mark} | {} | {} | {} | {} | {} | {} |",
            sign(metric.outcome),
            mean(&metric.baseline),
            mean(&metric.canary),
            change(metric),
            escape(&interval(metric)),
            why,
        ));
    }
    lines.push(String::new());
    lines.push("| group | weight | score | adds |".to_owned());
    lines.push("|---|--:|--:|--:|".to_owned());
    for group in &decision.groups {
        lines.push(format!(
            "| {} | {} | {} | {} |",
            escape(&group.name),
            number(group.weight),
            group.score.map_or_else(|| "-".to_owned(), number),
            number(group.contribution),
        ));
    }
    lines.push(String::new());
    lines.push(format!(
        "Config `{}` at `{}`, judge `{}`; pass from {}, marginal from {}.",
        scorecard.config.name.replace('`', "'"),
        scorecard.config.digest.get(..12).unwrap_or_default(),
        decision.judge,
        number(decision.thresholds.pass()),
        number(decision.thresholds.marginal()),
    ));
    if let Some(links) = &scorecard.links {
        let dashboard = links.dashboard.as_ref();
        let dashboard =
            dashboard.map_or_else(String::new, |url| format!(" · [Dashboard](<{url}>)"));
        lines.push(String::new());
        lines.push(format!("[Report](<{}>){dashboard}", links.report));
    }
    lines.join("\n") + "\n"
}

/// What there is to say of a run of an application that has no scorecard, and why.
pub fn markdown_without(application: &str, reason: &str) -> String {
    let (application, reason) = (escape(application), sentence(reason));
    format!("### {application}: no verdict\n\n{reason}\n")
}

fn sentence(text: &str) -> String {
    let text = escape(text);
    let end = if text.ends_with('.') { "" } else { "." };
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        // A metric's name at the start keeps its spelling.
        format!("{first}{}{end}", letters.as_str())
    })
}

/// Text that Markdown and HTML leave alone, on one line.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '|' | '*' | '_' | '`' | '[' | ']' | '#' | '\\' | '~' => {
                out.push('\\');
                out.push(c);
            }
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
