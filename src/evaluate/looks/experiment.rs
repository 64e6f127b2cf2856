//! Many runs of one kind.

use std::{num::NonZero, ops::Range, thread};

use serde::Serialize;
use serinus_judge::{
    EarlierLook, InvalidLook, Judge, Look, LookDecision, LookRule, Place, Progress, Release, Stop,
    Thresholds, UnsuitedRule, Verdict, Watch, Windows,
};

use super::report::Ends;
use super::simulated::{self, Simulated};

/// What runs are like.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Setting {
    /// Metrics of a run.
    pub metrics: usize,
    /// Samples that a whole run has on each side.
    pub moments: usize,
    /// Looks of a run, equally far apart.
    pub looks: usize,
    /// Which metrics fail a run alone.
    pub critical: Critical,
    /// By what one metric of each canary is multiplied; none of a healthy one.
    pub effect: Option<f64>,
}

/// Which metrics of a simulated run are critical.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Critical {
    /// Every one.
    All,
    /// Every fourth, and the one that is changed.
    Quarter,
}

/// Runs to be judged by one rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Experiment {
    watch: Watch,
    rule: LookRule,
    setting: Setting,
    thresholds: Thresholds,
}

/// An experiment that cannot be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum InvalidExperiment {
    /// Nothing to judge.
    #[error("there must be a metric, a look, and at least as many moments as looks")]
    Empty,
    /// No factor.
    #[error("an effect is a factor above 0, such as 1.25, got {0}")]
    Effect(f64),
    /// The judge cannot judge by the rule.
    #[error(transparent)]
    Unsuited(#[from] UnsuitedRule),
}

impl Experiment {
    /// An experiment with a judge, a rule, and the thresholds of every run.
    ///
    /// # Errors
    /// When there is nothing to judge, the effect is no factor, or the judge does not suit the rule.
    pub fn new(
        judge: Judge,
        rule: LookRule,
        setting: Setting,
        thresholds: Thresholds,
    ) -> Result<Self, InvalidExperiment> {
        if setting.metrics == 0 || setting.looks == 0 || setting.moments < setting.looks {
            return Err(InvalidExperiment::Empty);
        }
        if let Some(factor) = setting.effect.filter(|x| !(*x > 0.0 && x.is_finite())) {
            return Err(InvalidExperiment::Effect(factor));
        }
        Ok(Self {
            watch: Watch::new(judge, rule)?,
            rule,
            setting,
            thresholds,
        })
    }

    /// What its runs are like.
    pub fn setting(&self) -> Setting {
        self.setting
    }

    /// Judges the runs of these seeds on all cores. The answer does not depend on how many there are.
    ///
    /// # Errors
    /// When a look is none, which is a mistake in this program.
    pub fn ends(&self, seeds: Range<u64>) -> Result<Ends, InvalidLook> {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        thread::scope(|scope| {
            let workers: Vec<_> = (0..cores)
                .map(|worker| {
                    let seeds = seeds.clone().skip(worker).step_by(cores);
                    scope.spawn(move || {
                        let mut ends = Ends::default();
                        for seed in seeds {
                            ends.add(self.end(seed)?);
                        }
                        Ok::<Ends, InvalidLook>(ends)
                    })
                })
                .collect();
            let mut all = Ends::default();
            for worker in workers {
                match worker.join() {
                    Ok(ends) => all.join(&ends?),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            Ok(all)
        })
    }

    /// How the run of a seed ends.
    fn end(&self, seed: u64) -> Result<End, InvalidLook> {
        let Setting { looks, moments, .. } = self.setting;
        let metrics = simulated::run(seed, &self.setting);
        let mut earlier: Vec<EarlierLook> = Vec::new();
        let first = if self.rule == LookRule::Single {
            looks
        } else {
            1
        };
        for look in first..=looks {
            let until = moments * look / looks;
            let share = until as f64 / moments as f64;
            let place = if look == looks {
                Place::Last
            } else {
                Place::Interim
            };
            let judged = self.watch.look(
                &Look::new(Progress::new(share)?, earlier.clone(), place)?,
                &self.release(&metrics, self.window(until)),
            );
            if let LookDecision::Stop(stop) = judged.decision {
                return Ok(End {
                    verdict: judged.scorecard.verdict,
                    stop,
                    share,
                });
            }
            earlier.push(judged.record);
        }
        Ok(End {
            verdict: Verdict::Inconclusive,
            stop: Stop::End,
            share: 1.0,
        })
    }

    /// What a look sees that is taken after so many moments.
    fn window(&self, until: usize) -> Range<usize> {
        /// The share of the run that a sliding window sees.
        const SLIDING: usize = 3;
        match self.rule {
            LookRule::Planned(plan) if plan.windows == Windows::Sliding => {
                until.saturating_sub(self.setting.moments / SLIDING)..until
            }
            LookRule::Single | LookRule::EachAlone | LookRule::Planned(_) | LookRule::OpenEnded => {
                0..until
            }
        }
    }

    fn release(&self, metrics: &[Simulated], moments: Range<usize>) -> Release {
        Release {
            metrics: metrics
                .iter()
                .map(|metric| metric.seen(moments.clone()))
                .collect(),
            thresholds: self.thresholds,
            ..Release::default()
        }
    }
}

/// How one run ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct End {
    pub(super) verdict: Verdict,
    pub(super) stop: Stop,
    /// The share of the planned time after which it ended.
    pub(super) share: f64,
}
