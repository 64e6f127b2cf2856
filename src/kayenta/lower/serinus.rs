//! The rules of Kayenta's judge in the words of `serinus`.

use serinus_judge::{
    Direction,
    netflix_aca::{Measure, MetricOptions, NanStrategy, Outliers},
};

use super::super::warnings::Warnings;
use crate::canary_config::{Fraction, MetricConfig};

/// Says what `netflix-aca` alone would read as `serinus` reads it, as far as it has a word for it.
pub(super) fn reword(metrics: &mut [MetricConfig], warnings: &mut Warnings) {
    for (index, metric) in metrics.iter_mut().enumerate() {
        let at = format!("/metrics/{index}/analysisConfigurations/canary");
        let Some(options) = metric.netflix_aca.take() else {
            continue;
        };
        if options.nan_strategy == NanStrategy::Replace {
            warnings.add(
                format!("{at}/nanStrategy"),
                "the judge `serinus` replaces no missing samples",
            );
        }
        if options.outliers != Outliers::Keep {
            warnings.add(
                format!("{at}/outliers"),
                "the judge `serinus` removes no outliers: it compares ranks",
            );
        }
        match allowed(&options, metric.direction) {
            Some(allowed) => metric.effect.allowed = Some(allowed),
            None => warnings.add(
                format!("{at}/effectSize"),
                "the judge `serinus` allows a change of 5 % here: the effect size says no change of the mean",
            ),
        }
    }
}

/// The change of the mean that is allowed in the directions that are bad; of two the smaller one.
fn allowed(options: &MetricOptions, direction: Direction) -> Option<Fraction> {
    let effect = &options.effect_size;
    if effect.measure != Measure::MeanRatio {
        return None;
    }
    let (up, down) = (effect.allowed_increase - 1.0, 1.0 - effect.allowed_decrease);
    let share = match direction {
        Direction::Increase => up,
        Direction::Decrease => down,
        Direction::Either => up.min(down),
    };
    (share > 0.0).then(|| Fraction::new(share).ok()).flatten()
}
