//! Names of the closed sets a user may type: one spelling for parsing, printing and error messages.

/// A name outside one of the crate's closed sets; the message lists the names that exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown {set} `{given}`: expected one of {expected}")]
pub struct UnknownName {
    set: &'static str,
    given: String,
    expected: String,
}

impl UnknownName {
    pub(crate) fn new(set: &'static str, given: &str, expected: &[&str]) -> Self {
        Self {
            set,
            given: given.to_owned(),
            expected: expected.join(", "),
        }
    }

    /// What was looked up, as the user typed it.
    #[must_use]
    pub fn given(&self) -> &str {
        &self.given
    }
}

/// Implements `Display` and `FromStr` for an enum that has `ALL` and `name()`.
macro_rules! named {
    ($type:ty, $set:literal) => {
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }

        impl std::str::FromStr for $type {
            type Err = crate::UnknownName;

            fn from_str(given: &str) -> Result<Self, Self::Err> {
                Self::ALL
                    .into_iter()
                    .find(|candidate| candidate.name() == given)
                    .ok_or_else(|| crate::UnknownName::new($set, given, &Self::ALL.map(Self::name)))
            }
        }
    };
}
pub(crate) use named;
