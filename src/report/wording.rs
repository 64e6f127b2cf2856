//! Numbers and words that every form of the report shares.

use serinus_judge::{MetricResult, Outcome, Verdict};

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

/// The change as `+12.3 %`, or a dash where there is none.
pub(crate) fn change(metric: &MetricResult) -> String {
    metric
        .change_percent
        .map_or_else(|| "-".to_owned(), |percent| format!("{percent:+.1} %"))
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
    use super::number;

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
