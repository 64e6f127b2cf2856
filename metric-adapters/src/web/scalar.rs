//! What stands in a list.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use serde_json::Value;

use crate::file::time;

/// What a time or a value can be, and what it can not.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Scalar<'v> {
    /// Nothing: a gap.
    Null,
    /// A number.
    Number(f64),
    /// A text, which may be a number or a time.
    Text(Cow<'v, str>),
    /// Something else; the word for it.
    Other(&'static str),
}

impl<'v> Scalar<'v> {
    /// What a value of a whole document is.
    pub(super) fn of(value: &'v Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(truth) => Self::truth(*truth),
            Value::Number(number) => number
                .as_f64()
                .map_or(Self::Other("a number"), Self::Number),
            Value::String(text) => Self::Text(Cow::Borrowed(text)),
            Value::Array(_) => Self::LIST,
            Value::Object(_) => Self::OBJECT,
        }
    }

    /// A list.
    pub(super) const LIST: Self = Self::Other("a list");

    /// An object.
    pub(super) const OBJECT: Self = Self::Other("an object");

    /// `true` or `false`.
    pub(super) fn truth(truth: bool) -> Self {
        Self::Other(if truth { "true" } else { "false" })
    }

    /// The time it is, if it is one.
    pub(super) fn time(&self) -> Option<Timestamp> {
        match self {
            Self::Number(number) => time::from_number(*number),
            Self::Text(text) => time::from_text(text),
            Self::Null | Self::Other(_) => None,
        }
    }

    /// The number it is, if it is one.
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.parse().ok(),
            Self::Null | Self::Other(_) => None,
        }
    }
}

impl fmt::Display for Scalar<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Other(what) => f.write_str(what),
        }
    }
}
