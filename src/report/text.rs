//! The scorecard in a terminal.

use std::fmt::Write;

use serinus_judge::{MetricResult, Outcome, Verdict};

use super::wording::{advice, change, interval, mean, number, score, sign};
use crate::analysis::Scorecard;

/// Whether the text may carry colours (ANSI escape codes).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// It goes to a terminal that shows them.
    Always,
    /// It goes to a file or a pipe.
    Never,
}

#[derive(Debug, Clone, Copy)]
enum Paint {
    Good,
    Bad,
    Unsure,
    Faint,
    Bold,
}

impl Colour {
    fn paint(self, paint: Paint, text: &str) -> String {
        let code = match (self, paint) {
            (Self::Never, _) => return text.to_owned(),
            (Self::Always, Paint::Good) => "32",
            (Self::Always, Paint::Bad) => "31",
            (Self::Always, Paint::Unsure) => "33",
            (Self::Always, Paint::Faint) => "2",
            (Self::Always, Paint::Bold) => "1",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}

/// The scorecard as text, about 100 columns wide.
pub fn text(scorecard: &Scorecard, colour: Colour) -> String {
    let decision = &scorecard.decision;
    let mut out = String::new();
    let verdict = decision.verdict.as_str().to_uppercase();
    let headline = format!(
        "{verdict}  score {} of 100: {}",
        score(decision),
        advice(decision.verdict)
    );
    push(
        &mut out,
        &colour.paint(
            of_verdict(decision.verdict),
            &colour.paint(Paint::Bold, &headline),
        ),
    );
    push(&mut out, &clean(&decision.reason));
    let thresholds = format!(
        "{} under config {} ({}), judge {}; pass from {}, marginal from {}",
        clean(&scorecard.application),
        clean(&scorecard.config.name),
        scorecard.config.digest.get(..8).unwrap_or_default(),
        decision.judge,
        number(decision.thresholds.pass()),
        number(decision.thresholds.marginal()),
    );
    push(&mut out, &colour.paint(Paint::Faint, &thresholds));
    push(&mut out, "");

    let mut table = Table::new([
        "metric", "outcome", "baseline", "canary", "change", "shift", "interval",
    ]);
    for metric in &decision.metrics {
        table.row(
            of_outcome(metric.outcome),
            [
                label(metric),
                sign(metric.outcome).to_owned(),
                mean(&metric.baseline),
                mean(&metric.canary),
                change(metric),
                metric.estimate.map_or_else(|| "-".to_owned(), number),
                interval(metric),
            ],
        );
    }
    out.push_str(&table.render(colour));
    push(&mut out, "");
    for metric in decision
        .metrics
        .iter()
        .filter(|metric| metric.outcome != Outcome::Pass)
    {
        // Most reasons begin with the metric's name as it is.
        let name = if metric.reason.starts_with(&metric.name) {
            ""
        } else {
            &format!("{}: ", metric.name)
        };
        push(
            &mut out,
            &format!("  {}", clean(&format!("{name}{}", metric.reason))),
        );
    }

    let mut groups = Table::new([
        "group",
        "weight",
        "score",
        "adds",
        "passed",
        "failed",
        "undecided",
    ]);
    for group in &decision.groups {
        groups.row(
            Paint::Faint,
            [
                clean(&group.name),
                number(group.weight),
                group.score.map_or_else(|| "-".to_owned(), number),
                number(group.contribution),
                group.passed.to_string(),
                group.failed.to_string(),
                group.ignored.to_string(),
            ],
        );
    }
    if decision
        .metrics
        .iter()
        .any(|metric| metric.outcome != Outcome::Pass)
    {
        push(&mut out, "");
    }
    out.push_str(&groups.render(colour));
    if let Some(links) = &scorecard.links {
        push(&mut out, "");
        push(&mut out, &format!("report: {}", links.report));
        if let Some(dashboard) = &links.dashboard {
            push(&mut out, &format!("dashboard: {dashboard}"));
        }
    }
    out
}

fn push(out: &mut String, line: &str) {
    out.push_str(line);
    out.push('\n');
}

fn label(metric: &MetricResult) -> String {
    let mark = match (metric.critical, metric.muted) {
        (_, true) => " (muted)",
        (true, false) => " (critical)",
        (false, false) => "",
    };
    format!("{}{mark}", clean(&metric.name))
}

/// Names come from callers: control characters must not reach the terminal, nor names of thousands of characters.
fn clean(text: &str) -> String {
    const LONGEST: usize = 200;
    let shown: String = text
        .chars()
        .take(LONGEST)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    if text.chars().nth(LONGEST).is_some() {
        format!("{shown}...")
    } else {
        shown
    }
}

fn of_verdict(verdict: Verdict) -> Paint {
    match verdict {
        Verdict::Pass => Paint::Good,
        Verdict::Fail => Paint::Bad,
        Verdict::Marginal | Verdict::Inconclusive => Paint::Unsure,
    }
}

fn of_outcome(outcome: Outcome) -> Paint {
    match outcome {
        Outcome::Pass => Paint::Good,
        Outcome::High | Outcome::Low | Outcome::Error => Paint::Bad,
        Outcome::Nodata | Outcome::Inconclusive => Paint::Unsure,
    }
}

/// A table whose columns are as wide as their widest cell; the first is set left, the others right.
#[derive(Debug)]
struct Table<const N: usize> {
    head: [&'static str; N],
    rows: Vec<(Paint, [String; N])>,
}

impl<const N: usize> Table<N> {
    fn new(head: [&'static str; N]) -> Self {
        Self {
            head,
            rows: Vec::new(),
        }
    }

    fn row(&mut self, paint: Paint, cells: [String; N]) {
        self.rows.push((paint, cells));
    }

    fn render(&self, colour: Colour) -> String {
        let widths: [usize; N] = std::array::from_fn(|column| {
            let cells = self
                .rows
                .iter()
                .map(|(_, cells)| cells[column].chars().count());
            cells.max().unwrap_or(0).max(self.head[column].len())
        });
        let line = |cells: [&str; N]| {
            let mut line = String::new();
            for (column, (cell, width)) in cells.iter().zip(widths).enumerate() {
                let fill = " ".repeat(width - cell.chars().count());
                let (before, after) = if column == 0 {
                    ("", fill.as_str())
                } else {
                    (fill.as_str(), "")
                };
                // Writing to a string does not fail.
                let _infallible = write!(line, "  {before}{cell}{after}").is_ok();
            }
            line.trim_end().to_owned()
        };
        let mut out = colour.paint(Paint::Faint, &line(self.head)) + "\n";
        for (paint, cells) in &self.rows {
            out.push_str(&colour.paint(*paint, &line(cells.each_ref().map(String::as_str))));
            out.push('\n');
        }
        out
    }
}
