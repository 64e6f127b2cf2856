//! A choice that can be declined where it would be inherited.

use std::{fmt, marker::PhantomData};

use serde::{Deserialize, Deserializer, Serialize, de};
use utoipa::ToSchema;

/// A choice, or the word `none` for the choice of having none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum OrNone<T> {
    /// Chosen.
    Chosen(T),
    /// Declined: what the config chooses for all metrics does not hold here.
    Declined(Declined),
}

/// The word that declines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Declined {
    /// Without.
    None,
}

impl<T> OrNone<T> {
    /// What is chosen, if anything.
    pub fn chosen(&self) -> Option<&T> {
        match self {
            Self::Chosen(choice) => Some(choice),
            Self::Declined(Declined::None) => None,
        }
    }
}

/// Not derived, as an untagged enum would not say which part of a choice is wrong.
impl<'de, T: Deserialize<'de>> Deserialize<'de> for OrNone<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> de::Visitor<'de> for Visitor<T> {
            type Value = OrNone<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object, or `none`")
            }

            fn visit_str<E: de::Error>(self, word: &str) -> Result<OrNone<T>, E> {
                match word {
                    "none" => Ok(OrNone::Declined(Declined::None)),
                    other => Err(E::invalid_value(de::Unexpected::Str(other), &self)),
                }
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<OrNone<T>, A::Error> {
                T::deserialize(de::value::MapAccessDeserializer::new(map)).map(OrNone::Chosen)
            }
        }
        deserializer.deserialize_any(Visitor(PhantomData))
    }
}
