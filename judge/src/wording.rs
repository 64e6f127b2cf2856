//! Words and numbers in sentences for people.

use std::fmt;

use crate::release::Side;

/// Changes beyond this many percent, up or down, are not told in digits that mean nothing: more than tenfold.
pub const TOLD_PERCENT: f64 = 900.0;

/// Who has no sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    One(Side),
    Both,
}

impl Missing {
    /// Given whether each side is without any.
    pub(crate) fn of(baseline: bool, canary: bool) -> Option<Self> {
        match (baseline, canary) {
            (false, false) => None,
            (true, false) => Some(Self::One(Side::Baseline)),
            (false, true) => Some(Self::One(Side::Canary)),
            (true, true) => Some(Self::Both),
        }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(side) => write!(f, "no {side} samples"),
            Self::Both => f.write_str("no samples on either side"),
        }
    }
}

/// A number with three significant digits, or all digits before the point if there are more; without trailing zeros.
pub(crate) fn compact(number: f64) -> String {
    let magnitude = number.abs();
    if magnitude != 0.0 && !(1e-4..1e15).contains(&magnitude) {
        return format!("{number:.2e}");
    }
    let decimals = match magnitude {
        m if m >= 100.0 || m == 0.0 => 0,
        m if m >= 10.0 => 1,
        m if m >= 1.0 => 2,
        m if m >= 0.1 => 3,
        m if m >= 0.01 => 4,
        m if m >= 0.001 => 5,
        _ => 6,
    };
    let text = format!("{number:.decimals$}");
    if decimals == 0 {
        text
    } else {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

/// The first three of several items, and how many more there are.
pub(crate) fn few(items: &[String]) -> String {
    const SHOWN: usize = 3;
    let shown = items[..items.len().min(SHOWN)].join("; ");
    match items.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown}; and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits_and_no_padding() {
        for (number, text) in [
            (0.0, "0"),
            (140.4, "140"),
            (12_345.6, "12346"),
            (40.0, "40"),
            (12.34, "12.3"),
            (3.2, "3.2"),
            (5.000_000_000_000_004, "5"),
            (-0.051_26, "-0.0513"),
            (0.000_123_4, "0.000123"),
            (1.5e-7, "1.50e-7"),
            (2.5e20, "2.50e20"),
        ] {
            assert_eq!(compact(number), text);
        }
    }

    #[test]
    fn long_lists_are_cut() {
        let items = ["a", "b", "c", "d", "e"].map(str::to_owned);
        assert_eq!(few(&items[..1]), "a");
        assert_eq!(few(&items[..3]), "a; b; c");
        assert_eq!(few(&items), "a; b; c; and 2 more");
    }
}
