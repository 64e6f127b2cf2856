//! Takes out of a text of JSON what two paths lead to, times and values, in one pass and without the rest.
//!
//! Both are paired by their order. Where both paths go through the items of one list, each item has to have both or neither:
//! else the value of one could be given the time of another. The whole language, which reads paths that have more than names
//! and numbers, does not see to that, and only counts: `ListPath::select`.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::scalar::Scalar;
use super::steps::Step;

/// What each path found: nothing where its list is not there or is no list.
pub(super) type Found<'de> = [Option<Vec<Scalar<'de>>>; 2];

/// The steps that are still to go, of each path that leads through here.
type Ahead<'p> = [Option<&'p [Step]>; 2];

/// Reads a document along two paths, that of the times and that of the values.
///
/// # Errors
/// The text is no JSON, an object on the way has two members of the name that is looked for, or an item of a list that
/// both paths go through has only one of the two.
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
        let shared = matches!(ahead, [Some([Step::Items, ..]), Some([Step::Items, ..])]);
        for index in 0.. {
            let way = Way {
                ahead: self.on(|step| *step == Step::Items || *step == Step::Item(index)),
                found: &mut *self.found,
            };
            if items.next_element_seed(way)?.is_none() {
                break;
            }
            let [times, values] = self
                .found
                .each_ref()
                .map(|list| list.as_ref().map(Vec::len));
            if shared && times != values {
                let (one, other) = if times > values {
                    ("time", "value")
                } else {
                    ("value", "time")
                };
                return Err(A::Error::custom(format_args!(
                    "item {index} of the list, from 0, has a {one} and no {other}"
                )));
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
    use serde_json_path::{JsonPath, NormalizedPath};

    use super::{Found, Step, pick};
    use crate::web::ListPath;

    /// The items of a path's list in which the whole language finds something.
    fn items(path: &str, steps: &[Step], whole: &Value) -> Vec<usize> {
        let list = steps.iter().position(|step| *step == Step::Items).unwrap();
        let found = JsonPath::parse(path).unwrap().query_located(whole);
        // `*` leads to the members of an object as well, which are no items.
        let item = |place: &NormalizedPath<'_>| place.get(list)?.as_index();
        found.locations().filter_map(item).collect()
    }

    /// Both ways of following paths find the same, but for items that have one of the two.
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
        .map(|path| (path, ListPath::try_from(path.to_owned()).unwrap()));
        let (mut found_something, mut refused) = (0, 0);
        for document in documents {
            let whole: Value = serde_json::from_str(document).unwrap();
            for one in &paths {
                for other in &paths {
                    let steps = [one, other].map(|(_, path)| path.steps().unwrap());
                    let picked = pick(document.as_bytes(), steps);
                    let expected: Found<'_> = [one, other].map(|(_, path)| path.select(&whole));
                    found_something += usize::from(expected[0].is_some());
                    let [list, other_list] =
                        steps.map(|steps| steps.split(|step| *step == Step::Items).next().unwrap());
                    let [has, other_has] = [(one, steps[0]), (other, steps[1])]
                        .map(|((path, _), steps)| items(path, steps, &whole));
                    if list == other_list && has != other_has {
                        refused += 1;
                        let error = picked.unwrap_err().to_string();
                        assert!(
                            error.contains("of the list"),
                            "{document} {one:?} {other:?}: {error}"
                        );
                    } else {
                        assert_eq!(picked.unwrap(), expected, "{document} {one:?} {other:?}");
                    }
                }
            }
        }
        assert_eq!(found_something, 19 * paths.len());
        assert!(refused > 10, "{refused}");
    }

    #[test]
    fn no_value_is_given_the_time_of_another_item() {
        let [times, values, apart] = ["$.points[*].t", "$.points[*].v", "$.other[*]"]
            .map(|path| ListPath::try_from(path.to_owned()).unwrap());
        for (points, expected) in [
            (
                r#"{"t":60,"v":1},{"t":120},{"v":9}"#,
                "item 1 of the list, from 0, has a time and no value",
            ),
            (
                r#"{"v":9},{"t":60}"#,
                "item 0 of the list, from 0, has a value and no time",
            ),
        ] {
            let document = format!(r#"{{"points":[{points}],"other":[1,2]}}"#);
            let steps = [&times, &values].map(|path| path.steps().unwrap());
            let error = pick(document.as_bytes(), steps).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
            // Of two lists, items need not be the same ones.
            let steps = [&apart, &values].map(|path| path.steps().unwrap());
            assert!(pick(document.as_bytes(), steps).is_ok());
        }
        let neither = r#"{"points":[{"t":60,"v":1},{},{"t":180,"v":null}]}"#;
        let steps = [&times, &values].map(|path| path.steps().unwrap());
        let [times, values] = pick(neither.as_bytes(), steps).unwrap();
        assert_eq!((times.unwrap().len(), values.unwrap().len()), (2, 2));
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
