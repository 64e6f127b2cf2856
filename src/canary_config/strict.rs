//! Reading as strictly as people expect: no key twice in an object, no list where an object belongs, no object where a word
//! does.
//!
//! Serde takes a list for a struct, field by field, and JSON readers let the last of two equal keys win. Both would
//! make something of a document that its writer did not mean.

mod choice;

use std::{collections::BTreeSet, fmt};

use serde::{
    Deserializer,
    de::{DeserializeSeed, Error, IgnoredAny, IntoDeserializer, MapAccess, SeqAccess, Visitor},
};

use self::choice::Choice;

/// A part of serde's machinery that passes everything on, strictly.
#[derive(Debug)]
pub struct Strict<T>(pub T);

/// Passes methods without arguments besides the visitor on to the deserializer within.
macro_rules! passed_on {
    ($($method:ident)+) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            self.0.$method(Strict(visitor))
        })+
    };
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Strict<D> {
    type Error = D::Error;

    passed_on! {
        deserialize_any deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_f32 deserialize_f64
        deserialize_char deserialize_str deserialize_string deserialize_bytes deserialize_byte_buf
        deserialize_option deserialize_unit deserialize_seq deserialize_map deserialize_identifier
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        // A map and nothing else: this is where lists are refused.
        self.deserialize_map(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        // Looked through all the same: what nobody reads must not hold a key twice either.
        self.deserialize_any(visitor)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_unit_struct(name, Strict(visitor))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_newtype_struct(name, Strict(visitor))
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_tuple(length, Strict(visitor))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let visitor = Strict(visitor);
        self.0.deserialize_tuple_struct(name, length, visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        // Read here and not by the format: JSON readers call a second key a mistake of syntax.
        self.deserialize_any(Choice {
            name,
            variants,
            visitor,
        })
    }

    fn is_human_readable(&self) -> bool {
        self.0.is_human_readable()
    }
}

/// Passes plain values on to the visitor within.
macro_rules! visited {
    ($($method:ident: $value:ty),+ $(,)?) => {
        $(fn $method<E: Error>(self, value: $value) -> Result<V::Value, E> {
            self.0.$method(value)
        })+
    };
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Strict<V> {
    type Value = V::Value;

    visited! {
        visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_i128: i128, visit_u128: u128, visit_f64: f64,
        visit_char: char, visit_str: &str, visit_borrowed_str: &'de str, visit_string: String,
        visit_bytes: &[u8], visit_borrowed_bytes: &'de [u8], visit_byte_buf: Vec<u8>,
    }

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(f)
    }

    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.0.visit_none()
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.0.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, value: D) -> Result<V::Value, D::Error> {
        self.0.visit_some(Strict(value))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, value: D) -> Result<V::Value, D::Error> {
        self.0.visit_newtype_struct(Strict(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<V::Value, A::Error> {
        let read = self.0.visit_seq(Strict(&mut items))?;
        match items.next_element::<IgnoredAny>()? {
            None => Ok(read),
            // Left to the JSON reader, this would be told as a mistake of syntax.
            Some(_) => Err(A::Error::custom("there are more items than expected")),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<V::Value, A::Error> {
        let seen = BTreeSet::new();
        self.0.visit_map(Entries { entries, seen })
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Strict<S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<S::Value, D::Error> {
        self.0.deserialize(Strict(value))
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Strict<A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        self.0.next_element_seed(Strict(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

/// The entries of an object, each key once.
#[derive(Debug)]
struct Entries<A> {
    entries: A,
    seen: BTreeSet<String>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Entries<A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        let Some(key) = self.entries.next_key::<String>()? else {
            return Ok(None);
        };
        if self.seen.contains(&key) {
            let shown: String = key.chars().take(100).collect();
            return Err(A::Error::custom(format!(
                "the key `{shown}` stands here twice"
            )));
        }
        let read = seed.deserialize(key.as_str().into_deserializer())?;
        self.seen.insert(key);
        Ok(Some(read))
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.entries.next_value_seed(Strict(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.entries.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::Value;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    enum Shape {
        Point,
        Line(Ends),
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Ends {
        from: Option<i32>,
        to: Vec<(u8, f64)>,
    }

    fn read<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, String> {
        let mut json = serde_json::Deserializer::from_str(text);
        T::deserialize(Strict(&mut json)).map_err(|error| error.to_string())
    }

    #[test]
    fn what_fits_is_read_as_ever() {
        let text = r#"{"Line": {"from": -1, "to": [[1, 0.5]]}}"#;
        let line = Shape::Line(Ends {
            from: Some(-1),
            to: vec![(1, 0.5)],
        });
        assert_eq!(read(text), Ok(line));
        assert_eq!(read("\"Point\""), Ok(Shape::Point));
        let text = r#"{"a": [1, null, {"b": "\u0041"}], "c": true}"#;
        assert_eq!(read::<Value>(text).unwrap(), text.parse::<Value>().unwrap());
    }

    #[test]
    fn lists_are_no_objects_and_no_key_stands_twice() {
        for (text, expected) in [
            (r#"{"Line": [1, []]}"#, "invalid type: sequence"),
            (r#"{"Line": {"to": [{}]}}"#, "invalid type: map"),
            (
                r#"{"Line": {"from": 1, "from": 2}}"#,
                "`from` stands here twice",
            ),
            (
                r#"{"Line": {"from": 1, "\u0066rom": 2}}"#,
                "`from` stands here twice",
            ),
            (
                r#"{"Line": {"x": {"y": 1, "y": 1}, "to": []}}"#,
                "`y` stands here twice",
            ),
        ] {
            let error = read::<Shape>(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
        let error = read::<Shape>(r#"{"Line": {"to": []}, "Point": null}"#).unwrap_err();
        assert!(error.contains("one key was expected"), "{error}");
        assert!(read::<Value>(r#"[{"a": 1, "b": [{"a": 2, "a": 2}]}]"#).is_err());
        let error = read::<Shape>(r#"{"Point": null}"#).unwrap_err();
        assert!(error.contains("word by itself"), "{error}");
        let error = read::<Shape>(r#"{"Line": {"to": [[1, 0.5, 2]]}}"#).unwrap_err();
        assert!(error.contains("more items"), "{error}");
    }
}
