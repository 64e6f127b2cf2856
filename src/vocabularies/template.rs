//! Queries with the variables of other template languages.

use super::notes::Notes;

/// A text that the native language takes as it is.
pub(super) fn literal(text: &str) -> String {
    text.replace("${", "$${")
}

/// Rewrites `{{ .. }}`: `native` gives what an expression becomes, if it is one that has a counterpart.
///
/// What has none stays in as it was, and is told; `false` if there was such a thing.
pub(super) fn braces(
    text: &str,
    at: &str,
    notes: &mut Notes,
    native: impl Fn(&str) -> Option<String>,
) -> (String, bool) {
    let (mut out, mut rest, mut whole) = (String::new(), text, true);
    while let Some((before, after)) = rest.split_once("{{") {
        out += &literal(before);
        let Some((expression, more)) = after.split_once("}}") else {
            rest = &rest[before.len()..];
            break;
        };
        // Go's templates trim spaces around `{{-` and `-}}`.
        let bare = expression.trim_matches('-').trim();
        match native(bare) {
            Some(text) => out += &text,
            None => {
                whole = false;
                let shown: String = bare.chars().take(100).collect();
                notes.add(
                    at,
                    format!("{{{{ {shown} }}}} has no counterpart and stays in the query as it is"),
                );
                out += &literal(&format!("{{{{{expression}}}}}"));
            }
        }
        rest = more;
    }
    out += &literal(rest);
    (out, whole)
}

/// A native variable, if the name can be one's.
pub(super) fn variable(name: &str) -> Option<String> {
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let goes_on = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    (starts && name.chars().all(goes_on)).then(|| format!("${{{name}}}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_become_variables() {
        let mut notes = Notes::default();
        let args = |name: &str| variable(name.strip_prefix("args.")?);
        let text = r#"rate(a{app="{{args.app}}",x="${y}"}[{{- args.time-window -}}])"#;
        let (query, whole) = braces(text, "/q", &mut notes, args);
        assert_eq!(query, r#"rate(a{app="${app}",x="$${y}"}[${time-window}])"#);
        assert!(whole && notes.into_vec().is_empty());

        let mut notes = Notes::default();
        let (query, whole) = braces("a{{ if .x }}b}} {{ c", "/q", &mut notes, args);
        assert_eq!(query, "a{{ if .x }}b}} {{ c");
        assert!(!whole);
        assert_eq!(notes.into_vec().len(), 1);
    }
}
