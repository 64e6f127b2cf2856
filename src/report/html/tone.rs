//! Verdicts and outcomes as signs: a word, a mark and a colour, so that none of them is needed to read the others.

use maud::{Markup, html};
use serinus_judge::{MetricResult, Outcome, Verdict};

use crate::analysis::SummaryVerdict;

/// How something is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tone {
    Fail,
    Error,
    Inconclusive,
    Marginal,
    Pending,
    Pass,
}

impl Tone {
    /// The name of its colour and style.
    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Error => "error",
            Self::Inconclusive => "inconclusive",
            Self::Marginal => "marginal",
            Self::Pending => "pending",
            Self::Pass => "pass",
        }
    }

    /// A sign for it that needs no colour.
    pub(crate) const fn mark(self) -> &'static str {
        match self {
            Self::Fail => "✕",
            Self::Error => "!",
            Self::Inconclusive => "?",
            Self::Marginal => "≈",
            Self::Pending => "…",
            Self::Pass => "✓",
        }
    }
}

impl From<Verdict> for Tone {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Pass => Self::Pass,
            Verdict::Marginal => Self::Marginal,
            Verdict::Fail => Self::Fail,
            Verdict::Inconclusive => Self::Inconclusive,
        }
    }
}

impl From<SummaryVerdict> for Tone {
    fn from(verdict: SummaryVerdict) -> Self {
        match verdict {
            SummaryVerdict::Pending => Self::Pending,
            SummaryVerdict::Pass => Self::Pass,
            SummaryVerdict::Marginal => Self::Marginal,
            SummaryVerdict::Fail => Self::Fail,
            SummaryVerdict::Inconclusive => Self::Inconclusive,
            SummaryVerdict::Error => Self::Error,
        }
    }
}

impl From<Outcome> for Tone {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Pass => Self::Pass,
            Outcome::High | Outcome::Low => Self::Fail,
            Outcome::Nodata | Outcome::Inconclusive => Self::Inconclusive,
            Outcome::Error => Self::Error,
        }
    }
}

/// A sign with its word.
pub(crate) fn badge(tone: Tone, word: &str) -> Markup {
    html! {
        span.badge.(tone.class()) { span aria-hidden="true" { (tone.mark()) } " " (word) }
    }
}

/// The sign of a metric's outcome.
pub(crate) fn outcome_badge(metric: &MetricResult) -> Markup {
    badge(metric.outcome.into(), outcome_word(metric.outcome))
}

/// The name of an outcome's colour and style.
pub(crate) fn outcome_class(outcome: Outcome) -> &'static str {
    Tone::from(outcome).class()
}

pub(crate) fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "ok",
        Outcome::High => "high",
        Outcome::Low => "low",
        Outcome::Nodata => "no data",
        Outcome::Inconclusive => "undecided",
        Outcome::Error => "error",
    }
}

pub(crate) const fn verdict_word(verdict: SummaryVerdict) -> &'static str {
    match verdict {
        SummaryVerdict::Pending => "pending",
        SummaryVerdict::Pass => "pass",
        SummaryVerdict::Marginal => "marginal",
        SummaryVerdict::Fail => "fail",
        SummaryVerdict::Inconclusive => "inconclusive",
        SummaryVerdict::Error => "no verdict",
    }
}
