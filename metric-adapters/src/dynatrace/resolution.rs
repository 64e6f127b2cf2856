//! Steps as Dynatrace writes them: `1m`, `6h`, `1d`, `1w`.

use jiff::SignedDuration;

use crate::Step;

const MINUTE_MS: i64 = 60_000;

/// The resolution to ask for, if Dynatrace has such a one.
pub(super) fn of(step: Step) -> Option<String> {
    let whole = step.as_millis() % MINUTE_MS == 0;
    whole.then(|| format!("{}m", step.as_millis() / MINUTE_MS))
}

/// The step of a resolution in an answer. Months and years, which have no fixed length, are none.
pub(super) fn read(text: &str) -> Option<Step> {
    let unit = text.chars().next_back()?;
    let count: i64 = text.strip_suffix(unit)?.parse().ok()?;
    let minutes = match unit {
        'm' => 1,
        'h' => 60,
        'd' => 24 * 60,
        'w' => 7 * 24 * 60,
        _ => return None,
    };
    let millis = count.checked_mul(minutes * MINUTE_MS)?;
    Step::try_from(SignedDuration::from_millis(millis)).ok()
}

#[cfg(test)]
mod tests {
    use super::{of, read};

    #[test]
    fn resolutions_are_steps() {
        for (text, minutes) in [
            ("1m", 1),
            ("10m", 10),
            ("2h", 120),
            ("1d", 1440),
            ("1w", 10080),
        ] {
            let step = read(text).unwrap();
            assert_eq!(step.as_millis(), minutes * 60_000);
            assert_eq!(of(step).unwrap(), format!("{minutes}m"));
        }
        for text in [
            "",
            "m",
            "1M",
            "1y",
            "Inf",
            "0m",
            "-1m",
            "99999999999999999m",
            "1µ",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
