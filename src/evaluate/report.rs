//! The measured shares, for people and for programs.

use std::fmt::Write;

use serde::Serialize;

use super::releases::{Criticality, VerdictCounts, Verdicts};
use super::tally::Cell;
use super::{Share, Tally, Truth, wilson};

/// What was measured.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The judges, or their tests, in the order of the columns.
    pub judges: Vec<String>,
    /// One row per kind of case and source, and one over all sources.
    pub rows: Vec<Row>,
    /// Verdicts of whole releases; empty where no case belongs to one.
    pub releases: Vec<Verdicts>,
}

/// One kind of case under every judge.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// How the sides relate.
    pub family: String,
    /// Where the samples come from; null stands for all sources.
    pub source: Option<String>,
    /// What was done to the canary.
    pub effect: String,
    /// Whether there is something to find.
    pub truth: Truth,
    /// Cases of this kind.
    pub cases: usize,
    /// The shares, one entry per judge.
    pub judged: Vec<Shares>,
}

/// What a judge made of one kind of case.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Shares {
    /// False alarms, or regressions found.
    pub flagged: Option<Share>,
    /// Passed.
    pub passed: Option<Share>,
    /// Inconclusive, without data or in error.
    pub undecided: Option<Share>,
}

impl Report {
    /// Puts counts into shares.
    pub fn new(judges: Vec<String>, tally: &Tally, releases: Vec<Verdicts>) -> Self {
        let rows = tally
            .iter()
            .map(|(kind, cells)| Row {
                family: kind.family.clone(),
                source: kind.source.clone(),
                effect: kind.effect.clone(),
                truth: kind.truth,
                cases: cells.first().map_or(0, |cell| cell.cases),
                judged: cells.iter().map(Shares::of).collect(),
            })
            .collect();
        Self {
            judges,
            rows,
            releases,
        }
    }
}

impl Shares {
    fn of(cell: &Cell) -> Self {
        let share = |count| wilson(count, cell.cases);
        Self {
            flagged: share(cell.flagged),
            passed: share(cell.passed),
            undecided: share(cell.undecided),
        }
    }
}

/// The report as a table for a terminal. "flagged" is the share of false alarms where the truth is `same`, and of found
/// regressions elsewhere.
pub fn table(report: &Report) -> String {
    let mut text = String::new();
    let source = |row: &Row| row.source.clone().unwrap_or_else(|| "(all)".to_owned());
    let width = |of: &dyn Fn(&Row) -> usize| report.rows.iter().map(of).max().unwrap_or(0).max(6);
    let (family, effect, from) = (
        width(&|row| row.family.len()),
        width(&|row| row.effect.len()),
        width(&|row| source(row).len()),
    );
    let mut header = format!(
        "{:family$}  {:effect$}  {:from$}  cases",
        "family", "effect", "source"
    );
    for judge in &report.judges {
        // Writing to a String cannot fail.
        let _ok = write!(
            header,
            "  {:>38}",
            format!("{judge}: flagged, pass, undecided %")
        );
    }
    text.push_str(header.trim_end());
    text.push('\n');
    for row in &report.rows {
        let _ok = write!(
            text,
            "{:family$}  {:effect$}  {:from$}  {:5}",
            row.family,
            if row.truth == Truth::Same {
                "none"
            } else {
                &row.effect
            },
            source(row),
            row.cases
        );
        for judged in &row.judged {
            let _ok = write!(text, "  {:>38}", shares(judged));
        }
        text.push('\n');
    }
    if !report.releases.is_empty() {
        text.push_str("\nreleases, percent pass / marginal / fail / inconclusive\n");
    }
    for verdicts in &report.releases {
        let critical = match verdicts.critical {
            Criticality::AsGiven => "critical as given",
            Criticality::All => "all critical",
        };
        let _ok = writeln!(
            text,
            "{:12} {:18} healthy {}   bad {}",
            verdicts.judge,
            critical,
            counts(&verdicts.healthy),
            counts(&verdicts.bad)
        );
    }
    text
}

fn shares(shares: &Shares) -> String {
    match (shares.flagged, shares.passed, shares.undecided) {
        (Some(flagged), Some(passed), Some(undecided)) => format!(
            "{:.1} [{:.1}, {:.1}]  {:5.1}  {:5.1}",
            flagged.percent, flagged.lower, flagged.upper, passed.percent, undecided.percent
        ),
        _ => "-".to_owned(),
    }
}

fn counts(counts: &VerdictCounts) -> String {
    let all = counts.pass + counts.marginal + counts.fail + counts.inconclusive;
    let percent = |count: usize| 100.0 * count as f64 / all.max(1) as f64;
    format!(
        "{:5.1} {:5.1} {:5.1} {:5.1} (n={all})",
        percent(counts.pass),
        percent(counts.marginal),
        percent(counts.fail),
        percent(counts.inconclusive)
    )
}
