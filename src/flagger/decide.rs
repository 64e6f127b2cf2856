//! What a hook answers, given where the run stands.

use serde::Deserialize;
use serinus_judge::Verdict;

use crate::analysis::{Look, Run, RunState};

/// What a hook says to Flagger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Yes: go on, or, asked whether to roll back, do so. Why.
    Go(String),
    /// No, and why.
    Halt(String),
}

/// Whether something that is neither a pass nor a fail lets a release go on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Permit {
    /// It does.
    Go,
    /// It does not.
    #[default]
    Halt,
}

/// How a `Canary` reads what is neither a pass nor a fail.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Policy {
    /// A marginal verdict.
    pub on_marginal: Permit,
    /// An inconclusive verdict; it never lets a release be promoted.
    pub on_inconclusive: Permit,
    /// A look that compared every metric and found none worse, but cannot be sure yet.
    pub on_undecided_look: Permit,
}

impl Permit {
    fn answer(self, reason: String) -> Answer {
        match self {
            Self::Go => Answer::Go(reason),
            Self::Halt => Answer::Halt(reason),
        }
    }
}

/// `rollout`: no as soon as something speaks against the release. Nothing known yet does not.
pub(super) fn rollout(run: &Run, policy: Policy) -> Answer {
    match ended(run) {
        None => Answer::Go(so_far(run)),
        Some(Ended::Verdict(Verdict::Inconclusive, reason)) => {
            policy.on_inconclusive.answer(undecided(reason))
        }
        Some(ended) => ended.promoting(policy),
    }
}

/// `confirm-traffic-increase`, after `increases` that were let through: one step gives the canary its first traffic, and each
/// look that speaks for the release lets it take another one.
pub(super) fn confirm_traffic_increase(run: &Run, policy: Policy, increases: u32) -> Answer {
    if ended(run).is_some() {
        return rollout(run, policy);
    }
    let speaks_for_it = |look: &&Look| match (look.found.verdict, policy.on_undecided_look) {
        (Verdict::Pass, _) => true,
        (Verdict::Inconclusive, Permit::Go) => nothing_worse(look),
        (Verdict::Marginal | Verdict::Fail | Verdict::Inconclusive, _) => false,
    };
    let steps = 1 + run.looks.iter().filter(speaks_for_it).count();
    let at_last = run.looks.last();
    if at_last.is_none_or(|look| speaks_for_it(&look)) && (increases as usize) < steps {
        Answer::Go(so_far(run))
    } else {
        let next = run.next_look();
        let so_far = so_far(run);
        Answer::Halt(format!(
            "the next step waits for look {next} to speak for it; {so_far}"
        ))
    }
}

/// `confirm-promotion`: only what has passed.
pub(super) fn confirm_promotion(run: &Run, policy: Policy) -> Answer {
    match ended(run) {
        None => Answer::Halt(format!("not decided yet: {}", so_far(run))),
        Some(ended) => ended.promoting(policy),
    }
}

/// `rollback`: yes rolls back, so everything but a confirmed fail is a no.
pub(super) fn rollback(run: &Run) -> Answer {
    match &run.state {
        RunState::Succeeded(decided) if decided.verdict == Verdict::Fail => {
            Answer::Go(decided.reason.clone())
        }
        RunState::Succeeded(decided) => {
            Answer::Halt(format!("no fail but {}", decided.verdict.as_str()))
        }
        RunState::Queued { .. } | RunState::Running(_) => {
            Answer::Halt(format!("no fail so far: {}", so_far(run)))
        }
        RunState::Failed { .. } | RunState::Cancelled => {
            Answer::Halt("no fail: the run ended without a verdict".to_owned())
        }
    }
}

/// How a run ended.
enum Ended<'a> {
    Verdict(Verdict, &'a str),
    Without(&'a str),
}

impl Ended<'_> {
    fn promoting(self, policy: Policy) -> Answer {
        match self {
            Self::Verdict(Verdict::Pass, reason) => Answer::Go(format!("pass: {reason}")),
            Self::Verdict(Verdict::Marginal, reason) => {
                policy.on_marginal.answer(format!("marginal: {reason}"))
            }
            Self::Verdict(Verdict::Inconclusive, reason) => Answer::Halt(undecided(reason)),
            Self::Verdict(Verdict::Fail, reason) => Answer::Halt(format!("fail: {reason}")),
            Self::Without(reason) => {
                Answer::Halt(format!("the analysis ended without a verdict: {reason}"))
            }
        }
    }
}

fn ended(run: &Run) -> Option<Ended<'_>> {
    match &run.state {
        RunState::Queued { .. } | RunState::Running(_) => None,
        RunState::Succeeded(decided) => Some(Ended::Verdict(decided.verdict, &decided.reason)),
        RunState::Failed { reason, .. } => Some(Ended::Without(reason)),
        RunState::Cancelled => Some(Ended::Without("it was cancelled")),
    }
}

fn undecided(reason: &str) -> String {
    format!("inconclusive: {reason}")
}

/// Whether a look compared every metric and none of them was worse.
fn nothing_worse(look: &Look) -> bool {
    let none_failed = (look.record.as_ref()).is_some_and(|record| record.failed.is_empty());
    look.unseen.is_empty() && none_failed
}

fn so_far(run: &Run) -> String {
    let planned = run.request.looks_planned();
    match run.looks.last() {
        None => format!("no look of {planned} has been taken yet"),
        Some(look) => format!("look {} of {planned}: {}", look.number, look.found.reason),
    }
}
