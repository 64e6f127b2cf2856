//! Measuring judges on labelled cases: how often they raise a false alarm, find a regression, or do not decide.
//!
//! Pure: the command `serinus evaluate` reads the files and shows the [`Report`].

mod case;
mod contestant;
mod interval;
pub mod looks;
mod releases;
mod report;
mod tally;

pub use case::{Case, InvalidCase, Truth};
pub use contestant::Contestant;
pub use interval::{Share, wilson};
pub use releases::{Criticality, Releases, VerdictCounts, Verdicts};
pub use report::{Report, Row, Shares, table};
pub use tally::{Cell, Kind, Tally};

use serinus_judge::{Metric, MetricResult, Outcome, Release, netflix_aca};

/// What a judge made of one case.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The metric's entry in the scorecard.
    pub result: MetricResult,
}

/// Judges one case on its own.
pub fn judge_case(contestant: &Contestant, metric: Metric) -> Judged {
    let mut scorecard = contestant.judge.judge(&Release {
        metrics: vec![metric],
        ..Release::default()
    });
    Judged {
        result: scorecard.metrics.swap_remove(0),
    }
}

impl Judged {
    /// The label in one word: `high`, `low`, `pass`, `nodata`, `nodatafailmetric`, `inconclusive` or `error`.
    pub fn label(&self) -> &'static str {
        let missing_fails =
            self.result.netflix_aca.as_ref().is_some_and(|answer| {
                answer.classification == netflix_aca::Label::NodataFailMetric
            });
        match self.result.outcome {
            Outcome::High => "high",
            Outcome::Low => "low",
            Outcome::Pass => "pass",
            Outcome::Nodata if missing_fails => "nodatafailmetric",
            Outcome::Nodata => "nodata",
            Outcome::Inconclusive => "inconclusive",
            Outcome::Error => "error",
        }
    }
}
