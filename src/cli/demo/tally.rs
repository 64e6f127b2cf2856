//! What was decided about releases, against what they really were.

use std::fmt::Write;

use serinus_simulator::{Scenario, Truth};

use super::{
    rollout::{Assessment, Decision},
    style,
};

/// The decisions of a session, in order.
#[derive(Debug, Default)]
pub(super) struct Tally(Vec<(Scenario, Decision)>);

const ROWS: [(Truth, &str); 3] = [
    (Truth::Good, "good"),
    (Truth::Bad, "bad"),
    (Truth::Unknowable, "unknowable"),
];

impl Tally {
    pub(super) fn add(&mut self, scenario: Scenario, decision: Decision) {
        self.0.push((scenario, decision));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn count(&self, truth: Truth, decision: Decision) -> usize {
        let matching =
            |entry: &&(Scenario, Decision)| (entry.0.truth(), entry.1) == (truth, decision);
        self.0.iter().filter(matching).count()
    }

    fn assessed(&self, assessment: Assessment) -> usize {
        let matching =
            |entry: &&(Scenario, Decision)| entry.1.assessment(entry.0.truth()) == assessment;
        self.0.iter().filter(matching).count()
    }

    /// The confusion table, and a line that sums it up.
    pub(super) fn table(&self) -> String {
        let mut out = format!("{:14}", "it was");
        for decision in Decision::ALL {
            out += &format!("{decision:>14}");
        }
        out = style::bold(&out) + "\n";
        for (truth, name) in ROWS {
            out += &format!("{name:14}");
            for decision in Decision::ALL {
                let cell = format!("{:>14}", self.count(truth, decision));
                out += &match self.count(truth, decision) {
                    0 => style::faint(&cell),
                    _ => style::assessed(decision.assessment(truth), &cell),
                };
            }
            out.push('\n');
        }
        let number = |assessment| self.assessed(assessment);
        // Writing to a string does not fail.
        let _written = writeln!(
            out,
            "\n{} releases: {} decided rightly, {} held for a person, {} false alarms, {} slipped through",
            self.0.len(),
            number(Assessment::Right),
            number(Assessment::Cautious),
            number(Assessment::FalseAlarm),
            number(Assessment::SlippedThrough),
        )
        .is_ok();
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_counts_each_release_once() {
        let mut tally = Tally::default();
        for (scenario, decision) in [
            (Scenario::Healthy, Decision::Promoted),
            (Scenario::WarmUp, Decision::RolledBack),
            (Scenario::CrashLoop, Decision::RolledBack),
            (Scenario::CrashLoop, Decision::Promoted),
            (Scenario::NoData, Decision::Held),
            (Scenario::CpuBurn, Decision::Held),
        ] {
            tally.add(scenario, decision);
        }
        let table = tally.table();
        let cells: Vec<Vec<&str>> = table
            .lines()
            .map(|line| line.split_whitespace().collect())
            .collect();
        assert_eq!(cells[1], ["good", "1", "1", "0"], "{table}");
        assert_eq!(cells[2], ["bad", "1", "1", "1"], "{table}");
        assert_eq!(cells[3], ["unknowable", "0", "0", "1"], "{table}");
        assert!(
            table.ends_with(
                "6 releases: 3 decided rightly, 1 held for a person, 1 false alarms, 1 slipped through\n"
            ),
            "{table}"
        );
    }
}
