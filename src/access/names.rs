//! The applications or accounts a token is limited to.

use serde::Deserialize;

/// A name, or all that begin alike: `checkout`, `checkout-*`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum NamePattern {
    /// This name.
    Exactly(String),
    /// All names that begin so.
    Beginning(String),
}

impl TryFrom<String> for NamePattern {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let (start, all) = match text.strip_suffix('*') {
            Some(start) => (start, true),
            None => (text.as_str(), false),
        };
        if start.is_empty() || start.contains('*') {
            return Err("expected a name, or the beginning of names and `*` as in `checkout-*`");
        }
        let start = start.to_owned();
        Ok(if all {
            Self::Beginning(start)
        } else {
            Self::Exactly(start)
        })
    }
}

/// Which names are meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Names {
    /// Every name, whatever names there will be.
    #[default]
    All,
    /// Those that fit one of these.
    Only(Vec<NamePattern>),
}

impl Names {
    /// Whether this name is among them.
    pub fn contain(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(patterns) => patterns.iter().any(|pattern| match pattern {
                NamePattern::Exactly(exactly) => name == exactly,
                NamePattern::Beginning(start) => name.starts_with(start),
            }),
        }
    }
}

impl From<Option<Vec<NamePattern>>> for Names {
    fn from(only: Option<Vec<NamePattern>>) -> Self {
        only.map_or(Self::All, Self::Only)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(patterns: &[&str]) -> Names {
        let pattern = |text: &&str| NamePattern::try_from((*text).to_owned()).unwrap();
        Names::Only(patterns.iter().map(pattern).collect())
    }

    #[test]
    fn a_pattern_is_a_name_or_a_beginning() {
        let names = only(&["checkout", "shop-*"]);
        for name in ["checkout", "shop-", "shop-cart"] {
            assert!(names.contain(name), "{name}");
        }
        for name in ["", "Checkout", "checkout-eu", "shop", "my-shop-cart"] {
            assert!(!names.contain(name), "{name}");
        }
        assert!(Names::All.contain("anything"));
        assert!(!only(&[]).contain("anything"));
    }

    #[test]
    fn what_looks_like_another_language_of_patterns_is_refused() {
        for text in ["", "*", "a*b", "*-eu", "a**"] {
            assert!(NamePattern::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
