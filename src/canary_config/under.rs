//! The same config under another judge.

use serinus_judge::{
    Direction, JudgedBy, Limits, Test,
    netflix_aca::{Measure, MetricOptions, NanStrategy, Outliers},
};

use super::{
    CanaryConfig, Compare, Defaults, Effect, Fraction, JudgeRef, MetricConfig, MinimumSamples,
    Mistake, OrNone, TimeDesign,
};

impl CanaryConfig {
    /// The config as near as it comes to the same under another judge, and what is not the same, each with a pointer into
    /// the config. What no rewriting makes fit is left for [`check`](Self::check) to refuse.
    pub fn under(&self, judge: JudgeRef) -> (Self, Vec<Mistake>) {
        let mut config = self.clone();
        let mut changes = Vec::new();
        config.judge = judge;
        match config.judge.judged_by() {
            JudgedBy::Serinus => config.for_serinus(&mut changes),
            JudgedBy::NetflixAca | JudgedBy::Remote => config.for_one_series(&mut changes),
        }
        (config, changes)
    }

    /// In the words of the judge `serinus`.
    fn for_serinus(&mut self, changes: &mut Vec<Mistake>) {
        if self.defaults.minimum_samples == MinimumSamples::NONE {
            self.defaults.minimum_samples = Defaults::default().minimum_samples;
        }
        for (index, metric) in self.metrics.iter_mut().enumerate() {
            if metric.minimum_samples == Some(MinimumSamples::NONE) {
                metric.minimum_samples = None;
            }
            if let Some(options) = metric.netflix_aca.take() {
                let at = format!("/metrics/{index}/netflixAca");
                metric.allow(options, &at, changes);
            }
        }
    }

    /// Without what only the judge `serinus` reads.
    fn for_one_series(&mut self, changes: &mut Vec<Mistake>) {
        self.compare.flatten("", changes);
        for (index, metric) in self.metrics.iter_mut().enumerate() {
            let at = format!("/metrics/{index}");
            metric.compare.flatten(&at, changes);
            let mut dropped = |was_there: bool, key: &str| {
                if was_there {
                    let detail = "only the judge `serinus` reads this; it is left out";
                    changes.push(Mistake::new(format!("{at}/{key}"), detail));
                }
            };
            dropped(metric.test != Test::Auto, "test");
            dropped(!metric.limits.is_empty(), "limits");
            dropped(metric.effect.absolute.is_some(), "effect/absolute");
            dropped(metric.effect.must_detect.is_some(), "effect/mustDetect");
            metric.test = Test::Auto;
            metric.limits = Limits::default();
            metric.effect = Effect {
                allowed: metric.effect.allowed,
                ..Effect::default()
            };
        }
    }
}

impl MetricConfig {
    /// Says what the options of `netflix-aca` allow in the words of `serinus`.
    fn allow(&mut self, options: MetricOptions, at: &str, changes: &mut Vec<Mistake>) {
        let mut told = |key: &str, detail: &str| {
            changes.push(Mistake::new(format!("{at}/{key}"), detail));
        };
        if options.nan_strategy == NanStrategy::Replace {
            told("nanStrategy", "missing samples are missing, and not 0");
        }
        if options.outliers != Outliers::Keep {
            told(
                "outliers",
                "no sample is removed: ranks are not misled by a few",
            );
        }
        let effect = options.effect_size;
        if effect.measure == Measure::Cles {
            told(
                "effectSize",
                "a threshold of the common-language effect size is no change of the mean; the default change is allowed",
            );
            return;
        }
        let (up, down) = (effect.allowed_increase - 1.0, 1.0 - effect.allowed_decrease);
        let allowed = match self.direction {
            Direction::Increase => up,
            Direction::Decrease => down,
            Direction::Either => up.min(down),
        };
        if allowed <= 0.0 {
            return;
        }
        let effect = Effect {
            allowed: Fraction::new(allowed).ok(),
            ..Effect::default()
        };
        if effect.limits().is_ok() {
            self.effect = effect;
        } else {
            told(
                "effectSize",
                "no change is so large; the default one is allowed",
            );
        }
    }
}

impl Compare {
    /// One series a side, over one window.
    fn flatten(&mut self, at: &str, changes: &mut Vec<Mistake>) {
        fn chosen<T>(choice: Option<&OrNone<T>>) -> bool {
            choice.is_some_and(|choice| choice.chosen().is_some())
        }
        for (is_chosen, key) in [
            (chosen(self.replicas.as_ref()), "replicas"),
            (chosen(self.strata.as_ref()), "strata"),
            (chosen(self.history.as_ref()), "history"),
            (self.design == Some(TimeDesign::CanaryOnly), "design"),
        ] {
            if is_chosen {
                let detail =
                    "this judge compares one series a side over one window; it is left out";
                changes.push(Mistake::new(format!("{at}/compare/{key}"), detail));
            }
        }
        let design = self
            .design
            .filter(|design| *design != TimeDesign::CanaryOnly);
        *self = Self {
            design,
            ..Self::default()
        };
    }
}
