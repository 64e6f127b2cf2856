//! The classification of one metric.

use super::answer::{Classification, Label};
use super::options::{Measure, MetricOptions, NanStrategy, Outliers};
use super::settings::Settings;
use super::shift::Shift;
use crate::release::{Direction, OnNoData, Rules};
use crate::scorecard::finite;
use crate::stats::mann_whitney::{AllTied, Samples};
use crate::stats::percentile::percentile;
use crate::stats::{Summary, mean};

/// Classifies one metric as Kayenta's `NetflixACAJudge-v1.0` does.
///
/// Samples may be NaN (missing) or infinite; order and pairing do not matter. Of `rules`, `direction`, `critical`,
/// `netflix_aca` and whether `on_no_data` is [`OnNoData::Fail`] (Kayenta's `mustHaveData`) are used.
///
/// Where both sides are constant and differ, every rank statistic is degenerate; Kayenta perturbs the values by random
/// noise of a relative `1e-5`. Here the shift is their difference, exactly, which is where Kayenta's estimate and interval
/// lie to within its noise. Where Kayenta's noise cannot break the ties (a single sample against another one, or against
/// zeros, which its noise leaves alone) the label is [`Label::Error`], as there; a pair of single samples whose difference
/// is rounded is compared as Kayenta compares such a pair.
///
/// ```
/// use serinus_judge::{Rules, netflix_aca};
///
/// let baseline: Vec<f64> = (0..60).map(|i| 100.0 + f64::from(i % 7)).collect();
/// let canary: Vec<f64> = baseline.iter().map(|x| x + 20.0).collect();
/// let answer = netflix_aca::classify(
///     "latency", &Rules::default(), netflix_aca::Settings::default(), &baseline, &canary,
/// );
/// assert_eq!(answer.label, netflix_aca::Label::High);
/// ```
pub fn classify(
    name: &str,
    rules: &Rules,
    settings: Settings,
    baseline: &[f64],
    canary: &[f64],
) -> Classification {
    let options = &rules.netflix_aca;
    let (baseline, canary) = (prepare(options, baseline), prepare(options, canary));
    let mut answer = Classification {
        label: Label::Pass,
        reason: None,
        ratio: Some(1.0),
        critical: false,
        lower: None,
        upper: None,
        estimate: None,
        cles: None,
        baseline: Summary::of(&baseline),
        canary: Summary::of(&canary),
    };
    if baseline.is_empty() || canary.is_empty() {
        no_data(name, rules, &mut answer);
        return answer;
    }

    let ratio = mean_ratio(mean(&baseline), mean(&canary));
    let (x, y) = (sorted(canary), sorted(baseline));
    let samples = Samples::new(&x, &y);
    let cles = samples.common_language();
    let shift = shift(&samples, &x, &y, settings.confidence());
    answer.cles = finite(cles);
    if let Ok(shift) = shift {
        answer.lower = finite(shift.lower);
        answer.upper = finite(shift.upper);
        answer.estimate = finite(shift.estimate);
    }
    // Equal as numbers: 0 and -0 are the same.
    if x == y {
        answer.reason = Some("The Canary and Baseline data are identical".to_owned());
        return answer;
    }
    if one_value_in_all(&x, &y) {
        return answer;
    }
    let Ok(shift) = shift else {
        answer.label = Label::Error;
        answer.reason = Some("Metric Classification Failed".to_owned());
        answer.ratio = None;
        return answer;
    };
    answer.ratio = finite(ratio);
    let effect = match options.effect_size.measure {
        Measure::MeanRatio => ratio,
        Measure::Cles => cles,
    };
    decide(name, rules, settings, &shift, effect, &mut answer);
    answer
}

/// Labels a metric of which a side is empty.
fn no_data(name: &str, rules: &Rules, answer: &mut Classification) {
    match rules.netflix_aca.nan_strategy {
        // Kayenta takes all samples of such a side for zeros it did not see, and lets the metric pass.
        NanStrategy::Replace => {}
        NanStrategy::Remove => {
            let must_have_data = rules.on_no_data == OnNoData::Fail;
            (answer.label, answer.critical) = if must_have_data && !rules.critical {
                (Label::NodataFailMetric, false)
            } else {
                (Label::Nodata, rules.critical)
            };
            answer.reason = Some(format!("Missing data for {name}"));
        }
    }
}

