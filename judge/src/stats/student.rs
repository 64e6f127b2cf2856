//! Student's t distribution as the judge asks for it: with any number of degrees of freedom, and an answer to NaN.

use super::distributions::{t_above, t_exceeded_with};

/// The probability that a t variable exceeds `t`; 0.5 for NaN, which is no evidence. `degrees` is at least 1.
pub(crate) fn tail(t: f64, degrees: f64) -> f64 {
    if t.is_nan() {
        0.5
    } else {
        t_above(t, degrees.max(1.0))
    }
}

/// The two-sided p-value of a statistic; 1 for NaN.
pub(crate) fn two_sided(t: f64, degrees: f64) -> f64 {
    (2.0 * tail(t.abs(), degrees)).min(1.0)
}

/// The quantile at `probability`, which lies strictly between 0 and 1; NaN elsewhere. `degrees` is at least 1.
pub(crate) fn quantile(probability: f64, degrees: f64) -> f64 {
    let above = 1.0 - probability;
    if above > 0.0 && above < 1.0 {
        t_exceeded_with(above, degrees.max(1.0))
    } else {
        f64::NAN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_scipy() {
        // scipy 1.16: t.ppf(.975, 7.3), t.ppf(.995, 3) and t.sf(2.5, 10).
        for (probability, degrees, expected) in [
            (0.975, 7.3, 2.345_066_736_547_7),
            (0.995, 3.0, 5.840_909_309_733),
        ] {
            let error = (quantile(probability, degrees) - expected).abs();
            assert!(error < 1e-6, "{probability}, {degrees}: {error}");
        }
        assert!((tail(2.5, 10.0) - 0.015_723_422_118_6).abs() < 1e-9);
        assert!((two_sided(f64::NAN, 5.0) - 1.0).abs() <= 0.0);
    }

    #[test]
    fn quantile_and_tail_are_inverse() {
        for degrees in [1.0, 3.0, 4.7, 28.0, 300.5] {
            for probability in [0.6, 0.95, 0.995, 0.9999] {
                let back = 1.0 - tail(quantile(probability, degrees), degrees);
                assert!((back - probability).abs() < 1e-9, "{degrees}");
            }
        }
    }
}
