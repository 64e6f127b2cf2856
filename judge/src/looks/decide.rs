//! Whether a run ends with a look.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::look::{Look, Place};
use super::rule::{LookRule, Passing, Plan};
use crate::score::decided::Outlook;
use crate::scorecard::{Scorecard, Verdict};

/// Whether a run goes on after a look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LookDecision {
    /// It goes on: the scorecard says what is known so far, and decides nothing.
    Continue,
    /// It ends, with the verdict of this look's scorecard.
    Stop(Stop),
}

/// Why a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Stop {
    /// A guardrail was crossed: `fail`.
    Guardrail,
    /// The canary is worse, whatever is still undecided: `fail`.
    Failed,
    /// The change that must be detected is excluded, whatever is still undecided: `pass`.
    Passed,
    /// It was the last look. The verdict may be any, `inconclusive` among them.
    End,
}

/// Decides whether the run ends, and says why in a sentence.
pub(super) fn decide(
    rule: LookRule,
    look: &Look,
    scorecard: &Scorecard,
    outlook: Outlook,
) -> (LookDecision, String) {
    let live = || scorecard.metrics.iter().filter(|metric| !metric.muted);
    if let Some(crossed) = live().find_map(|metric| metric.guardrail.as_ref()) {
        return (LookDecision::Stop(Stop::Guardrail), crossed.clone());
    }
    let failed = scorecard.verdict == Verdict::Fail
        && match rule {
            LookRule::Single | LookRule::EachAlone => true,
            LookRule::Planned(_) | LookRule::OpenEnded => {
                live().any(|metric| metric.critical_failure)
                    || outlook.best < scorecard.thresholds.marginal()
            }
        };
    if failed {
        let reason = scorecard.reason.clone();
        return (LookDecision::Stop(Stop::Failed), reason);
    }
    let may_pass = match rule {
        LookRule::Single | LookRule::EachAlone => false,
        LookRule::Planned(Plan { passing, .. }) => passing == Passing::OnceExcluded,
        LookRule::OpenEnded => true,
    };
    let last = rule == LookRule::Single || look.place() == Place::Last;
    if may_pass
        && !last
        && scorecard.verdict == Verdict::Pass
        && outlook.worst >= scorecard.thresholds.pass()
    {
        let reason = "every change that must be detected is excluded, as far as the pass threshold asks for it";
        return (LookDecision::Stop(Stop::Passed), reason.to_owned());
    }
    if last {
        return (LookDecision::Stop(Stop::End), scorecard.reason.clone());
    }
    let reason = match scorecard.verdict {
        Verdict::Fail => format!("it may yet be otherwise: {}", scorecard.reason),
        Verdict::Pass => format!("so far {}", scorecard.reason),
        Verdict::Marginal | Verdict::Inconclusive => scorecard.reason.clone(),
    };
    (LookDecision::Continue, reason)
}
