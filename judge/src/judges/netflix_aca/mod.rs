//! The judge of Spinnaker's Kayenta, `NetflixACAJudge-v1.0`.
//!
//! It looks at the confidence interval of the shift between the two sides (Hodges-Lehmann, by inverting the Mann-Whitney
//! test in its normal approximation) and calls a metric high or low when that interval lies beyond a share of the estimated
//! shift and the effect size beyond what is allowed. Labels and numbers are those of Kayenta, down to the path its root
//! finder takes, with one exception: where both sides are constant Kayenta adds random noise, which makes its numbers
//! irreproducible. Here the answer is the one to which that noise tends as it shrinks; see [`classify()`].
//!
//! The method knows its limits: it ignores autocorrelation, has no smallest sample size and blurs metrics whose values are
//! of the order of `1e-4` or below. It exists so that results can be compared with Kayenta's.

mod answer;
mod classify;
mod explain;
mod options;
mod settings;
mod shift;

pub use answer::{Answer, Classification, Label};
pub use classify::classify;
pub(crate) use explain::result;
pub use options::{
    EffectSize, FenceFactor, InvalidOptions, Measure, MetricOptions, NanStrategy, Outliers,
};
pub use settings::{InvalidSettings, Settings};
