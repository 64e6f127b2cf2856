//! Brent's root finder in the form known as *zeroin*.

/// `2^-52`, spacing of doubles at 1.
const EPSILON: f64 = f64::EPSILON;
/// Iterations after which the current best point is returned as it is.
const MOST_ITERATIONS: usize = 1001;

/// An interval and the function's values at its ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bracket {
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) at_low: f64,
    pub(crate) at_high: f64,
}

/// A point near which `function` changes sign, to within about `tolerance` (absolute).
///
/// The algorithm is Brent's (1973) as given by Forsythe, Malcolm and Moler (1977) and used by R's `uniroot`, step for
/// step. On a step function, as here, the answer depends on the path taken, so that another root finder, or another order
/// of operations, would give other numbers.
///
/// # Errors
/// The first error of `function`.
#[expect(
    clippy::float_cmp,
    reason = "the method asks whether two points coincide and whether a value is exactly zero"
)]
#[expect(
    clippy::many_single_char_names,
    reason = "the names of the published algorithm"
)]
pub(crate) fn zeroin<E>(
    bracket: Bracket,
    tolerance: f64,
    mut function: impl FnMut(f64) -> Result<f64, E>,
) -> Result<f64, E> {
    let (mut a, mut fa) = (bracket.low, bracket.at_low);
    let (mut b, mut fb) = (bracket.high, bracket.at_high);
    let (mut c, mut fc) = (a, fa);
    if fa == 0.0 {
        return Ok(a);
    }
    if fb == 0.0 {
        return Ok(b);
    }
    for _ in 0..MOST_ITERATIONS {
        let previous = b - a;
        if fc.abs() < fb.abs() {
            // Keep the best point so far in b.
            (a, b, c) = (b, c, b);
            (fa, fb, fc) = (fb, fc, fb);
        }
        let least = 2.0 * EPSILON * b.abs() + tolerance / 2.0;
        let mut step = (c - b) / 2.0;
        if step.abs() <= least || fb == 0.0 {
            return Ok(b);
        }
        if previous.abs() >= least && fa.abs() > fb.abs() {
            let width = c - b;
            let (mut p, mut q);
            if a == c {
                // Two distinct points: secant.
                let t1 = fb / fa;
                p = width * t1;
                q = 1.0 - t1;
            } else {
                // Three: inverse quadratic interpolation.
                let t0 = fa / fc;
                let t1 = fb / fc;
                let t2 = fb / fa;
                p = t2 * (width * t0 * (t0 - t1) - (b - a) * (t1 - 1.0));
                q = (t0 - 1.0) * (t1 - 1.0) * (t2 - 1.0);
            }
            if p > 0.0 {
                q = -q;
            } else {
                p = -p;
            }
            // Take the interpolated point only if it stays inside and converges faster than halving.
            if p < 0.75 * width * q - (least * q).abs() / 2.0 && p < (previous * q / 2.0).abs() {
                step = p / q;
            }
        }
        if step.abs() < least {
            step = if step > 0.0 { least } else { -least };
        }
        (a, fa) = (b, fb);
        b += step;
        fb = function(b)?;
        if (fb > 0.0 && fc > 0.0) || (fb < 0.0 && fc < 0.0) {
            (c, fc) = (a, fa);
        }
    }
    Ok(b)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    fn root(low: f64, high: f64, function: impl Fn(f64) -> f64) -> f64 {
        let bracket = Bracket {
            low,
            high,
            at_low: function(low),
            at_high: function(high),
        };
        zeroin::<Infallible>(bracket, 1e-10, |x| Ok(function(x))).unwrap()
    }

    #[test]
    fn finds_known_roots() {
        assert!((root(0.0, 2.0, |x| x * x - 2.0) - std::f64::consts::SQRT_2).abs() < 1e-9);
        assert!((root(0.0, 2.0, |x| x.cos() - x) - 0.739_085_133_215_160_6).abs() < 1e-9);
        assert!((root(-1.0, 4.0, |x| if x < 0.3 { 1.0 } else { -1.0 }) - 0.3).abs() < 1e-9);
    }

    #[expect(clippy::float_cmp, reason = "the ends themselves are returned")]
    #[test]
    fn ends_that_are_roots_are_returned() {
        assert_eq!(root(1.0, 2.0, |x| x - 1.0), 1.0);
        assert_eq!(root(1.0, 2.0, |x| x - 2.0), 2.0);
    }

    #[test]
    fn gives_up_rather_than_running_for_ever() {
        let mut calls = 0;
        let bracket = Bracket {
            low: f64::NEG_INFINITY,
            high: f64::INFINITY,
            at_low: 1.0,
            at_high: -1.0,
        };
        let root = zeroin::<Infallible>(bracket, 1e-4, |_| {
            calls += 1;
            Ok(f64::NAN)
        });
        assert!(!root.unwrap().is_finite());
        assert!(calls <= MOST_ITERATIONS);
    }

    #[test]
    fn errors_are_passed_on() {
        let bracket = Bracket {
            low: 0.0,
            high: 1.0,
            at_low: 1.0,
            at_high: -1.0,
        };
        assert_eq!(zeroin(bracket, 1e-4, |_| Err("no value")), Err("no value"));
    }
}
