//! Which parts a metric has, and where they are written.

use serinus_judge::{JudgedBy, Test};

use super::super::{
    CanaryConfig, Line, MetricConfig, MetricQuery, MinimumSamples, MinimumWork, Rail, TimeDesign,
};
use super::{Times, table::Part};

/// A part and where it is written.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) part: Part,
    pub(super) origin: Origin,
    /// A JSON pointer into the config.
    pub(super) pointer: String,
}

/// Whose choice a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The metric's own.
    Own,
    /// Inherited from the config's `compare`, which a metric can decline.
    Shared,
    /// Inherited from `defaults`, which are for those metrics that can use them.
    Default,
    /// None that could be taken back by itself, such as the judge's name.
    Given,
}

/// The parts of the metric at this place; times as they will be, or as far as the config says.
pub(super) fn parts(config: &CanaryConfig, index: usize, times: Option<Times>) -> Vec<Written> {
    let Some(metric) = config.metrics.get(index) else {
        return Vec::new();
    };
    let mut found = Found {
        at: format!("/metrics/{index}"),
        parts: Vec::new(),
    };
    found.given(match config.judge.judged_by() {
        JudgedBy::Serinus => Part::Serinus,
        JudgedBy::NetflixAca => Part::NetflixAca,
        JudgedBy::Remote => Part::Remote,
    });
    found.comparison(config, metric, times);
    found.judging(config, metric);
    found.guardrails(metric);
    found.work(config, metric);
    found.parts
}

struct Found {
    at: String,
    parts: Vec<Written>,
}

impl Found {
    fn add(&mut self, part: Part, origin: Origin, key: &str) {
        let pointer = match origin {
            Origin::Own => format!("{}{key}", self.at),
            Origin::Shared => key.to_owned(),
            Origin::Default => format!("/defaults{key}"),
            Origin::Given => String::new(),
        };
        self.parts.push(Written {
            part,
            origin,
            pointer,
        });
    }

    fn given(&mut self, part: Part) {
        self.add(part, Origin::Given, "");
    }

    fn own(&mut self, is_there: impl Into<Option<Part>>, key: &str) {
        if let Some(part) = is_there.into() {
            self.add(part, Origin::Own, key);
        }
    }

    fn comparison(&mut self, config: &CanaryConfig, metric: &MetricConfig, times: Option<Times>) {
        let (own, effective) = (&metric.compare, config.compare(metric));
        self.given(match metric.query {
            MetricQuery::Counts(_) => Part::Counts,
            MetricQuery::Series(_) => Part::Series,
        });
        let origin = |is_own: bool| if is_own { Origin::Own } else { Origin::Shared };
        if effective.replicas.is_some() {
            let origin = origin(own.replicas.is_some());
            self.add(Part::Replicas, origin, "/compare/replicas");
        }
        if effective.strata.is_some() {
            self.add(
                Part::Strata,
                origin(own.strata.is_some()),
                "/compare/strata",
            );
        }
        if effective.history.is_some() {
            let origin = origin(own.history.is_some());
            self.add(Part::History, origin, "/compare/history");
        }
        if let Some(times) = times {
            self.given(times.into());
            return;
        }
        let design = origin(own.design.is_some());
        match effective.design {
            TimeDesign::Auto => {}
            TimeDesign::Concurrent => self.add(Part::Concurrent, design, "/compare/design"),
            TimeDesign::BeforeAfter => self.add(Part::BeforeAfter, design, "/compare/design"),
            TimeDesign::CanaryOnly => self.add(Part::Alone, design, "/compare/design"),
        }
    }

    fn judging(&mut self, config: &CanaryConfig, metric: &MetricConfig) {
        let effect = metric.effect;
        self.own((metric.test != Test::Auto).then_some(Part::Test), "/test");
        self.own(
            (!metric.limits.is_empty()).then_some(Part::Limits),
            "/limits",
        );
        self.own(effect.allowed.map(|_| Part::Allowed), "/effect/allowed");
        self.own(effect.absolute.map(|_| Part::Absolute), "/effect/absolute");
        self.own(
            effect.must_detect.map(|_| Part::MustDetect),
            "/effect/mustDetect",
        );
        if metric.netflix_aca.is_some() {
            self.own(Part::NetflixOptions, "/netflixAca");
            match config.judge.judged_by() {
                JudgedBy::NetflixAca | JudgedBy::Remote => self.given(Part::EffectSize),
                JudgedBy::Serinus => {}
            }
        }
        match metric.minimum_samples {
            Some(MinimumSamples::NONE) => self.own(Part::Unchecked, "/minimumSamples"),
            None if config.defaults.minimum_samples == MinimumSamples::NONE => {
                self.add(Part::Unchecked, Origin::Default, "/minimumSamples");
            }
            Some(_) | None => {}
        }
        if metric.muted {
            self.given(Part::Muted);
        }
        self.own(metric.critical.then_some(Part::Critical), "/critical");
        self.own(metric.required.then_some(Part::Required), "/required");
    }

    fn guardrails(&mut self, metric: &MetricConfig) {
        for (index, guardrail) in metric.guardrails.iter().enumerate() {
            let at = format!("/guardrails/{index}");
            self.own(Part::Guardrail, &at);
            let (part, key) = match guardrail.rail() {
                Rail::Samples { line, .. } => match line {
                    Line::RatioAbove { at_least, .. } => {
                        if at_least.is_some() {
                            self.own(Part::AtLeast, &format!("{at}/atLeast"));
                        }
                        (Part::RatioAbove, "ratioAbove")
                    }
                    Line::SumAbove(_) => (Part::SumAbove, "sumAbove"),
                    Line::LevelAbove(_) | Line::LevelBelow(_) | Line::GrowthAbove { .. } => {
                        continue;
                    }
                },
                Rail::FailedLooks(_) => (Part::FailedLooks, "failedLooks"),
            };
            self.own(part, &format!("{at}/{key}"));
        }
    }

    fn work(&mut self, config: &CanaryConfig, metric: &MetricConfig) {
        const KEY: &str = "/minimumWork/canaryShare";
        let shared = |work: &Option<MinimumWork>| {
            work.as_ref()
                .is_some_and(|work| work.canary_share.is_some())
        };
        if shared(&metric.minimum_work) {
            self.own(Part::CanaryShare, KEY);
        } else if metric.minimum_work.is_none() && shared(&config.defaults.minimum_work) {
            self.add(Part::CanaryShare, Origin::Default, KEY);
        }
    }
}

impl From<Times> for Part {
    fn from(times: Times) -> Self {
        match times {
            Times::Concurrent => Self::Concurrent,
            Times::Apart => Self::Apart,
            Times::BeforeAfter => Self::BeforeAfter,
            Times::Alone => Self::Alone,
        }
    }
}
