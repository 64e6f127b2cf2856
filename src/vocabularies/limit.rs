//! Limits on a metric's level, from conditions in several spellings.

use serinus_judge::Limits;

use super::notes::Notes;

/// How a value is compared with a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
}

impl Comparison {
    /// The operators, the longer ones first.
    const SPELLINGS: [(&'static str, Self); 6] = [
        ("<=", Self::LessOrEqual),
        (">=", Self::GreaterOrEqual),
        ("==", Self::Equal),
        ("<", Self::Less),
        (">", Self::Greater),
        ("=", Self::Equal),
    ];

    /// The comparison at the start of a text, and what follows it.
    pub(super) fn split(text: &str) -> Option<(Self, &str)> {
        let text = text.trim_start();
        Self::SPELLINGS
            .into_iter()
            .find_map(|(spelling, comparison)| {
                let rest = text.strip_prefix(spelling)?;
                Some((comparison, rest.trim()))
            })
    }

    /// What holds where this does not.
    pub(super) fn negated(self) -> Option<Self> {
        match self {
            Self::Less => Some(Self::GreaterOrEqual),
            Self::LessOrEqual => Some(Self::Greater),
            Self::Greater => Some(Self::LessOrEqual),
            Self::GreaterOrEqual => Some(Self::Less),
            Self::Equal => None,
        }
    }
}

/// The limits of a metric, as they come together.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Range {
    above: Option<f64>,
    below: Option<f64>,
}

impl Range {
    /// Adds that a good value compares so with a number. The native limit itself is kept; what differs is told.
    pub(super) fn good(
        &mut self,
        comparison: Comparison,
        number: f64,
        at: &str,
        notes: &mut Notes,
    ) {
        let strict = |notes: &mut Notes| {
            let detail = format!("exactly {number} is within the limit here, and is not there");
            notes.add(at, detail);
        };
        match comparison {
            Comparison::Less => {
                strict(notes);
                self.at_most(number);
            }
            Comparison::LessOrEqual => self.at_most(number),
            Comparison::Greater => {
                strict(notes);
                self.at_least(number);
            }
            Comparison::GreaterOrEqual => self.at_least(number),
            Comparison::Equal => {
                notes.add(
                    at,
                    "a level that is met exactly has no counterpart; the condition is left out",
                );
            }
        }
    }

    fn at_most(&mut self, number: f64) {
        self.above = Some(self.above.map_or(number, |above| above.min(number)));
    }

    fn at_least(&mut self, number: f64) {
        self.below = Some(self.below.map_or(number, |below| below.max(number)));
    }

    /// The native limits; none, with a note, where nothing could keep them.
    pub(super) fn limits(self, at: &str, notes: &mut Notes) -> Limits {
        Limits::new(self.above, self.below).unwrap_or_else(|error| {
            notes.add(at, format!("the limits are left out: {error}"));
            Limits::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_become_limits() {
        let mut notes = Notes::default();
        let mut range = Range::default();
        for (text, number) in [("<= 5", 5.0), (">=1", 1.0), ("<4", 4.0)] {
            let (comparison, rest) = Comparison::split(text).unwrap();
            assert_eq!(rest.parse(), Ok(number));
            range.good(comparison, number, "/x", &mut notes);
        }
        assert_eq!(
            range.limits("/x", &mut notes),
            Limits::new(Some(4.0), Some(1.0)).unwrap()
        );
        assert_eq!(notes.into_vec().len(), 1, "only `<` differs at its limit");
    }
}
