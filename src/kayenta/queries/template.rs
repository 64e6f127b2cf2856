//! From Kayenta's templates to native ones. Both write `${name}`, `${name:-default}` and `$${`; what differs is which names
//! are bound and what happens to odd ones.

use std::borrow::Cow;

use super::super::warnings::Warnings;

/// The variables that are bound for a store's templates besides the request's parameters, with their native names.
pub(super) type Bound = &'static [(&'static str, &'static str)];

/// Names that every native query has; a parameter cannot have them.
const BUILT_IN: [&str; 4] = ["scope", "location", "window", "step"];

/// The native name of one of Kayenta's `extendedScopeParams`: the same, unless it is built in here or has characters that a
/// native variable cannot have.
pub fn param_name(name: &str) -> Cow<'_, str> {
    if BUILT_IN.contains(&name) {
        return Cow::Owned(format!("{name}_param"));
    }
    let starts = |c: char| c.is_ascii_alphabetic() || c == '_';
    let goes_on = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    if name.starts_with(starts) && name.chars().all(goes_on) {
        return Cow::Borrowed(name);
    }
    let cleaned: String = (name.chars())
        .map(|c| if goes_on(c) { c } else { '_' })
        .collect();
    Cow::Owned(if cleaned.starts_with(starts) {
        cleaned
    } else {
        format!("_{cleaned}")
    })
}

/// A text that Kayenta takes as it is.
pub(super) fn literal(text: &str) -> String {
    text.replace("${", "$${")
}

/// A template as Kayenta writes it, with `${` or, once stored, `$\{`.
pub(super) struct Template<'a> {
    pub(super) text: &'a str,
    /// Where it stands.
    pub(super) at: &'a str,
    pub(super) bound: Bound,
    /// Bound variables for which the query has a value of its own.
    pub(super) own: &'a [(&'static str, &'a str)],
}

impl Template<'_> {
    /// The native template.
    pub(super) fn native(&self, warnings: &mut Warnings) -> String {
        let text = unescaped(self.text);
        let mut native = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some(dollar) = rest.find('$') {
            native.push_str(&rest[..dollar]);
            rest = &rest[dollar..];
            if let Some(after) = rest.strip_prefix("$${") {
                native.push_str("$${");
                rest = after;
            } else if let Some(after) = rest.strip_prefix("${") {
                match after.split_once('}') {
                    Some((inside, after)) => {
                        native.push_str(&self.variable(inside, warnings));
                        rest = after;
                    }
                    // Without an end it is text.
                    None => {
                        native.push_str("$${");
                        rest = after;
                    }
                }
            } else {
                native.push('$');
                rest = &rest[1..];
            }
        }
        native + rest
    }

    /// What stands for `${inside}`.
    fn variable(&self, inside: &str, warnings: &mut Warnings) -> String {
        let (name, default) = match inside.split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (inside, None),
        };
        let bound = self.bound.iter().find(|(kayenta, _)| *kayenta == name);
        let native = bound.map_or_else(|| param_name(name), |(_, native)| Cow::Borrowed(*native));
        if bound.is_none() && native != name {
            let detail = format!(
                "`${{{name}}}`, from the request's `extendedScopeParams`, is called `${{{native}}}` here: give the parameter by that name"
            );
            warnings.add(self.at, detail);
        }
        let own = self.own.iter().find(|(own, _)| *own == name);
        let own = own.map(|(_, value)| *value);
        let default = own.filter(|own| !own.contains('}')).or(default);
        match default {
            // Kayenta would take everything up to the first brace for the default, and leave a brace behind.
            Some(default) if default.contains("${") => {
                let detail = format!(
                    "the default of `${{{name}}}` has a variable in it, which Kayenta does not replace; it is left out"
                );
                warnings.add(self.at, detail);
                format!("${{{native}}}")
            }
            Some(default) => format!("${{{native}:-{default}}}"),
            None => format!("${{{native}}}"),
        }
    }
}

/// Stored configs hide `${` from Spinnaker's own expressions as `$\{`.
pub(super) fn unescaped(text: &str) -> String {
    text.replace("$\\{", "${")
}
