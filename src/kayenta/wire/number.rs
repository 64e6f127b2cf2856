//! Numbers, of which JSON cannot write all.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::ToSchema;

/// A number as Kayenta writes it: what is not finite is the text `"NaN"`, `"Infinity"` or `"-Infinity"`.
#[derive(Debug, Clone, Copy, PartialEq, ToSchema)]
#[schema(value_type = Written)]
pub struct Double(pub f64);

impl Double {
    /// What stands for no number.
    pub fn none() -> Self {
        Self(f64::NAN)
    }
}

impl Default for Double {
    /// Kayenta's figure for what there is none of.
    fn default() -> Self {
        Self(0.0)
    }
}

/// What a number can look like.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "describes JSON, and is never built")]
enum Written {
    /// A finite one.
    Finite(f64),
    /// Any other one.
    Other(Other),
}

/// What is not a finite number.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes JSON, and is never built")]
enum Other {
    /// No number.
    NaN,
    /// Beyond all numbers.
    Infinity,
    /// Below all numbers.
    #[serde(rename = "-Infinity")]
    MinusInfinity,
}

impl Serialize for Double {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            number if number.is_nan() => serializer.serialize_str("NaN"),
            f64::INFINITY => serializer.serialize_str("Infinity"),
            f64::NEG_INFINITY => serializer.serialize_str("-Infinity"),
            number => serializer.serialize_f64(number),
        }
    }
}

impl<'de> Deserialize<'de> for Double {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Self)
    }
}

/// Reads numbers and texts of numbers. A null is no number, never 0: what is missing must not look like a good value.
struct Reader;

impl de::Visitor<'_> for Reader {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, also as text, or \"NaN\", \"Infinity\" or \"-Infinity\"")
    }

    fn visit_f64<E>(self, number: f64) -> Result<f64, E> {
        Ok(number)
    }

    #[expect(clippy::cast_precision_loss, reason = "Kayenta reads doubles too")]
    fn visit_i64<E>(self, number: i64) -> Result<f64, E> {
        Ok(number as f64)
    }

    #[expect(clippy::cast_precision_loss, reason = "Kayenta reads doubles too")]
    fn visit_u64<E>(self, number: u64) -> Result<f64, E> {
        Ok(number as f64)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<f64, E> {
        match text.trim() {
            "NaN" => Ok(f64::NAN),
            "Infinity" | "INF" => Ok(f64::INFINITY),
            "-Infinity" | "-INF" => Ok(f64::NEG_INFINITY),
            text => text
                .parse()
                .ok()
                .filter(|number: &f64| number.is_finite())
                .ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self)),
        }
    }

    fn visit_unit<E>(self) -> Result<f64, E> {
        Ok(f64::NAN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_json_cannot_write_is_text() {
        let numbers = [1.0, 0.25, f64::NAN, f64::INFINITY, f64::NEG_INFINITY].map(Double);
        let text = serde_json::to_string(&numbers).unwrap();
        assert_eq!(text, r#"[1.0,0.25,"NaN","Infinity","-Infinity"]"#);
        let read: Vec<Double> = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), text);
    }

    #[test]
    fn texts_of_numbers_are_read_and_other_texts_are_not() {
        let read = |text| serde_json::from_str::<Double>(text).map(|number| number.0);
        assert_eq!(read("60").unwrap().to_bits(), 60_f64.to_bits());
        assert_eq!(read("\"60.5\"").unwrap().to_bits(), 60.5_f64.to_bits());
        assert!(read("null").unwrap().is_nan());
        for text in ["\"\"", "\"x\"", "\"nan\"", "\"inf\"", "true", "[]", "{}"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
