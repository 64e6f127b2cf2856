//! Times as tables write them.

use jiff::Timestamp;

/// Numbers of at least this magnitude count milliseconds.
const FIRST_MILLISECONDS: f64 = 1e11;

/// Reads a time from a text: RFC 3339, or a number as for [`from_number`].
pub(crate) fn from_text(text: &str) -> Option<Timestamp> {
    match text.parse::<f64>() {
        Ok(number) => from_number(number),
        Err(_) => text.parse().ok(),
    }
}

/// Reads a time from a number of seconds or milliseconds since 1970, to the microsecond: a double holds no more.
pub(crate) fn from_number(number: f64) -> Option<Timestamp> {
    let scale = if number.abs() < FIRST_MILLISECONDS {
        1e6
    } else {
        1e3
    };
    let micros = (number * scale).round();
    // Also keeps out NaN.
    if !(-4e17..=4e17).contains(&micros) {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a whole number well inside i64, by the line above"
    )]
    let micros = micros as i64;
    Timestamp::from_microsecond(micros).ok()
}

#[cfg(test)]
mod tests {
    use super::from_text;

    #[test]
    fn seconds_and_milliseconds_are_told_apart() {
        let same = [
            "2026-03-01T10:00:00.25Z",
            "2026-03-01T11:00:00.250+01:00",
            "1772359200.25",
            "1772359200250",
            "1772359200250.0",
        ];
        for text in same {
            assert_eq!(
                from_text(text).unwrap().to_string(),
                "2026-03-01T10:00:00.25Z",
                "{text}"
            );
        }
        assert_eq!(
            from_text("-1.5").unwrap().to_string(),
            "1969-12-31T23:59:58.5Z"
        );
        assert_eq!(
            from_text("1772359200.333").unwrap().as_microsecond(),
            1_772_359_200_333_000
        );
    }

    #[test]
    fn other_texts_are_no_times() {
        for text in [
            "",
            "NaN",
            "inf",
            "1e300",
            "2026-03-01",
            "2026-03-01T10:00:00",
            "now",
        ] {
            assert_eq!(from_text(text), None, "{text}");
        }
    }
}
