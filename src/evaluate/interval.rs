//! How well a share is known.

use serde::Serialize;
use serinus_judge::stats::{Alpha, Counts, Inflation};

/// A share in percent with its 95 % confidence interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Share {
    /// The share in percent.
    pub percent: f64,
    /// Lower end of the interval, in percent.
    pub lower: f64,
    /// Upper end of the interval, in percent.
    pub upper: f64,
}

/// The share of `count` in `all`, with the interval of Wilson (1927), which behaves for rare events and small numbers.
/// `None` of nothing, or of more than there are.
pub fn wilson(count: usize, all: usize) -> Option<Share> {
    let counts = Counts::new(count as f64, all as f64).ok()?;
    let interval = counts.wilson(Inflation::NONE, Alpha::new(0.05).ok()?)?;
    Some(Share {
        percent: 100.0 * counts.share()?,
        lower: 100.0 * interval.lower,
        upper: 100.0 * interval.upper,
    })
}

#[cfg(test)]
mod tests {
    use super::wilson;

    #[test]
    fn intervals_are_wilson_s() {
        // Wilson's formula in Python.
        for (count, all, lower, upper) in [
            (9, 720, 0.658_999, 2.358_438),
            (0, 50, 0.0, 7.134_76),
            (50, 50, 92.865_24, 100.0),
        ] {
            let share = wilson(count, all).unwrap();
            assert!((share.lower - lower).abs() < 1e-3, "{share:?}");
            assert!((share.upper - upper).abs() < 1e-3, "{share:?}");
        }
        assert_eq!(wilson(0, 0), None);
    }
}
