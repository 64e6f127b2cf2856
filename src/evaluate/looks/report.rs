//! The figures of experiments, for people and for programs.

use std::fmt::Write;

use serde::Serialize;
use serinus_judge::{Stop, Verdict};

use super::experiment::{Critical, End, Setting};
use crate::evaluate::{Share, wilson};

/// How runs ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ends {
    /// All runs.
    pub runs: usize,
    /// Passed.
    pub pass: usize,
    /// Marginal.
    pub marginal: usize,
    /// Failed.
    pub fail: usize,
    /// Inconclusive.
    pub inconclusive: usize,
    /// Failed, and that by a guardrail.
    pub by_guardrail: usize,
    /// Ended before the last look.
    pub early: usize,
    /// The shares of the planned time after which runs ended, added up.
    time: f64,
}

impl Ends {
    pub(super) fn add(&mut self, end: End) {
        self.runs += 1;
        let verdict = match end.verdict {
            Verdict::Pass => &mut self.pass,
            Verdict::Marginal => &mut self.marginal,
            Verdict::Fail => &mut self.fail,
            Verdict::Inconclusive => &mut self.inconclusive,
        };
        *verdict += 1;
        self.by_guardrail += usize::from(end.stop == Stop::Guardrail);
        self.early += usize::from(end.share < 1.0);
        self.time += end.share;
    }

    pub(super) fn join(&mut self, other: &Self) {
        self.runs += other.runs;
        self.pass += other.pass;
        self.marginal += other.marginal;
        self.fail += other.fail;
        self.inconclusive += other.inconclusive;
        self.by_guardrail += other.by_guardrail;
        self.early += other.early;
        self.time += other.time;
    }

    /// The share of the planned time after which runs end on average, those that run to the end included; none without runs.
    pub fn mean_time(&self) -> Option<f64> {
        (self.runs > 0).then(|| self.time / self.runs as f64)
    }
}

/// The figures of several experiments.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Figures {
    /// The rule, as it was asked for.
    pub rule: String,
    /// One row per experiment.
    pub rows: Vec<Row>,
}

/// The figures of one experiment.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// What its runs were like.
    pub setting: Setting,
    /// How they ended.
    pub ends: Ends,
    /// The share of runs that ended in fail: false alarms of healthy runs, regressions caught elsewhere.
    pub failed: Option<Share>,
    /// The share of the planned time after which runs ended on average.
    pub mean_time: Option<f64>,
}

impl Row {
    /// The figures of runs.
    pub fn new(setting: Setting, ends: Ends) -> Self {
        Self {
            setting,
            ends,
            failed: wilson(ends.fail, ends.runs),
            mean_time: ends.mean_time(),
        }
    }
}

/// The figures as a table for a terminal.
pub fn table(figures: &Figures) -> String {
    let mut text = format!(
        "{}\n{:8}  {:8}  {:>5}  {:>20}  {:>6}  {:>8}  {:>12}  {:>9}  {:>10}\n",
        figures.rule,
        "effect",
        "critical",
        "runs",
        "fail % [95 %]",
        "pass %",
        "marginal %",
        "inconclusive",
        "guardrail",
        "time used %"
    );
    for row in &figures.rows {
        let ends = &row.ends;
        let percent = |count: usize| 100.0 * count as f64 / ends.runs.max(1) as f64;
        let critical = match row.setting.critical {
            Critical::All => "all",
            Critical::Quarter => "quarter",
        };
        let failed = row.failed.map_or_else(String::new, |share| {
            format!(
                "{:.1} [{:.1}, {:.1}]",
                share.percent, share.lower, share.upper
            )
        });
        // Writing to a String cannot fail.
        let _ok = writeln!(
            text,
            "{:8}  {critical:8}  {:5}  {failed:>20}  {:6.1}  {:10.1}  {:12.1}  {:9.1}  {:11.1}",
            row.setting
                .effect
                .map_or_else(|| "healthy".to_owned(), |factor| format!("x{factor}")),
            ends.runs,
            percent(ends.pass),
            percent(ends.marginal),
            percent(ends.inconclusive),
            percent(ends.by_guardrail),
            100.0 * row.mean_time.unwrap_or(1.0),
        );
    }
    text
}
