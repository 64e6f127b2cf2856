//! The reference distributions the tests share, from `statrs`.

use std::f64::consts::SQRT_2;

use statrs::distribution::{ContinuousCDF, StudentsT};
use statrs::function::erf::{erfc, erfc_inv};

/// Degrees of freedom from which on the t distribution is taken for normal: they differ by less than 1e-7 of the density,
/// and the continued fraction behind the former needs ever more terms.
const NORMAL_FROM: f64 = 1e7;

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
        Some(student) => student.sf(t),
        None => normal_above(t),
    }
}

/// The number that such a variable exceeds with this probability, strictly between 0 and 1.
pub(crate) fn t_exceeded_with(probability: f64, freedom: f64) -> f64 {
    match student(freedom) {
        Some(student) => -student.inverse_cdf(probability),
        None => normal_exceeded_with(probability),
    }
}

fn student(freedom: f64) -> Option<StudentsT> {
    (freedom < NORMAL_FROM)
        .then(|| StudentsT::new(0.0, 1.0, freedom.max(1.0)).ok())
        .flatten()
}
