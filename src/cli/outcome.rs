//! How commands end.

use std::{fmt, process::ExitCode};

use serinus_judge::Verdict;

use crate::analysis::SummaryVerdict;

/// The exit codes, for `--help`.
pub(super) const EXIT_CODES: &str = "Exit codes of analyze and judge:
  0 pass, 1 fail, 2 wrong usage or settings, 3 marginal, 4 inconclusive, 5 infrastructure";

/// How a command ended; its exit code is the gate of a pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The canary passed, or the command did what it was asked to.
    Pass,
    /// The canary failed.
    Fail,
    /// The arguments or settings are wrong.
    Usage,
    /// The canary is marginal.
    Marginal,
    /// It could not be decided.
    Inconclusive,
    /// A server, store or file did not do its part.
    Infrastructure,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        Self::from(match outcome {
            Outcome::Pass => 0,
            Outcome::Fail => 1,
            Outcome::Usage => 2,
            Outcome::Marginal => 3,
            Outcome::Inconclusive => 4,
            Outcome::Infrastructure => 5,
        })
    }
}

impl From<Verdict> for Outcome {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Pass => Self::Pass,
            Verdict::Marginal => Self::Marginal,
            Verdict::Fail => Self::Fail,
            Verdict::Inconclusive => Self::Inconclusive,
        }
    }
}

impl From<SummaryVerdict> for Outcome {
    fn from(verdict: SummaryVerdict) -> Self {
        match verdict {
            SummaryVerdict::Pass => Self::Pass,
            SummaryVerdict::Marginal => Self::Marginal,
            SummaryVerdict::Fail => Self::Fail,
            SummaryVerdict::Inconclusive => Self::Inconclusive,
            SummaryVerdict::Error | SummaryVerdict::Pending => Self::Infrastructure,
        }
    }
}

/// Why a command could not do what it was asked to.
#[derive(Debug)]
pub(super) struct Failure {
    outcome: Outcome,
    message: String,
}

impl Failure {
    pub(super) fn usage(message: impl fmt::Display) -> Self {
        Self {
            outcome: Outcome::Usage,
            message: message.to_string(),
        }
    }

    pub(super) fn infrastructure(message: impl fmt::Display) -> Self {
        Self {
            outcome: Outcome::Infrastructure,
            message: message.to_string(),
        }
    }

    pub(super) fn outcome(&self) -> Outcome {
        self.outcome
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
