//! What stands in the columns of a row.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// One cell.
pub(super) enum Cell<'a> {
    Text(Cow<'a, str>),
    Number(f64),
    Gap,
    /// Neither of them.
    Other,
}

/// The cells of a row with the names of their columns.
pub(super) struct Row<'a>(pub(super) Vec<(Cow<'a, str>, Cell<'a>)>);

/// A text that is copied only if it has escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Deserialize<'de> for Row<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Cells;
        impl<'de> Visitor<'de> for Cells {
            type Value = Row<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a row with the names of its columns")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Row<'de>, A::Error> {
                let mut cells = Vec::new();
                while let Some((Text(name), cell)) = map.next_entry()? {
                    cells.push((name, cell));
                }
                Ok(Row(cells))
            }
        }
        deserializer.deserialize_map(Cells)
    }
}

impl<'de> Deserialize<'de> for Cell<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Cell<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a cell")
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Cell<'de>, E> {
                Ok(Cell::Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Cell<'de>, E> {
                Ok(Cell::Text(Cow::Owned(text.to_owned())))
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Cell<'de>, E> {
                Ok(Cell::Number(number))
            }

            #[expect(
                clippy::cast_precision_loss,
                reason = "a sample is a double, however the store writes it"
            )]
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Cell<'de>, E> {
                Ok(Cell::Number(number as f64))
            }

            #[expect(
                clippy::cast_precision_loss,
                reason = "a sample is a double, however the store writes it"
            )]
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Cell<'de>, E> {
                Ok(Cell::Number(number as f64))
            }

            fn visit_unit<E: de::Error>(self) -> Result<Cell<'de>, E> {
                Ok(Cell::Gap)
            }

            fn visit_bool<E: de::Error>(self, _: bool) -> Result<Cell<'de>, E> {
                Ok(Cell::Other)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Cell<'de>, A::Error> {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Cell::Other)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Cell<'de>, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Cell::Other)
            }
        }
        deserializer.deserialize_any(Any)
    }
}
