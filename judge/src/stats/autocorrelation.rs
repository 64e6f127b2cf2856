//! What it costs that neighbouring samples resemble each other: the first-order autoregressive model, AR(1).

/// The lag-one autocorrelation, about -1 to 1; 0 for values that do not vary.
pub(crate) fn lag_one(values: &[f64]) -> f64 {
    let [one, _] = lags(values);
    one
}

/// The autocorrelations at lags one and two, about -1 to 1; 0 for values that do not vary.
pub(crate) fn lags(values: &[f64]) -> [f64; 2] {
    let mean = crate::stats::mean(values);
    let (mut squares, mut products) = (0.0, [0.0; 2]);
    let (mut last, mut before) = (0.0, 0.0);
    for x in values {
        let deviation = x - mean;
        squares += deviation * deviation;
        products[0] += deviation * last;
        products[1] += deviation * before;
        (before, last) = (last, deviation);
    }
    products.map(|product| {
        let ratio = product / squares;
        if ratio.is_finite() { ratio } else { 0.0 }
    })
}

/// The autocorrelation that an estimate from `count` values stands for. Estimates from short series are too low by about
/// `(1 + 3 r) / n` (Kendall 1954; Marriott and Pope 1954), which matters most where `r` is high. Kept within -0.5 to 0.97;
/// 0 for up to four values, which tell nothing.
pub(crate) fn corrected(estimate: f64, count: usize) -> f64 {
    if count <= 4 {
        return 0.0;
    }
    let n = count as f64;
    ((n * estimate + 1.0) / (n - 3.0)).clamp(-0.5, 0.97)
}

/// By how much autocorrelation `r` inflates the variance of the mean of `count` values, at least 1: of a stationary AR(1)
/// series the variance of the mean is `s^2 / n` times `(1 + r) / (1 - r) - 2 r (1 - r^n) / (n (1 - r)^2)`. Negative
/// autocorrelation is not taken as a gain.
pub(crate) fn inflation(r: f64, count: usize) -> f64 {
    decaying_inflation(r, r, count)
}

/// The same where autocorrelation decays from `r` at lag one by the factor `decay` a lag, which is slower than `r` itself
/// where a slow process lies under independent noise: ARMA(1, 1).
pub(crate) fn decaying_inflation(r: f64, decay: f64, count: usize) -> f64 {
    if r.is_nan() || decay.is_nan() || r < 1e-9 || count == 0 {
        return 1.0;
    }
    let n = count as f64;
    let rest = (1.0 - decay).max(1e-9);
    let lags = 1.0 / rest - (1.0 - decay.powf(n)) / (n * rest * rest);
    (1.0 + 2.0 * r * lags).max(1.0)
}

/// A cautious value for an autocorrelation estimated as `r` from about `count` values: raised by `caution` standard errors.
/// Small estimates, which are what independent noise gives, are raised by less, and none at all from 0 down.
pub(crate) fn cautious(r: f64, count: f64, caution: f64) -> f64 {
    const FULL_FROM: f64 = 0.4;
    let r = r.max(0.0);
    let error = ((1.0 - (r * r).min(0.95)) / count).sqrt();
    (r + caution * error * (r / FULL_FROM).min(1.0)).min(0.97)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lag_one_of_small_series() {
        // statsmodels: acf([1, 2, 3, 4, 5], nlags=1)[1] is 0.4.
        assert!((lag_one(&[1.0, 2.0, 3.0, 4.0, 5.0]) - 0.4).abs() < 1e-15);
        assert!(lag_one(&[1.0, -1.0, 1.0, -1.0]) < -0.7);
        assert!(lag_one(&[3.0; 9]).abs() <= 0.0);
        assert!(lag_one(&[]).abs() <= 0.0);
    }

    #[test]
    fn inflation_is_that_of_the_covariance_matrix() {
        for r in [0.1, 0.5, 0.9, 0.97] {
            for count in [1_usize, 2, 10, 60] {
                let mut sum = 0.0;
                for i in 0..count {
                    for j in 0..count {
                        sum += f64::powf(r, i.abs_diff(j) as f64);
                    }
                }
                let expected = sum / count as f64;
                let error = (inflation(r, count) - expected).abs();
                assert!(error < 1e-9, "{r}, {count}: {error}");
            }
        }
        for r in [-0.5, 0.0, f64::NAN] {
            assert!((inflation(r, 30) - 1.0).abs() <= 0.0);
        }
    }

    #[test]
    fn corrections_stay_in_range() {
        for count in [0, 4, 5, 1000] {
            for r in [-1.0, 0.0, 0.5, 1.0] {
                let corrected = corrected(r, count);
                assert!((-0.5..=0.97).contains(&corrected));
                let raised = cautious(corrected, count.max(1) as f64, 1.0);
                assert!(raised >= corrected.max(0.0) && raised <= 0.97);
            }
        }
    }
}
