//! A judge that looks at a run several times.

use super::decide::{LookDecision, decide};
use super::levels;
use super::look::{EarlierLook, Look};
use super::rule::LookRule;
use crate::heard::Heard;
use crate::judge::{Judge, JudgedBy};
use crate::release::{Metric, Release};
use crate::score::decided::Outlook;
use crate::scorecard::{MetricResult, Outcome, Scorecard};

/// A judge, and the rule by which it looks at one run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Watch {
    judge: Judge,
    rule: LookRule,
}

/// What a look found.
#[derive(Clone, Debug, PartialEq)]
pub struct LookJudgement {
    /// The scorecard of this look, at the confidence that the rule leaves it. It holds as the run's when the run ends here.
    pub scorecard: Scorecard,
    /// Whether the run ends here.
    pub decision: LookDecision,
    /// Why, in a sentence.
    pub reason: String,
    /// What the next look has to be told.
    pub record: EarlierLook,
}

impl Watch {
    /// Joins a judge and a rule.
    ///
    /// # Errors
    /// When the judge cannot be made stricter for a look as the rule asks: `netflix-aca` has one confidence, and flags sides of few
    /// samples that do not overlap at any.
    pub fn new(judge: Judge, rule: LookRule) -> Result<Self, UnsuitedRule> {
        match (&judge, rule) {
            (Judge::NetflixAca(_), LookRule::Planned(_) | LookRule::OpenEnded) => {
                Err(UnsuitedRule(judge.name().into()))
            }
            (Judge::NetflixAca(_), LookRule::Single | LookRule::EachAlone)
            | (Judge::Serinus(_), _) => Ok(Self { judge, rule }),
        }
    }

    /// Judges a look. The release holds what the look sees; the same release and look always get the same answer.
    ///
    /// Under a plan, and open-ended, the critical metrics share the error rate of one comparison: any of them ends the run, so
    /// that without sharing the run's false alarms would grow with their number. Metrics that are not critical are
    /// each looked at with the full rate of the run; among them the false discovery rate is kept, as in a single judgement.
    pub fn look(&self, look: &Look, release: &Release) -> LookJudgement {
        LookJudgement::of(self.rule, look, release, self.scorecard(look, release))
    }

    fn scorecard(&self, look: &Look, release: &Release) -> Scorecard {
        let critical = |metric: &Metric| metric.rules.critical && !metric.rules.muted;
        let sharing = release
            .metrics
            .iter()
            .filter(|metric| critical(metric))
            .count()
            .max(1) as f64;
        let [alone, shared] = [1.0, sharing].map(|sharing| self.strict(look, sharing));
        self.judge.add_up(release, |metric| {
            let judge = if critical(metric) { shared } else { alone };
            look.held(metric, judge.decide(metric))
        })
    }

    /// The judge as strict as the look asks for, where so many metrics share an error rate.
    fn strict(&self, look: &Look, sharing: f64) -> Judge {
        match (self.judge, self.rule) {
            (judge, LookRule::Single | LookRule::EachAlone)
            | (judge @ Judge::NetflixAca(_), LookRule::Planned(_) | LookRule::OpenEnded) => judge,
            (Judge::Serinus(settings), LookRule::Planned(_) | LookRule::OpenEnded) => {
                let alpha = levels::failing(self.rule, look, settings.alpha() / sharing);
                let pass_alpha = levels::passing(self.rule, look, settings.pass_alpha());
                Judge::Serinus(settings.at_look(alpha, pass_alpha))
            }
        }
    }
}

impl LookJudgement {
    /// What a look leads to of which a judge elsewhere was asked.
    ///
    /// # Errors
    /// The rule asks for looks at adjusted confidence, which no other judge can be asked for.
    pub fn heard(
        rule: LookRule,
        look: &Look,
        release: &Release,
        heard: &Heard,
    ) -> Result<Self, UnsuitedRule> {
        if !rule.keeps_confidence() {
            return Err(UnsuitedRule(JudgedBy::Remote));
        }
        let scorecard = heard.scorecard(release, |metric, result| look.held(metric, result));
        Ok(Self::of(rule, look, release, scorecard))
    }

    fn of(rule: LookRule, look: &Look, release: &Release, scorecard: Scorecard) -> Self {
        let outlook = Outlook::of(release, &scorecard.metrics);
        let (decision, reason) = decide(rule, look, &scorecard, outlook);
        let failed = scorecard
            .metrics
            .iter()
            .filter(|metric| matches!(metric.outcome, Outcome::High | Outcome::Low))
            .map(|metric| metric.name.clone())
            .collect();
        Self {
            scorecard,
            decision,
            reason,
            record: EarlierLook {
                progress: look.progress(),
                failed,
            },
        }
    }
}

impl Look {
    /// The result of a metric, or the failure of the release where a metric has failed at too many looks in a row.
    fn held(&self, metric: &Metric, result: MetricResult) -> MetricResult {
        match self.persistent(metric, &result) {
            Some(crossed) => result.beyond(crossed),
            None => result,
        }
    }
}

/// The rule asks for looks at adjusted confidence, and the judge has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the judge {0} judges each look alone: its confidence cannot be shared between looks")]
pub struct UnsuitedRule(pub JudgedBy);
