//! What goes with what in a metric: one table, told alike by `config lint`, when a config is loaded, and when a run is
//! planned.
//!
//! What is told is the key that is wrong. Of two, that is the metric's own rather than one that it inherits, and an
//! inherited one is told once for all metrics that it does not fit.

mod parts;
mod table;

use jiff::SignedDuration;

use self::parts::{Origin, Written, parts};
use self::table::{Gravity, RULES, Rule};
use super::guardrail::moments;
use super::{CanaryConfig, Line, Mistake, Rail};

/// Which times of which sides are compared, once the windows are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// Both sides at the same times.
    Concurrent,
    /// Each side at times of its own, without an order.
    Apart,
    /// The baseline's before the canary's.
    BeforeAfter,
    /// The canary's only.
    Alone,
}

/// What does not go together.
#[derive(Debug, Default)]
pub(super) struct Unfit {
    /// What can never work.
    pub(super) mistakes: Vec<Mistake>,
    /// What does nothing as it stands.
    pub(super) warnings: Vec<Mistake>,
}

impl CanaryConfig {
    /// What in this config does not go together, whatever it will be asked about.
    pub(super) fn unfit(&self) -> Unfit {
        let all = (0..self.metrics.len()).map(|index| (index, None));
        let (refused, idle): (Vec<_>, Vec<_>) = self
            .clashes(all)
            .into_iter()
            .partition(|clash| clash.rule.gravity == Gravity::Refused);
        let told = |clashes: Vec<Clash<'_>>| {
            let clashes = clashes.into_iter();
            clashes.map(|clash| clash.told(self)).collect::<Vec<_>>()
        };
        let mut warnings = told(idle);
        for (index, metric) in self.metrics.iter().enumerate() {
            let step = metric.step.unwrap_or(self.defaults.step);
            // Requests may ask for smaller steps.
            warnings.extend(self.out_of_reach(index, step, usize::MAX));
        }
        Unfit {
            mistakes: told(refused),
            warnings,
        }
    }

    /// What of the metric at this place does not go with the times that are compared; pointers are into the config.
    pub fn unfit_at(&self, metric: usize, times: Times) -> Vec<Mistake> {
        self.clashes([(metric, Some(times))])
            .into_iter()
            .filter(|clash| clash.rule.gravity == Gravity::Refused)
            .map(|clash| clash.told(self))
            .collect()
    }

    /// Guardrails of the metric at this place that nothing could cross, of a canary with so many samples at this distance;
    /// pointers are into the config.
    pub fn out_of_reach(
        &self,
        metric: usize,
        step: SignedDuration,
        samples: usize,
    ) -> Vec<Mistake> {
        let guardrails = self
            .metrics
            .get(metric)
            .map_or(&[][..], |metric| &metric.guardrails);
        let mut found = Vec::new();
        for (index, guardrail) in guardrails.iter().enumerate() {
            let Rail::Samples { line, time } = guardrail.rail() else {
                // A run has as many looks as its request says.
                continue;
            };
            let needed = moments(time, step);
            let (key, why) = match line {
                // What adds up to too much in less time does so, too.
                Line::SumAbove(_) => ("within", None),
                Line::GrowthAbove { .. } if needed < 2 => ("for", Some(format!(
                    "growth shows in two samples or more, and this is one at a step of {step:#}"
                ))),
                Line::RatioAbove { .. }
                | Line::LevelAbove(_)
                | Line::LevelBelow(_)
                | Line::GrowthAbove { .. } => ("for", (needed > samples).then(|| {
                    format!(
                        "nothing could cross this line: it takes {needed} samples one after the other, and the window holds {samples}"
                    )
                })),
            };
            let pointer = format!("/metrics/{metric}/guardrails/{index}/{key}");
            found.extend(why.map(|why| Mistake::new(pointer, why)));
        }
        found
    }

    /// The rules that these metrics break, each place once.
    fn clashes(&self, metrics: impl IntoIterator<Item = (usize, Option<Times>)>) -> Vec<Clash<'_>> {
        let mut found: Vec<Clash<'_>> = Vec::new();
        let mut inherited: Vec<String> = Vec::new();
        for (index, times) in metrics {
            let parts = parts(self, index, times);
            let defaults = parts.iter().filter(|part| part.origin == Origin::Default);
            inherited.extend(defaults.map(|part| part.pointer.clone()));
            for (rule, written) in broken(&parts) {
                // What is a metric's own is told by no other.
                let shared = written.origin != Origin::Own;
                let mut known = found.iter_mut().filter(|_| shared);
                let known = known.find(|clash| {
                    std::ptr::eq(clash.rule, rule) && clash.pointer == written.pointer
                });
                if let Some(clash) = known {
                    clash.metrics.push(index);
                } else {
                    found.push(Clash {
                        rule,
                        origin: written.origin,
                        pointer: written.pointer.clone(),
                        metrics: vec![index],
                    });
                }
            }
        }
        // A default is there for the metrics that can use it.
        found.retain(|clash| {
            let uses = inherited.iter().filter(|at| **at == clash.pointer).count();
            clash.origin != Origin::Default || clash.metrics.len() == uses
        });
        found
    }
}

/// The rules that a metric breaks, with the part that is to blame.
fn broken(parts: &[Written]) -> Vec<(&'static Rule, &Written)> {
    let mut found = Vec::new();
    for rule in RULES {
        let besides = parts.iter().find(|part| part.part == rule.beside);
        let Some(beside) = besides else { continue };
        for key in parts.iter().filter(|part| part.part == rule.key) {
            let own = key.origin == Origin::Shared && beside.origin == Origin::Own;
            found.push((rule, if own { beside } else { key }));
        }
    }
    found
}

/// A rule that is broken in one place.
#[derive(Debug)]
struct Clash<'a> {
    rule: &'a Rule,
    origin: Origin,
    pointer: String,
    /// The metrics that break it.
    metrics: Vec<usize>,
}

impl Clash<'_> {
    fn told(self, config: &CanaryConfig) -> Mistake {
        /// Metrics that are named.
        const NAMED: usize = 3;
        let mut detail = self.rule.why.to_owned();
        if self.origin == Origin::Shared {
            let metrics = self.metrics.iter().filter_map(|at| config.metrics.get(*at));
            let names: Vec<_> = metrics.map(|metric| metric.name.to_string()).collect();
            let more = match names.len().saturating_sub(NAMED) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let names = names[..names.len().min(NAMED)].join(", ");
            detail += &format!("; this holds for {names}{more}");
            let key = self.pointer.rsplit('/').next().unwrap_or_default();
            detail += &match key {
                "design" => ", which can have a design of its own".to_owned(),
                key => format!(", which can decline it by `compare: {{{key}: none}}`"),
            };
        }
        Mistake::new(self.pointer, detail)
    }
}
