//! Both sides as two samples: what the tests of independent samples have in common.

use crate::judges::serinus::differences::{LEAST, finite};
use crate::judges::serinus::finding::{Begun, Finding, Obstacle};
use crate::judges::serinus::independent::Level;
use crate::judges::serinus::memory::caution;
use crate::judges::serinus::question::Question;
use crate::judges::serinus::replicas::{self, Levels};
use crate::judges::serinus::scale::Scale;
use crate::judges::serinus::shift::Shift;
use crate::observations::Observations;
use crate::stats::{Alpha, Bounds, student};

/// The values of both sides on one scale.
pub(super) struct TwoSamples {
    pub(super) baseline: Vec<f64>,
    pub(super) canary: Vec<f64>,
    /// Independent samples that each side is worth.
    pub(super) effective: [f64; 2],
    finding: Finding,
}

impl TwoSamples {
    /// The samples of both sides; of replicas their levels, which are independent. Settled with too few; `None` where there
    /// are no two sides.
    fn of(question: &Question<'_>, observations: &Observations) -> Option<Begun<Self>> {
        match observations {
            Observations::Replicas(both) if !both.are_single() => {
                let Levels {
                    scale,
                    baseline,
                    canary,
                } = Levels::of(both);
                let have = baseline.len().min(canary.len());
                let finding = Finding::begin(question, scale, have, 0);
                let need = replicas::LEAST;
                Some(if have < need {
                    Begun::Settled(Finding {
                        obstacle: Some(Obstacle::TooFewReplicas { have, need }),
                        ..finding
                    })
                } else {
                    Begun::Open(Self {
                        effective: [baseline.len() as f64, canary.len() as f64],
                        baseline,
                        canary,
                        finding,
                    })
                })
            }
            Observations::CanaryOnly(_) => None,
            Observations::Paired(_)
            | Observations::Independent(_)
            | Observations::BeforeAfter(_)
            | Observations::Replicas(_)
            | Observations::Strata(_)
            | Observations::Counts(_) => {
                let sides = [observations.baseline(), observations.canary()].map(finite);
                let scale = Scale::of(&[&sides[0], &sides[1]]);
                let samples = sides[0].len().min(sides[1].len());
                let finding = Finding::begin(question, scale, samples, LEAST);
                if finding.obstacle.is_some() {
                    return Some(Begun::Settled(finding));
                }
                let [baseline, canary] = sides.map(|side| scale.apply(&side));
                let effective = [&baseline, &canary]
                    .map(|side| Level::of(side, caution(side.len() as f64)).effective);
                Some(Begun::Open(Self {
                    baseline,
                    canary,
                    effective,
                    finding,
                }))
            }
        }
    }

    /// The scale the values are on.
    pub(super) fn scale(&self) -> Scale {
        self.finding.scale
    }

    /// Independent samples that the smaller side is worth.
    pub(super) fn worth(&self) -> f64 {
        self.effective[0].min(self.effective[1])
    }

    /// By how much autocorrelation inflates the variance of a difference between the sides.
    pub(super) fn inflation(&self) -> f64 {
        let [b, c] = self.effective;
        let independent = 1.0 / self.baseline.len() as f64 + 1.0 / self.canary.len() as f64;
        ((1.0 / b + 1.0 / c) / independent).max(1.0)
    }

    /// The p-value of a statistic that is standard normal for independent samples. `exact` is its p-value for those.
    pub(super) fn p(&self, z: f64, exact: f64) -> f64 {
        let inflation = self.inflation();
        if inflation > 1.0 {
            let degrees = self.effective[0] + self.effective[1] - 2.0;
            student::two_sided(z / inflation.sqrt(), degrees).max(exact)
        } else {
            exact
        }
    }
}

/// Compares by a test of two samples; `None` where there are no two sides, or where the test has no answer.
pub(super) fn compare(
    question: &Question<'_>,
    observations: &Observations,
    test: impl FnOnce(&Question<'_>, &TwoSamples) -> Option<Shift>,
) -> Option<Finding> {
    let samples = match TwoSamples::of(question, observations)? {
        Begun::Open(samples) => samples,
        Begun::Settled(finding) => return Some(finding),
    };
    let shift = test(question, &samples)?;
    Some(samples.finding.serial(shift))
}

/// An interval at both confidences that are asked for, by what gives it at one; widened by a factor about the estimate.
pub(super) fn widened(
    question: &Question<'_>,
    estimate: f64,
    factor: f64,
    interval: impl Fn(Alpha) -> Option<Bounds>,
) -> Option<[Bounds; 2]> {
    let settings = question.settings;
    let at = |alpha: f64| {
        let bounds = interval(Alpha::clamped(alpha))?;
        Some(Bounds {
            lower: estimate + (bounds.lower - estimate) * factor,
            upper: estimate + (bounds.upper - estimate) * factor,
        })
    };
    Some([at(settings.alpha())?, at(2.0 * settings.pass_alpha())?])
}
