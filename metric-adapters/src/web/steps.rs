//! Paths of names and numbers alone.

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// To the member of this name.
    Member(String),
    /// To the item of this number, from 0.
    Item(usize),
    /// To every item.
    Items,
}

/// The steps of a `JSONPath` that has a single `[*]` and else nothing but names and numbers; nothing if it has more than that.
pub(super) fn of(path: &str) -> Option<Vec<Step>> {
    let mut rest = path.strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let (step, after) = if let Some(name) = rest.strip_prefix('.') {
            let end = name.find(['.', '[']).unwrap_or(name.len());
            let (name, after) = name.split_at(end);
            (Step::Member(plain(name)?.to_owned()), after)
        } else {
            let (inside, after) = rest.strip_prefix('[')?.split_once(']')?;
            (bracketed(inside)?, after)
        };
        steps.push(step);
        rest = after;
    }
    let lists = steps.iter().filter(|&step| *step == Step::Items).count();
    (lists == 1).then_some(steps)
}

fn bracketed(inside: &str) -> Option<Step> {
    if inside == "*" {
        return Some(Step::Items);
    }
    if let Ok(index) = inside.parse() {
        return Some(Step::Item(index));
    }
    let quoted = |quote| inside.strip_prefix(quote)?.strip_suffix(quote);
    let name = quoted('\'').or_else(|| quoted('"'))?;
    // Escapes, and brackets in names, are left to the whole language.
    (!name.contains(['\\', '\'', '"', '['])).then(|| Step::Member(name.to_owned()))
}

/// A name that stands in a path without quotes.
fn plain(name: &str) -> Option<&str> {
    let is_plain = |character: char| character.is_alphanumeric() || character == '_';
    let is_name = !name.is_empty() && name.chars().all(is_plain);
    is_name.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::{Step, of};

    #[test]
    fn names_and_numbers_are_steps() {
        let member = |name: &str| Step::Member(name.to_owned());
        for (path, steps) in [
            ("$[*]", vec![Step::Items]),
            ("$[*][0]", vec![Step::Items, Step::Item(0)]),
            (
                "$.a['b c'][*].v[\"m.x\"]",
                vec![
                    member("a"),
                    member("b c"),
                    Step::Items,
                    member("v"),
                    member("m.x"),
                ],
            ),
        ] {
            assert_eq!(of(path), Some(steps), "{path}");
        }
    }

    #[test]
    fn everything_else_is_left_to_the_whole_language() {
        for path in [
            "$..a[*]",
            "$.a[*].b[*]",
            "$.a",
            "$.a[-1][*]",
            "$.a[0:2][*]",
            "$.a[?@.x][*]",
            "$['a','b'][*]",
            "$['it\\'s'][*]",
            "$['a[0]'][*]",
            "$.*[*]",
            "$ .a[*]",
            "a[*]",
        ] {
            assert_eq!(of(path), None, "{path}");
        }
    }
}
