//! Counting outcomes by kind of case.

use std::collections::BTreeMap;

use serinus_judge::Outcome;

use super::{Case, Judged, Truth};

/// A kind of case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kind {
    /// How the sides relate.
    pub family: String,
    /// Whether there is something to find.
    pub truth: Truth,
    /// What was done to the canary.
    pub effect: String,
    /// Where the samples come from; `None` stands for all sources together.
    pub source: Option<String>,
}

/// How often each outcome came out of one kind of case under one judge.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cell {
    /// Cases judged.
    pub cases: usize,
    /// Alarms, of cases where nothing is wrong; found regressions, where something is.
    pub flagged: usize,
    /// Cases passed.
    pub passed: usize,
    /// Cases not decided: inconclusive, without data, in error.
    pub undecided: usize,
}

/// Outcomes by kind of case, for several judges side by side.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    cells: BTreeMap<Kind, Vec<Cell>>,
}

impl Tally {
    /// Counts what each judge made of a case.
    pub fn add(&mut self, case: &Case, judged: &[Judged]) {
        for source in [None, Some(case.source.clone())] {
            let kind = Kind {
                family: case.family.clone(),
                truth: case.truth,
                effect: case.effect.clone(),
                source,
            };
            let cells = self.cells.entry(kind).or_default();
            cells.resize(judged.len(), Cell::default());
            for (cell, judged) in cells.iter_mut().zip(judged) {
                cell.add(case, judged.result.outcome);
            }
        }
    }

    /// Kinds and counts, one per judge, in a fixed order.
    pub fn iter(&self) -> impl Iterator<Item = (&Kind, &[Cell])> {
        self.cells.iter().map(|(kind, cells)| (kind, &cells[..]))
    }
}

impl Cell {
    fn add(&mut self, case: &Case, outcome: Outcome) {
        let flagged = match case.truth {
            Truth::Same => matches!(outcome, Outcome::High | Outcome::Low),
            Truth::Regression => outcome == case.expected(),
        };
        self.cases += 1;
        self.flagged += usize::from(flagged);
        match outcome {
            Outcome::Pass => self.passed += 1,
            Outcome::Inconclusive | Outcome::Nodata | Outcome::Error => self.undecided += 1,
            Outcome::High | Outcome::Low => {}
        }
    }
}
