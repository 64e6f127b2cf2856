//! How well a share is known.

use serde::Serialize;

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
/// `None` of nothing.
pub fn wilson(count: usize, all: usize) -> Option<Share> {
    /// The quantile of the standard normal distribution at 0.975.
    const Z: f64 = 1.959_963_984_540_054;
    if all == 0 {
        return None;
    }
    let n = all as f64;
    let share = count as f64 / n;
    let centre = (share + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    Some(Share {
        percent: 100.0 * share,
        lower: (100.0 * (centre - half)).max(0.0),
        upper: (100.0 * (centre + half)).min(100.0),
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
