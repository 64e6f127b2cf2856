//! Lengths of time as people write them: `90s`, `10m`, `1d`, `PT10M`. A day is 24 hours, a week seven days.

use jiff::{SignedDuration, Span, SpanRelativeTo};
use serde::{Deserialize, Deserializer, de};

/// Reads a length of time.
///
/// # Errors
/// The text is none, or names months or years, which differ in length.
pub(crate) fn parse(text: &str) -> Result<SignedDuration, String> {
    let span: Span = text
        .trim()
        .parse()
        .map_err(|_| format!("expected a time such as 30s, 10m or 1d, found {text:?}"))?;
    span.to_duration(SpanRelativeTo::days_are_24_hours())
        .map_err(|_| format!("expected a time in days or less, found {text:?}"))
}

/// For `deserialize_with`.
pub(crate) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SignedDuration, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse(&text).map_err(de::Error::custom)
}

/// The same where there may be none.
pub(crate) fn read_some<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<SignedDuration>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| parse(&text).map_err(de::Error::custom))
        .transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_people_and_programs_write_them() {
        for (text, seconds) in [
            ("90s", 90),
            ("10m", 600),
            ("1d", 86_400),
            ("1w", 604_800),
            ("PT10M", 600),
            ("P1DT1H", 90_000),
            ("1h 30m", 5_400),
        ] {
            assert_eq!(
                parse(text),
                Ok(SignedDuration::from_secs(seconds)),
                "{text}"
            );
        }
        for text in ["", "10", "soon", "1mo", "1y"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
