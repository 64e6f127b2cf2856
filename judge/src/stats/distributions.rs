//! The reference distributions the tests share, from `statrs`.

use std::f64::consts::SQRT_2;

use statrs::distribution::{Continuous, ContinuousCDF, StudentsT};
use statrs::function::erf::{erfc, erfc_inv};

/// Degrees of freedom from which on Wallace's (1959) transformation to the normal distribution is used: it is right to nine
/// digits there, while the incomplete beta function loses digits as its parameters grow.
const WALLACE_FROM: f64 = 1e5;
/// Newton steps after which a quantile is taken as it is; six are usual.
const MOST_STEPS: usize = 50;

/// Probability that a standard normal variable exceeds `z`.
pub(crate) fn normal_above(z: f64) -> f64 {
    0.5 * erfc(z / SQRT_2)
}

/// The number that a standard normal variable exceeds with this probability, strictly between 0 and 1.
pub(crate) fn normal_exceeded_with(probability: f64) -> f64 {
    SQRT_2 * erfc_inv(2.0 * probability)
}

/// Probability that a variable with a t distribution of `freedom` (at least 1) degrees of freedom exceeds `t`.
pub(crate) fn t_above(t: f64, freedom: f64) -> f64 {
    match student(freedom) {
        Some(student) => student.sf(t).clamp(0.0, 1.0),
        None => normal_above(to_normal(t, freedom)),
    }
}

/// The number that such a variable exceeds with this probability, strictly between 0 and 1.
///
/// `statrs` has it too, but is off by as much as 9 % for small probabilities, and panics for tiny ones. So this solves for
/// it by Newton's method, with both the number and the probability as logarithms: their relation is concave, so that
/// the steps close in from above.
pub(crate) fn t_exceeded_with(probability: f64, freedom: f64) -> f64 {
    if probability > 0.5 {
        return -t_exceeded_with(1.0 - probability, freedom);
    }
    let z = normal_exceeded_with(probability);
    let Some(student) = student(freedom) else {
        return from_normal(z, freedom);
    };
    if probability >= 0.5 {
        return 0.0;
    }
    let mut log = from_normal(z, freedom.max(1.0)).clamp(1e-17, 1e300).ln();
    for _ in 0..MOST_STEPS {
        let t = log.exp();
        let above = student.sf(t).max(f64::MIN_POSITIVE).ln();
        let slope = (log + student.ln_pdf(t) - above).exp();
        // Where the relation is flat, far below the answer, a step could leave the range of numbers.
        let step = ((above - probability.ln()) / slope).clamp(-50.0, 50.0);
        log += step;
        if step.abs() < 1e-14 {
            break;
        }
    }
    log.exp()
}

fn student(freedom: f64) -> Option<StudentsT> {
    (freedom < WALLACE_FROM)
        .then(|| StudentsT::new(0.0, 1.0, freedom.max(1.0)).ok())
        .flatten()
}

fn to_normal(t: f64, freedom: f64) -> f64 {
    if freedom.is_infinite() {
        return t;
    }
    let root = (freedom * (t * t / freedom).ln_1p()).sqrt();
    (wallace(freedom) * root).copysign(t)
}

fn from_normal(z: f64, freedom: f64) -> f64 {
    if freedom.is_infinite() {
        return z;
    }
    let root = z / wallace(freedom);
    (freedom * (root * root / freedom).exp_m1())
        .sqrt()
        .copysign(z)
}

fn wallace(freedom: f64) -> f64 {
    (8.0 * freedom + 1.0) / (8.0 * freedom + 3.0)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Reference {
        t: Vec<(f64, f64, f64)>,
    }

    #[test]
    fn t_agrees_with_scipy() {
        let text = include_str!("../../tests/reference/toolbox.json");
        let reference: Reference = serde_json::from_str(text).unwrap();
        for (freedom, probability, t) in reference.t {
            let quantile = t_exceeded_with(probability, freedom);
            assert!(
                (quantile - t).abs() <= 1e-9 * t,
                "{freedom}, {probability}: {quantile}, expected {t}"
            );
            let above = t_above(t, freedom);
            assert!(
                (above - probability).abs() <= 1e-9 * probability,
                "{freedom}, {t}: {above}, expected {probability}"
            );
            assert!((t_above(-t, freedom) + probability - 1.0).abs() <= 1e-9);
        }
    }

    #[test]
    fn extremes_stay_probabilities() {
        for freedom in [1.0, 2.5, 1e3, 1e8, f64::INFINITY] {
            for t in [0.0, 1e-300, 1e-9, 40.0, 1e160, f64::MAX, f64::INFINITY] {
                for t in [t, -t] {
                    let above = t_above(t, freedom);
                    assert!((0.0..=1.0).contains(&above), "{freedom}, {t}: {above}");
                    assert!(
                        if t < 0.0 { above >= 0.5 } else { above <= 0.5 },
                        "{freedom}, {t}: {above}"
                    );
                }
            }
            for probability in [1e-300, 1e-15, 0.5, 1.0 - 1e-15] {
                assert!(t_exceeded_with(probability, freedom).is_finite());
            }
        }
    }
}
