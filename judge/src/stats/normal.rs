//! Quantiles of the standard normal distribution.

use std::f64::consts::SQRT_2;

/// The quantile of the standard normal distribution at `probability`, strictly between 0 and 1.
///
/// Computed as the square root of 2 times the inverse error function by M. B. Giles, "Approximating the `erfinv` function"
/// (GPU Computing Gems, 2012), in its double precision form, to within 1e-15 except for very small probabilities: forming
/// `2 * probability - 1` leaves them about 16 digits less their own leading zeros. The last bits matter: this is the method
/// behind Kayenta's quantile, and where its root finder ends depends on them.
pub(crate) fn normal_quantile(probability: f64) -> f64 {
    SQRT_2 * inverse_error_function(2.0 * probability - 1.0)
}

fn inverse_error_function(x: f64) -> f64 {
    let w = -((1.0 - x) * (1.0 + x)).ln();
    let factor = if w < 6.25 {
        polynomial(&CENTRE, w - 3.125)
    } else if w < 16.0 {
        polynomial(&FLANK, w.sqrt() - 3.25)
    } else {
        polynomial(&TAIL, w.sqrt() - 5.0)
    };
    factor * x
}

/// Horner's rule, highest power first.
fn polynomial(coefficients: &[f64], at: f64) -> f64 {
    coefficients
        .iter()
        .fold(0.0, |sum, coefficient| coefficient + sum * at)
}

const CENTRE: [f64; 23] = [
    -3.64441206401782e-21,
    -1.6850591381820166e-19,
    1.28584807152564e-18,
    1.1157877678025181e-17,
    -1.333171662854621e-16,
    2.0972767875968562e-17,
    6.637638134358324e-15,
    -4.054566272975207e-14,
    -8.151934197605472e-14,
    2.6335093153082323e-12,
    -1.2975133253453532e-11,
    -5.415412054294628e-11,
    1.0512122733215323e-09,
    -4.112633980346984e-09,
    -2.9070369957882005e-08,
    4.2347877827932404e-07,
    -1.3654692000834679e-06,
    -1.3882523362786469e-05,
    0.00018673420803405714,
    -0.000740702534166267,
    -0.006033670871430149,
    0.24015818242558962,
    1.6536545626831027,
];

const FLANK: [f64; 19] = [
    2.2137376921775787e-09,
    9.075656193888539e-08,
    -2.7517406297064545e-07,
    1.8239629214389228e-08,
    1.5027403968909828e-06,
    -4.013867526981546e-06,
    2.9234449089955446e-06,
    1.2475304481671779e-05,
    -4.7318229009055734e-05,
    6.828485145957318e-05,
    2.4031110387097894e-05,
    -0.0003550375203628475,
    0.0009532893797373805,
    -0.0016882755560235047,
    0.002491442096107851,
    -0.003751208507569241,
    0.005370914553590064,
    1.0052589676941592,
    3.0838856104922208,
];

const TAIL: [f64; 17] = [
    -2.7109920616438573e-11,
    -2.555641816996525e-10,
    1.5076572693500548e-09,
    -3.789465440126737e-09,
    7.61570120807834e-09,
    -1.496002662714924e-08,
    2.914795345090108e-08,
    -6.771199775845234e-08,
    2.2900482228026655e-07,
    -9.9298272942317e-07,
    4.526062597223154e-06,
    -1.968177810553167e-05,
    7.599527703001776e-05,
    -0.00021503011930044477,
    -0.00013871931833623122,
    1.0103004648645344,
    4.849906401408584,
];

#[cfg(test)]
mod tests {
    use statrs::distribution::{ContinuousCDF, Normal};

    use super::normal_quantile;

    #[test]
    fn agrees_with_statrs_in_all_branches() {
        for exponent in 1..=9 {
            for digit in 1..=9 {
                let lower = f64::from(digit) * 10_f64.powi(-exponent);
                // What is left of `lower` after subtracting 1.
                let tolerance = 1e-14 + f64::EPSILON / lower;
                for probability in [lower, 1.0 - lower] {
                    let expected = Normal::standard().inverse_cdf(probability);
                    let error = (normal_quantile(probability) - expected).abs();
                    assert!(error <= tolerance, "{probability}: off by {error}");
                }
            }
        }
    }

    #[expect(
        clippy::float_cmp,
        reason = "the last bit is what this function is for"
    )]
    #[test]
    fn agrees_with_r() {
        // R 4: qnorm(c(0.01, 0.025, 0.5, 0.995)), to the digits R prints with options(digits = 16).
        assert_eq!(normal_quantile(0.01), -2.326_347_874_040_841);
        assert_eq!(normal_quantile(0.5), 0.0);
        assert!((normal_quantile(0.025) + 1.959_963_984_540_054).abs() < 1e-15);
        assert!((normal_quantile(0.995) - 2.575_829_303_548_901).abs() < 1e-14);
    }
}
