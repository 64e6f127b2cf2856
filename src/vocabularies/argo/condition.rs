//! Conditions such as `result[0] >= 0.95`: the few forms in which a value is held against numbers.

use super::super::{
    limit::{Comparison, Range},
    notes::Notes,
};

/// What it means that a condition is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The measurement is a success: all parts of the condition must hold.
    Success,
    /// It is a failure: no part may hold.
    Failure,
}

/// Adds a condition to the limits; a part of it that has no counterpart is told and left out.
pub(super) fn read(text: &str, wanted: Wanted, at: &str, range: &mut Range, notes: &mut Notes) {
    // Parts that each narrow the limits; joined the other way, they would widen them.
    let (joined, otherwise) = match wanted {
        Wanted::Success => ("&&", "||"),
        Wanted::Failure => ("||", "&&"),
    };
    if text.contains(otherwise) {
        let detail = format!(
            "parts that are joined by `{otherwise}` have no counterpart; the condition is left out: {text}"
        );
        notes.add(at, detail);
        return;
    }
    for part in text.split(joined) {
        let part = part.trim();
        let found = compared(part);
        let good = found.and_then(|(comparison, number)| {
            let comparison = match wanted {
                Wanted::Success => Some(comparison),
                Wanted::Failure => comparison.negated(),
            };
            Some((comparison?, number))
        });
        match good {
            Some((comparison, number)) => range.good(comparison, number, at, notes),
            None => notes.add(
                at,
                format!("this part has no counterpart and is left out: {part}"),
            ),
        }
    }
}

/// The comparison of the result with a number.
fn compared(text: &str) -> Option<(Comparison, f64)> {
    let text = bare(text);
    let at = text.find(['<', '>', '='])?;
    let (left, right) = text.split_at(at);
    let (comparison, number) = Comparison::split(right)?;
    let number = number
        .parse::<f64>()
        .ok()
        .filter(|number| number.is_finite())?;
    is_result(left).then_some((comparison, number))
}

/// Whether a text is the measured value.
fn is_result(text: &str) -> bool {
    let text = bare(text);
    let inner = ["asFloat", "asInt"].into_iter().find_map(|function| {
        let inner = text.strip_prefix(function)?.trim();
        inner.strip_prefix('(')?.strip_suffix(')')
    });
    match inner {
        Some(inner) => is_result(inner),
        None => matches!(text, "result" | "result[0]"),
    }
}

/// A text without the brackets around the whole of it.
fn bare(text: &str) -> &str {
    let text = text.trim();
    let inner = text
        .strip_prefix('(')
        .and_then(|text| text.strip_suffix(')'));
    match inner {
        Some(inner) if !inner.contains(['(', ')']) => inner.trim(),
        Some(_) | None => text,
    }
}

#[cfg(test)]
mod tests {
    use serinus_judge::Limits;

    use super::*;

    fn limits(text: &str, wanted: Wanted) -> (Limits, usize) {
        let (mut range, mut notes) = (Range::default(), Notes::default());
        read(text, wanted, "/c", &mut range, &mut notes);
        let limits = range.limits("/c", &mut notes);
        (limits, notes.into_vec().len())
    }

    #[test]
    fn what_has_a_counterpart() {
        let below = |limit| Limits::new(None, Some(limit)).unwrap();
        let above = |limit| Limits::new(Some(limit), None).unwrap();
        for (text, wanted, expected, notes) in [
            ("result[0] >= 0.95", Wanted::Success, below(0.95), 0),
            ("result > 1", Wanted::Success, below(1.0), 1),
            (
                "asFloat(result[0]) <= 2e3",
                Wanted::Success,
                above(2000.0),
                0,
            ),
            ("(result[0] > 0.05)", Wanted::Failure, above(0.05), 0),
            (
                "result[0] < 1 || result[0] > 5",
                Wanted::Failure,
                Limits::new(Some(5.0), Some(1.0)).unwrap(),
                0,
            ),
            (
                "len(result) > 0 && result[0] >= 1",
                Wanted::Success,
                below(1.0),
                1,
            ),
            (
                "isNaN(result[0]) || result[0] <= 1",
                Wanted::Success,
                Limits::default(),
                1,
            ),
            (
                "default(result, 0) < 0.05",
                Wanted::Success,
                Limits::default(),
                1,
            ),
            ("result[0] == 1", Wanted::Success, Limits::default(), 1),
            (
                "result.verdict == \"pass\"",
                Wanted::Success,
                Limits::default(),
                1,
            ),
            ("result[0] >= NaN", Wanted::Success, Limits::default(), 1),
        ] {
            assert_eq!(limits(text, wanted), (expected, notes), "{text}");
        }
    }
}
