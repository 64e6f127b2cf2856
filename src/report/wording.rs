//! Numbers and words that every form of the report shares.

use serinus_judge::{MetricResult, Outcome, TOLD_PERCENT, Verdict};

/// A number with about four significant digits, without noise at its end.
pub(crate) fn number(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the exponent of a finite f64 lies within ±324"
    )]
    let magnitude = value.abs().log10().floor() as i32;
    if !(-4..9).contains(&magnitude) {
        return format!("{value:.3e}");
    }
    let digits = usize::try_from(3 - magnitude).unwrap_or(0);
    let text = format!("{value:.digits$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// A number for an axis or a narrow table: from a million on in millions and the like, `226.7 M`.
pub(crate) fn axis_number(value: f64) -> String {
    let scales = [(1e12, "T"), (1e9, "G"), (1e6, "M")];
    let scale = scales.into_iter().find(|(from, _)| value.abs() >= *from);
    match scale.filter(|_| value.abs() < 1e15) {
        Some((unit, letter)) => format!("{}\u{a0}{letter}", number(value / unit)),
        None => number(value),
    }
}

/// The change that was judged as `+12.3 %`, or a dash where none was.
pub(crate) fn change(metric: &MetricResult) -> String {
    metric
        .judged_percent()
        .map_or_else(|| "-".to_owned(), percent)
}

/// A change in percent with its sign: `+45.4 %`. What is more than tenfold is not told in digits that mean nothing.
pub(crate) fn percent(percent: f64) -> String {
    if percent > TOLD_PERCENT {
        format!(">+{TOLD_PERCENT} %")
    } else if percent < -TOLD_PERCENT {
        format!("<-{TOLD_PERCENT} %")
    } else {
        format!("{percent:+.1} %")
    }
}

/// Up to `most` of several names, and how many more there are.
pub(crate) fn few(names: &[&str], most: usize) -> String {
    let shown = names[..names.len().min(most)].join(", ");
    match names.len().saturating_sub(most) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// The interval as `[0.1, 0.2]`, or a dash where there is none.
pub(super) fn interval(metric: &MetricResult) -> String {
    metric.interval.map_or_else(
        || "-".to_owned(),
        |interval| format!("[{}, {}]", number(interval.lower), number(interval.upper)),
    )
}

/// A mean, or a dash where there was no sample.
pub(super) fn mean(summary: &serinus_judge::Summary) -> String {
    summary.mean.map_or_else(|| "-".to_owned(), number)
}

/// Score as it is shown: `87.5`, or a dash where there is none.
pub(super) fn score(scorecard: &serinus_judge::Scorecard) -> String {
    if scorecard.scored {
        number(scorecard.score)
    } else {
        "-".to_owned()
    }
}

/// What the verdict asks for.
pub(super) fn advice(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "promote",
        Verdict::Marginal | Verdict::Inconclusive => "hold",
        Verdict::Fail => "roll back",
    }
}

/// A sign for an outcome that also reads without colour.
pub(super) fn sign(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "ok",
        Outcome::High => "HIGH",
        Outcome::Low => "LOW",
        Outcome::Nodata => "no data",
        Outcome::Inconclusive => "?",
        Outcome::Error => "ERROR",
    }
}

#[cfg(test)]
mod tests {
    use super::{axis_number, few, number, percent};

    #[test]
    fn a_list_of_names_says_how_many_it_leaves_out() {
        for (names, text) in [
            (&["a"][..], "a"),
            (&["a", "b"], "a, b"),
            (&["a", "b", "c", "d"], "a, b and 2 more"),
        ] {
            assert_eq!(few(names, 2), text);
        }
    }

    #[test]
    fn large_numbers_fit_beside_an_axis() {
        for (value, text) in [
            (226_674_598.0, "226.7\u{a0}M"),
            (-2e9, "-2\u{a0}G"),
            (999_999.0, "999999"),
            (0.05, "0.05"),
            (1e300, "1.000e300"),
        ] {
            assert_eq!(axis_number(value), text);
        }
    }

    #[test]
    fn changes_beyond_tenfold_are_not_told_in_digits() {
        for (change, text) in [
            (45.44, "+45.4 %"),
            (-97.4, "-97.4 %"),
            (251_153.0, ">+900 %"),
            (f64::INFINITY, ">+900 %"),
            (-899.0, "-899.0 %"),
            (-901.0, "<-900 %"),
        ] {
            assert_eq!(percent(change), text);
        }
    }

    #[test]
    fn numbers_keep_four_digits_and_no_noise() {
        for (value, text) in [
            (0.0, "0"),
            (1.0, "1"),
            (62.5, "62.5"),
            (0.1 + 0.2, "0.3"),
            (-0.012_345_6, "-0.01235"),
            (123_456.7, "123457"),
            (1.234_4e-7, "1.234e-7"),
            (3e12, "3.000e12"),
        ] {
            assert_eq!(number(value), text);
        }
    }
}
