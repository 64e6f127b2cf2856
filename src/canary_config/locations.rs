//! Where the values of a YAML document stand in its text.

use std::collections::HashMap;

use granit_parser::{Event, Parser};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::parse::escape_pointer;

/// A place in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Location {
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
}

/// The places of all values of a document, by JSON pointer.
#[derive(Debug, Default)]
pub(super) struct Locations(HashMap<String, Location>);

impl Locations {
    /// Reads the places. What stands behind an alias is found where it is written; text that is no YAML has no places.
    pub(super) fn of(text: &str) -> Self {
        let mut found = Self::default();
        let mut open: Vec<Open> = Vec::new();
        for (event, span) in Parser::new_from_str(text).map_while(Result::ok) {
            let at = Location {
                line: span.start.line(),
                column: span.start.col() + 1,
            };
            #[expect(
                clippy::wildcard_enum_match_arm,
                reason = "a foreign enum that may grow; these events make up values"
            )]
            match event {
                Event::Scalar(value, ..) => {
                    // A key is not a value: it says where the value that follows is.
                    if let Some(Open::Map { pointer, key }) = open.last_mut()
                        && key.is_none()
                    {
                        let value = format!("{pointer}/{}", escape_pointer(&value));
                        found.0.insert(value.clone(), at);
                        *key = Some(value);
                    } else {
                        let pointer = next(&mut open);
                        found.0.entry(pointer).or_insert(at);
                    }
                }
                Event::Alias(_) => {
                    next(&mut open);
                }
                Event::SequenceStart(..) => {
                    let pointer = next(&mut open);
                    found.0.entry(pointer.clone()).or_insert(at);
                    open.push(Open::List { pointer, index: 0 });
                }
                Event::MappingStart(..) => {
                    let pointer = next(&mut open);
                    found.0.entry(pointer.clone()).or_insert(at);
                    open.push(Open::Map { pointer, key: None });
                }
                Event::SequenceEnd | Event::MappingEnd => {
                    open.pop();
                }
                // Only one document is read.
                Event::DocumentEnd => break,
                _ => {}
            }
        }
        found
    }

    /// The place of a value, or of the nearest one around it that is there.
    pub(super) fn find(&self, pointer: &str) -> Option<Location> {
        let mut pointer = pointer;
        loop {
            if let Some(found) = self.0.get(pointer) {
                return Some(*found);
            }
            pointer = &pointer[..pointer.rfind('/')?];
        }
    }
}

/// A list or map that has begun.
#[derive(Debug)]
enum Open {
    List {
        pointer: String,
        index: usize,
    },
    /// With the pointer of the value that comes next, once its key has been read.
    Map {
        pointer: String,
        key: Option<String>,
    },
}

/// The pointer of the value that begins now.
fn next(open: &mut [Open]) -> String {
    match open.last_mut() {
        None => String::new(),
        Some(Open::List { pointer, index }) => {
            *index += 1;
            format!("{pointer}/{}", *index - 1)
        }
        // A key that is itself a list or a map has no pointer.
        Some(Open::Map { pointer, key }) => key.take().unwrap_or_else(|| pointer.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_where_their_key_stands() {
        let text = "name: a\nmetrics:\n  - name: m\n    effect: {allowed: 5%}\n  - {x/y: 1}\n";
        let locations = Locations::of(text);
        for (pointer, line, column) in [
            ("/name", 1, 1),
            ("/metrics", 2, 1),
            ("/metrics/0", 3, 5),
            ("/metrics/0/effect/allowed", 4, 14),
            ("/metrics/1/x~1y", 5, 6),
            ("/metrics/0/missing", 3, 5),
        ] {
            let expected = Some(Location { line, column });
            assert_eq!(locations.find(pointer), expected, "{pointer}");
        }
        assert_eq!(Locations::of("{").find("/a"), Locations::of("{").find(""));
    }
}