/// Labels a metric by its shift and effect. An effect that is NaN, for want of a ratio, is no obstacle.
fn decide(
    name: &str,
    rules: &Rules,
    settings: Settings,
    shift: &Shift,
    effect: f64,
    answer: &mut Classification,
) {
    let thresholds = &rules.netflix_aca.effect_size;
    let bound = settings.tolerance() * shift.estimate.abs();
    let may_be_high = matches!(rules.direction, Direction::Increase | Direction::Either);
    let may_be_low = matches!(rules.direction, Direction::Decrease | Direction::Either);
    let at_least = |threshold: f64| effect.is_nan() || effect >= threshold;
    let at_most = |threshold: f64| effect.is_nan() || effect <= threshold;
    let critical;
    (answer.label, critical) =
        if may_be_high && shift.lower > bound && at_least(thresholds.allowed_increase) {
            (Label::High, at_least(thresholds.critical_increase))
        } else if may_be_low && shift.upper < -bound && at_most(thresholds.allowed_decrease) {
            (Label::Low, at_most(thresholds.critical_decrease))
        } else {
            return;
        };
    answer.critical = rules.critical && critical;
    let label = answer.label;
    answer.reason = Some(if answer.critical {
        format!("The metric {name} was classified as {label} (Critical)")
    } else {
        format!("{name} was classified as {label}")
    });
}

/// The shift between the two sides, without noise where both are constant.
fn shift(
    samples: &Samples<'_>,
    canary: &[f64],
    baseline: &[f64],
    confidence: f64,
) -> Result<Shift, AllTied> {
    let single_pair = canary.len() == 1 && baseline.len() == 1;
    if single_pair || !(constant(canary) && constant(baseline)) {
        return Shift::estimate(samples, confidence);
    }
    let (x, y) = (canary[0], baseline[0]);
    // A lone sample among zeros is shifted onto them exactly, whatever its noise.
    let lone_among_zeros = (canary.len() == 1 && y == 0.0) || (baseline.len() == 1 && x == 0.0);
    if lone_among_zeros {
        Err(AllTied)
    } else {
        Ok(Shift::exactly(x - y))
    }
}

/// Ratio of means; NaN if either is 0.
fn mean_ratio(baseline: f64, canary: f64) -> f64 {
    if baseline == 0.0 || canary == 0.0 {
        f64::NAN
    } else {
        canary / baseline
    }
}

/// Applies the options: missing samples first, then outliers.
fn prepare(options: &MetricOptions, samples: &[f64]) -> Vec<f64> {
    let present: Vec<f64> = match options.nan_strategy {
        NanStrategy::Remove => samples.iter().copied().filter(|x| !x.is_nan()).collect(),
        NanStrategy::Replace => samples
            .iter()
            .map(|&x| if x.is_nan() { 0.0 } else { x })
            .collect(),
    };
    match options.outliers {
        Outliers::Keep => present,
        Outliers::Remove { factor } => without_outliers(present, factor.get()),
    }
}

/// Tukey's fences, never tighter than the 1st and 99th percentile.
fn without_outliers(samples: Vec<f64>, factor: f64) -> Vec<f64> {
    let sorted = sorted(samples.clone());
    let [p1, q1, q3, p99] = [1.0, 25.0, 75.0, 99.0].map(|p| percentile(&sorted, p));
    let reach = factor * (q3 - q1);
    let (low, high) = (q1 - reach, q3 + reach);
    // A fence that is NaN, as infinite samples make it, fences nothing off. Hence the comparisons, not `min` and `max`.
    let outlying = |x: f64| (x < p1 && x < low) || (x > p99 && x > high);
    samples.into_iter().filter(|&x| !outlying(x)).collect()
}

fn sorted(mut samples: Vec<f64>) -> Vec<f64> {
    samples.sort_unstable_by(f64::total_cmp);
    samples
}

/// Whether sorted samples are all equal.
fn constant(sorted: &[f64]) -> bool {
    sorted.first() == sorted.last()
}

/// Whether two sorted samples consist of one and the same number.
fn one_value_in_all(x: &[f64], y: &[f64]) -> bool {
    constant(x) && constant(y) && x.first() == y.first()
}
