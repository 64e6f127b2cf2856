//! The small values a config is made of, each checked once, where it is read.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// A name: 1 to 200 characters without control characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "String", into = "String")]
#[schema(value_type = String, min_length = 1, max_length = 200, pattern = r"^[^\u0000-\u001f\u007f-\u009f]*$")]
pub struct Name(String);

impl Name {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Name {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let length = text.chars().count();
        if length == 0 || length > 200 {
            Err(format!("a name has 1 to 200 characters, this one {length}"))
        } else if text.chars().any(char::is_control) {
            Err("a name has no control characters".to_owned())
        } else {
            Ok(Self(text))
        }
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A share, written `5%` or `0.05`; not negative, and finite.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Fraction(f64);

/// Text with or without a percent sign, or a number up to 1.
impl PartialSchema for Fraction {
    fn schema() -> RefOr<Schema> {
        OneOfBuilder::new()
            .description(Some("A share, written `5%` or `0.05`; not negative."))
            .item(
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .pattern(Some(r"^\s*[0-9.eE+-]+\s*%?\s*$"))
                    .examples(["5%"]),
            )
            .item(
                ObjectBuilder::new()
                    .schema_type(Type::Number)
                    .minimum(Some(0))
                    .maximum(Some(1)),
            )
            .into()
    }
}

impl ToSchema for Fraction {}

impl Fraction {
    /// The share as a number: 0.05 for `5%`.
    pub fn get(self) -> f64 {
        self.0
    }

    /// A share.
    ///
    /// # Errors
    /// Unless it is finite and not negative; as a sentence.
    pub fn new(value: f64) -> Result<Self, String> {
        if value.is_finite() && value >= 0.0 {
            Ok(Self(value))
        } else {
            Err(format!(
                "expected a share that is not negative, such as 5% or 0.05, found {value}"
            ))
        }
    }
}

impl Serialize for Fraction {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 > 1.0 {
            serializer.collect_str(&format_args!("{}%", self.0 * 100.0))
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Fraction {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Fraction;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a share such as 5% or 0.05")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Fraction, E> {
                let (digits, unit) = match text.trim().strip_suffix('%') {
                    Some(percent) => (percent.trim(), 100.0),
                    None => (text.trim(), 1.0),
                };
                let value: f64 = digits
                    .parse()
                    .map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))?;
                Fraction::new(value / unit).map_err(E::custom)
            }

            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Fraction, E> {
                // A plain 5 is more often a forgotten percent sign than 500 %.
                if value > 1.0 {
                    let percent = value * 100.0;
                    return Err(E::custom(format!(
                        "write {value}% or {percent}%, whichever is meant"
                    )));
                }
                Fraction::new(value).map_err(E::custom)
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Fraction, E> {
                #[expect(clippy::cast_precision_loss, reason = "shares are small numbers")]
                self.visit_f64(value as f64)
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Fraction, E> {
                #[expect(clippy::cast_precision_loss, reason = "shares are small numbers")]
                self.visit_f64(value as f64)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// A number in a request; text that reads as a number is one too, since many pipelines only send text.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Number(pub f64);

impl PartialSchema for Number {
    fn schema() -> RefOr<Schema> {
        OneOfBuilder::new()
            .description(Some("A number, or text that reads as one."))
            .item(ObjectBuilder::new().schema_type(Type::Number))
            .item(
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .pattern(Some(r"^\s*[0-9.eE+-]+\s*$")),
            )
            .into()
    }
}

impl ToSchema for Number {}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "expected a number")]
        enum Written {
            Number(f64),
            Text(String),
        }
        let value = match Written::deserialize(deserializer)? {
            Written::Number(value) => value,
            Written::Text(text) => text
                .trim()
                .parse()
                .map_err(|_| de::Error::custom(format!("expected a number, found {text:?}")))?,
        };
        if value.is_finite() {
            Ok(Self(value))
        } else {
            Err(de::Error::custom("expected a finite number"))
        }
    }
}
