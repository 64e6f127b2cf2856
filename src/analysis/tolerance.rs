//! Which change of a metric its config lets pass, for the record: what an interval is to be read against.

use serde::{Deserialize, Serialize};
use serinus_judge::{Direction, JudgedBy, Limits, netflix_aca::Measure};
use utoipa::ToSchema;

use crate::canary_config::{CanaryConfig, MetricConfig};

/// The change that a metric may show without being flagged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Tolerance {
    /// Which change is bad.
    pub direction: Direction,
    /// Relative increase up to which nothing is flagged, 0.05 being 5 %; null where an increase is no failure.
    #[schema(required)]
    pub increase: Option<f64>,
    /// Relative decrease up to which nothing is flagged; null where a decrease is no failure.
    #[schema(required)]
    pub decrease: Option<f64>,
    /// Change in the metric's own unit up to which nothing is flagged, however large it is in relation to the baseline.
    pub absolute: f64,
    /// Relative change in a bad direction that must be excluded before the metric passes; null where the judge asks for no
    /// such thing.
    #[schema(required)]
    pub must_detect: Option<f64>,
    /// Levels that the canary itself must keep within.
    pub limits: Limits,
}

impl Tolerance {
    /// What a config's judge tolerates of a metric.
    pub(super) fn of(metric: &MetricConfig, config: &CanaryConfig) -> Self {
        let rules = metric.rules(&config.defaults, config.defaults.step);
        let (increase, decrease, absolute, must_detect) = match config.judge.judged_by() {
            JudgedBy::Serinus => {
                let effect = rules.effect;
                let allowed = effect.allowed();
                let must_detect = Some(effect.must_detect());
                (allowed, allowed, effect.absolute(), must_detect)
            }
            JudgedBy::NetflixAca | JudgedBy::Remote => {
                let effect = rules.netflix_aca.effect_size;
                match effect.measure {
                    Measure::MeanRatio => {
                        let (up, down) = (effect.allowed_increase, effect.allowed_decrease);
                        (up - 1.0, 1.0 - down, 0.0, None)
                    }
                    // Its thresholds are no change of the mean: any change of that counts.
                    Measure::Cles => (0.0, 0.0, 0.0, None),
                }
            }
        };
        let (up, down) = match rules.direction {
            Direction::Increase => (true, false),
            Direction::Decrease => (false, true),
            Direction::Either => (true, true),
        };
        Self {
            direction: rules.direction,
            increase: up.then_some(increase.max(0.0)),
            decrease: down.then_some(decrease.max(0.0)),
            absolute,
            must_detect,
            limits: rules.limits,
        }
    }
}
