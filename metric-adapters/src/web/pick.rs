//! Takes out of a text of JSON what two paths lead to, in one pass and without the rest.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::scalar::Scalar;
use super::steps::Step;

/// What each path found: nothing where its list is not there or is no list.
pub(super) type Found<'de> = [Option<Vec<Scalar<'de>>>; 2];

/// The steps that are still to go, of each path that leads through here.
type Ahead<'p> = [Option<&'p [Step]>; 2];

/// Reads a document along two paths.
///
/// # Errors
/// The text is no JSON, or an object on the way has two members of the name that is looked for.
pub(super) fn pick<'de>(
    text: &'de [u8],
    paths: [&[Step]; 2],
) -> Result<Found<'de>, serde_json::Error> {
    let mut found = [None, None];
    let mut document = serde_json::Deserializer::from_slice(text);
    let ahead = paths.map(Some);
    Way {
        ahead,
        found: &mut found,
    }
    .deserialize(&mut document)?;
    document.end()?;
    Ok(found)
}

/// A place in the document that a path leads through.
struct Way<'f, 'p, 'de> {
    ahead: Ahead<'p>,
    found: &'f mut Found<'de>,
}

impl<'p, 'de> Way<'_, 'p, 'de> {
    /// Whoever ends here takes what is here.
    fn take(self, here: Scalar<'de>) {
        let ending = |ahead: &Option<&[Step]>| ahead.is_some_and(<[Step]>::is_empty);
        match self.ahead.each_ref().map(ending) {
            [true, true] => {
                push(&mut self.found[0], here.clone());
                push(&mut self.found[1], here);
            }
            [true, false] => push(&mut self.found[0], here),
            [false, true] => push(&mut self.found[1], here),
            [false, false] => {}
        }
    }

    /// The paths that lead on by a step.
    fn on(&self, leads: impl Fn(&Step) -> bool) -> Ahead<'p> {
        self.ahead.map(|ahead| match ahead? {
            [step, rest @ ..] if leads(step) => Some(rest),
            _ => None,
        })
    }
}

fn push<'de>(list: &mut Option<Vec<Scalar<'de>>>, item: Scalar<'de>) {
    list.get_or_insert_default().push(item);
}

impl<'de> DeserializeSeed<'de> for Way<'_, '_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.ahead == [None, None] {
            return deserializer.deserialize_ignored_any(IgnoredAny).map(drop);
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Way<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        self.take(Scalar::Null);
        Ok(())
    }

    fn visit_bool<E>(self, truth: bool) -> Result<(), E> {
        self.take(Scalar::truth(truth));
        Ok(())
    }

    #[expect(clippy::cast_precision_loss, reason = "samples are doubles")]
    fn visit_i64<E>(self, number: i64) -> Result<(), E> {
        self.take(Scalar::Number(number as f64));
        Ok(())
    }

    #[expect(clippy::cast_precision_loss, reason = "samples are doubles")]
    fn visit_u64<E>(self, number: u64) -> Result<(), E> {
        self.take(Scalar::Number(number as f64));
        Ok(())
    }

    fn visit_f64<E>(self, number: f64) -> Result<(), E> {
        self.take(Scalar::Number(number));
        Ok(())
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<(), E> {
        self.take(Scalar::Text(Cow::Borrowed(text)));
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.take(Scalar::Text(Cow::Owned(text.to_owned())));
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        for (list, ahead) in self.found.iter_mut().zip(self.ahead) {
            if matches!(ahead, Some([Step::Items, ..])) {
                *list = Some(Vec::new());
            }
        }
        let ahead = self.ahead;
        for index in 0.. {
            let way = Way {
                ahead: self.on(|step| *step == Step::Items || *step == Step::Item(index)),
                found: &mut *self.found,
            };
            if items.next_element_seed(way)?.is_none() {
                break;
            }
        }
        Way {
            ahead,
            found: self.found,
        }
        .take(Scalar::LIST);
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut passed = [false; 2];
        while let Some(Name(name)) = members.next_key()? {
            let ahead = self.on(|step| matches!(step, Step::Member(wanted) if *wanted == name));
            for (passed, ahead) in passed.iter_mut().zip(ahead) {
                if *passed && ahead.is_some() {
                    return Err(A::Error::custom(format_args!("two members `{name}`")));
                }
                *passed |= ahead.is_some();
            }
            members.next_value_seed(Way {
                ahead,
                found: &mut *self.found,
            })?;
        }
        self.take(Scalar::OBJECT);
        Ok(())
    }
}

/// The name of a member, in place where it can be.
#[derive(serde::Deserialize)]
struct Name<'n>(#[serde(borrow)] Cow<'n, str>);

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{Found, pick};
    use crate::web::ListPath;

    /// Both ways of following paths find the same.
    #[test]
    fn what_is_picked_is_what_the_paths_select() {
        let documents = [
            r#"{"points": [{"t": 1, "v": 2.5, "o": {"t": 3}}, {"v": null, "t": "x\n"}, {}, 7, [1, 2], {"t": [], "v": {}}]}"#,
            r#"{"points": [], "other": [1, -2, 1e3, 18446744073709551615, true]}"#,
            r#"{"points": {"t": [1]}, "other": null}"#,
            r#"[{"points": [1]}, [[2, 3], [4, 5]]]"#,
            r#"[[1, [2]], [3, 4], []]"#,
            r#""points""#,
            "7",
        ];
        let paths = [
            "$.points[*].t",
            "$.points[*].v",
            "$.points[*].o.t",
            "$.points[*]",
            "$.points[*][1]",
            "$.other[*]",
            "$['points'].t[*]",
            "$[*]",
            "$[*][0]",
            "$[1][*][1]",
            "$[0].points[*]",
        ]
        .map(|path| ListPath::try_from(path.to_owned()).unwrap());
        let mut found_something = 0;
        for document in documents {
            let whole: Value = serde_json::from_str(document).unwrap();
            for one in &paths {
                for other in &paths {
                    let steps = [one, other].map(|path| path.steps().unwrap());
                    let picked = pick(document.as_bytes(), steps).unwrap();
                    let expected: Found<'_> = [one.select(&whole), other.select(&whole)];
                    assert_eq!(picked, expected, "{document} {one:?} {other:?}");
                    found_something += usize::from(picked[0].is_some());
                }
            }
        }
        assert_eq!(found_something, 19 * paths.len());
    }

    #[test]
    fn what_is_no_json_is_told() {
        let path = ListPath::try_from("$.a[*]".to_owned()).unwrap();
        let steps = [path.steps().unwrap(); 2];
        for (text, part) in [
            ("", "EOF"),
            (r#"{"a": [1, 2"#, "EOF"),
            (r#"{"a": [1]} {}"#, "trailing"),
            (r#"{"a": [1], "b": [}"#, "expected value"),
            (r#"{"a": [1], "a": [2]}"#, "two members `a`"),
            (r#"{"a": [1e999]}"#, "out of range"),
        ] {
            let error = pick(text.as_bytes(), steps).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
        let deep = format!("{{\"b\": {}", "[".repeat(100_000));
        assert!(pick(deep.as_bytes(), steps).is_err());
    }
}
