//! Query texts with variables.
//!
//! | written | becomes |
//! |---|---|
//! | `${name}` | the value of `name`; an error when there is none |
//! | `${name:-default}` | the value of `name`, or the text between `:-` and `}` |
//! | `$${` | the two characters `${` |
//! | any other `$` | itself |
//!
//! A name begins with a letter or `_` and goes on with letters, digits, `_`, `.` and `-` (ASCII). A default is part
//! of the query: it is taken as written, may be empty, and holds no `}` and no `${`.

mod escaping;
mod place;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

pub use escaping::Escaping;
use place::Reader;

/// The longest query template, in bytes.
pub const MAX_TEMPLATE_BYTES: usize = 64 << 10;
/// The longest rendered query, in bytes.
pub const MAX_RENDERED_BYTES: usize = 256 << 10;

/// A parsed query template.
///
/// ```
/// use std::collections::BTreeMap;
/// use serinus_adapters::template::{Escaping, Template};
/// let template = Template::parse(r#"rate(requests{app="${scope}",zone="${zone:-a}"}[1m])"#)?;
/// let values = BTreeMap::from([("scope".to_owned(), "shop".to_owned())]);
/// assert_eq!(
///     template.render(&values, Escaping::PromqlString)?,
///     r#"rate(requests{app="shop",zone="a"}[1m])"#
/// );
/// # Ok::<(), serinus_adapters::template::TemplateError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Variable {
        name: String,
        default: Option<String>,
    },
}

/// A template is not well formed, or cannot be rendered with the given values.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TemplateError {
    /// A variable without default has no value.
    #[error("the variable `${{{name}}}` has no value and no default")]
    Undefined {
        /// The variable's name.
        name: String,
    },
    /// A value would leave its place in the query.
    #[error("the value of `${{{name}}}` {must}, where it stands in the query")]
    Unfit {
        /// The variable's name.
        name: String,
        /// What its value must be.
        must: String,
    },
    /// The text does not follow the rules of this module.
    #[error("{problem}, at character {at} of the query template")]
    Syntax {
        /// Where the variable in question begins, counted in characters from 1.
        at: usize,
        /// What is wrong.
        problem: &'static str,
    },
    /// The template or the rendered text is longer than the limit.
    #[error("the {what} is longer than {limit} bytes")]
    TooLong {
        /// Which of the two.
        what: &'static str,
        /// The limit in bytes.
        limit: usize,
    },
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// [`TemplateError::Syntax`] for an unclosed or nested `${` and for names outside the rules;
    /// [`TemplateError::TooLong`] beyond [`MAX_TEMPLATE_BYTES`].
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        if text.len() > MAX_TEMPLATE_BYTES {
            return Err(TemplateError::TooLong {
                what: "query template",
                limit: MAX_TEMPLATE_BYTES,
            });
        }
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(dollar) = rest.find('$') {
            literal.push_str(&rest[..dollar]);
            rest = &rest[dollar..];
            if let Some(after) = rest.strip_prefix("$${") {
                literal.push_str("${");
                rest = after;
            } else if let Some(after) = rest.strip_prefix("${") {
                let at = text[..text.len() - rest.len()].chars().count() + 1;
                let syntax = |problem| TemplateError::Syntax { at, problem };
                let (inside, after) = after
                    .split_once('}')
                    .ok_or_else(|| syntax("`${` without `}`"))?;
                if !literal.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut literal)));
                }
                parts.push(variable(inside).map_err(syntax)?);
                rest = after;
            } else {
                literal.push('$');
                rest = &rest[1..];
            }
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            parts.push(Part::Text(literal));
        }
        Ok(Self { parts })
    }

    /// The names of all variables, each once, in alphabetical order.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.names(|_| true)
    }

    /// The names of the variables that need a value: those that stand at least once without a default.
    pub fn required(&self) -> impl Iterator<Item = &str> {
        self.names(|default| default.is_none())
    }

    fn names(&self, wanted: impl Fn(Option<&String>) -> bool) -> impl Iterator<Item = &str> {
        let names: BTreeSet<&str> = self
            .parts
            .iter()
            .filter_map(|part| match part {
                Part::Variable { name, default } if wanted(default.as_ref()) => Some(name.as_str()),
                Part::Variable { .. } | Part::Text(_) => None,
            })
            .collect();
        names.into_iter()
    }

    /// Puts values in. Values without a variable are ignored.
    ///
    /// Between the quotes that `escaping` is made for, a value may be any text. Between others it must not hold these, and outside of
    /// quotes it is one word or number: letters, digits and `_ . :` (ASCII), what else names hold in that language, and no operator.
    /// In a comment that begins its line it may be any text that does not end the comment.
    /// Defaults are part of the query, and stand as they are.
    ///
    /// # Errors
    /// [`TemplateError::Undefined`] for the first variable without value and default; [`TemplateError::Unfit`] for a value that
    /// would leave its place;
    /// [`TemplateError::TooLong`] beyond [`MAX_RENDERED_BYTES`].
    pub fn render(
        &self,
        values: &BTreeMap<String, String>,
        escaping: Escaping,
    ) -> Result<String, TemplateError> {
        self.render_with(|name| values.get(name).map(String::as_str), escaping)
    }

    /// Like [`render`](Self::render), with a function that knows the values.
    ///
    /// # Errors
    /// As `render`.
    pub fn render_with<'v>(
        &self,
        lookup: impl Fn(&str) -> Option<&'v str>,
        escaping: Escaping,
    ) -> Result<String, TemplateError> {
        let mut text = String::new();
        let mut reader = Reader::new(escaping);
        for part in &self.parts {
            let piece = match part {
                Part::Text(literal) => {
                    reader.read(literal);
                    Cow::Borrowed(literal.as_str())
                }
                Part::Variable { name, default } => match (lookup(name), default) {
                    (Some(value), _) => {
                        let place = reader.place();
                        reader.pass();
                        let unfit = |must| TemplateError::Unfit {
                            name: name.clone(),
                            must,
                        };
                        escaping.placed(value, place).map_err(unfit)?
                    }
                    (None, Some(default)) => {
                        reader.read(default);
                        Cow::Borrowed(default.as_str())
                    }
                    (None, None) => return Err(TemplateError::Undefined { name: name.clone() }),
                },
            };
            if text.len() + piece.len() > MAX_RENDERED_BYTES {
                return Err(TemplateError::TooLong {
                    what: "rendered query",
                    limit: MAX_RENDERED_BYTES,
                });
            }
            text.push_str(&piece);
        }
        Ok(text)
    }
}

/// Reads what stands between `${` and `}`.
fn variable(inside: &str) -> Result<Part, &'static str> {
    if inside.contains("${") {
        return Err("`${` inside a variable");
    }
    let (name, default) = match inside.split_once(":-") {
        Some((name, default)) => (name, Some(default.to_owned())),
        None => (inside, None),
    };
    let begins_well = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let goes_on_well = name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'));
    if !(begins_well && goes_on_well) {
        return Err("a variable's name is a letter or `_`, then letters, digits, `_`, `.` or `-`");
    }
    Ok(Part::Variable {
        name: name.to_owned(),
        default,
    })
}
