//! Lists that may not be of any length: an item takes memory, however few bytes it had in the answer.

use std::{fmt, marker::PhantomData};

use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// How many series one answer may have.
pub(crate) const MAX_SERIES: usize = 10_000;

/// How the error about a longer list begins. No error about the shape of an answer does.
pub(crate) const TOO_LONG: &str = "more than ";

/// A list of at most so many items; by default with one for each series.
pub(crate) struct Bounded<T, const MAX: usize = MAX_SERIES>(pub(crate) Vec<T>);

impl<T, const MAX: usize> Default for Bounded<T, MAX> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>, const MAX: usize> Deserialize<'de> for Bounded<T, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items<T, const MAX: usize>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>, const MAX: usize> Visitor<'de> for Items<T, MAX> {
            type Value = Bounded<T, MAX>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = list.next_element()? {
                    if items.len() == MAX {
                        return Err(de::Error::custom(too_long(MAX)));
                    }
                    items.push(item);
                }
                Ok(Bounded(items))
            }
        }
        deserializer.deserialize_seq(Items(PhantomData))
    }
}

/// That a list is longer than it may be.
pub(crate) fn too_long(most: usize) -> String {
    format!(
        "{TOO_LONG}{most} in one answer, of which each takes memory: ask for fewer, or aggregate"
    )
}

#[cfg(test)]
mod tests {
    use super::{Bounded, TOO_LONG};

    #[test]
    fn a_list_ends_where_it_has_to() {
        let read = |text: &str| serde_json::from_str::<Bounded<u8, 2>>(text);
        assert!(read("[]").is_ok_and(|list| list.0.is_empty()));
        assert_eq!(read("[1, 2]").map(|list| list.0).unwrap(), vec![1, 2]);
        let told = |text: &str| read(text).map(|list| list.0).unwrap_err().to_string();
        assert!(told("[1, 2, 3]").starts_with(TOO_LONG));
        // What is in the answer cannot look like it.
        assert!(!told("\"more than 2\"").starts_with(TOO_LONG));
        assert!(!told("[\"more than 2\"]").starts_with(TOO_LONG));
    }
}
