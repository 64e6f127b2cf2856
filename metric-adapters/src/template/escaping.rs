//! How values are written into queries.

use std::borrow::Cow;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::place::{Place, RAW};

/// How a value is written into the query so that it stays a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escaping {
    /// For the inside of a double-quoted PromQL string: backslash, quote and newline are escaped.
    /// In a `=~` matcher the value is still a regular expression, which is meant: `app=~"${scope}-.*"`.
    PromqlString,
    /// For the inside of an `InfluxQL` string between single quotes, likewise.
    InfluxqlString,
    /// For the inside of an SQL string between single quotes, where a quote is written twice.
    SqlString,
    /// For the inside of a Flux string, where `${` begins an expression.
    FluxString,
    /// For a Datadog tag, or a part of one: whatever cannot stand in a tag becomes `_`, as Datadog does itself.
    DatadogTag,
    /// For a Graphite path or a part of one: whatever means something in Graphite's language becomes `_`, the dot not.
    GraphitePath,
    /// For the inside of a `SignalFlow` string between quotes of either kind.
    SignalflowString,
    /// For the inside of a string in JSON.
    JsonString,
    /// For an Atlas tag value, or a part of one: whatever cannot stand in one becomes `_`, as Atlas does itself.
    AtlasTag,
    /// For the inside of a string in NRQL, as [`Unquoted`](Self::Unquoted); NRQL has comments.
    NrqlString,
    /// For the inside of a string between quotes of any kind, where a language has no documented way to escape them:
    /// quotes, backslashes, tildes and control characters become `_`.
    Unquoted,
    /// For the inside of a string in Wavefront's language, as [`Unquoted`](Self::Unquoted), or a filter outside of quotes: `key=value`,
    /// with `*` for any.
    WavefrontFilter,
    /// For Dynatrace's selectors: as [`Unquoted`](Self::Unquoted), and names outside of quotes may have dashes.
    DynatraceSelector,
    /// For a part of a URL's path or query string: whatever means something there is percent-encoded.
    UrlPart,
    /// The value as it is.
    None,
}

impl Escaping {
    /// Writes one value so that it stays in its place, or says what it must be.
    pub(super) fn placed(self, value: &str, place: Option<Place>) -> Result<Cow<'_, str>, String> {
        match place {
            None => Ok(self.apply(value)),
            Some(Place::Within(quote)) if self.is_for(quote) => Ok(self.apply(value)),
            Some(Place::Within(quote)) if value.contains(quote) => {
                Err(format!("must not hold a {quote}"))
            }
            Some(Place::Within(RAW)) => Ok(Cow::Borrowed(value)),
            // Between these Prometheus refuses a backslash before the other quote.
            Some(Place::Within('\'')) if self == Self::PromqlString => Ok(backslashed(value, &[])),
            Some(Place::Within(_)) => Ok(self.apply(value)),
            Some(Place::Line) if value.contains(ends_line) => {
                Err("must not hold line breaks or control characters".to_owned())
            }
            Some(Place::Block) if ends_block(value) => {
                Err("must not hold `*/` or `/*`, nor begin or end with `*` or `/`".to_owned())
            }
            Some(Place::Line | Place::Block) => Ok(Cow::Borrowed(value)),
            Some(place @ (Place::Bare | Place::Joined)) => {
                if self.is_plain(value, place) {
                    Ok(Cow::Borrowed(value))
                } else {
                    let more = self.in_words();
                    let more: String = more.chars().flat_map(|c| [' ', c]).collect();
                    let or = match place {
                        Place::Bare => ", or be a number",
                        // Its sign would be an operator.
                        Place::Joined | Place::Within(_) | Place::Line | Place::Block => "",
                    };
                    Err(format!(
                        "may hold letters, digits and `_ . :{more}` alone, without `--` and `//`{or}"
                    ))
                }
            }
        }
    }

    /// What else a word outside of quotes may hold. A language that reads these as operators has none of them: a value `m/m` in
    /// place of `m` would be 1 on both sides, whatever the release does.
    fn in_words(self) -> &'static str {
        match self {
            Self::WavefrontFilter => "-/=*",
            // JSON knows no operators.
            Self::DynatraceSelector | Self::JsonString => "-",
            Self::PromqlString
            | Self::InfluxqlString
            | Self::SqlString
            | Self::FluxString
            | Self::SignalflowString
            | Self::NrqlString
            | Self::Unquoted => "",
            // What these escape stands nowhere outside of quotes.
            Self::DatadogTag | Self::GraphitePath | Self::AtlasTag | Self::UrlPart | Self::None => {
                ""
            }
        }
    }

    /// Whether a value is one word or number outside of quotes.
    fn is_plain(self, value: &str, place: Place) -> bool {
        let apart = place == Place::Bare;
        // Only where a value stands apart are the signs in it its own: in `cpu_1e-5` they would be operators.
        if apart && (is_number(value) || (self == Self::FluxString && is_time(value))) {
            return true;
        }
        let word = match value.strip_prefix('-') {
            Some(rest) if apart && rest.starts_with(|c: char| c.is_ascii_digit()) => rest,
            Some(_) => return false,
            None => value,
        };
        let words = self.in_words();
        let fits = |c: char| c.is_ascii_alphanumeric() || "_.:".contains(c) || words.contains(c);
        // Each of these begins a comment somewhere.
        let is_comment = ["--", "//", "/*"].iter().any(|mark| word.contains(mark));
        !is_comment && word.chars().all(fits)
    }

    /// Whether any text can stand between these.
    fn is_for(self, quote: char) -> bool {
        match self {
            Self::PromqlString | Self::FluxString | Self::JsonString => quote == '"',
            Self::InfluxqlString | Self::SqlString => quote == '\'',
            Self::SignalflowString
            | Self::NrqlString
            | Self::Unquoted
            | Self::WavefrontFilter
            | Self::DynatraceSelector => true,
            // They know no quotes.
            Self::DatadogTag | Self::GraphitePath | Self::AtlasTag | Self::UrlPart | Self::None => {
                true
            }
        }
    }

    /// Writes one value in the form that is safe where this escaping applies.
    #[must_use]
    pub fn apply(self, value: &str) -> Cow<'_, str> {
        match self {
            Self::PromqlString => backslashed(value, &['"']),
            Self::InfluxqlString => backslashed(value, &['\'']),
            Self::FluxString => match backslashed(value, &['"']) {
                escaped if escaped.contains("${") => Cow::Owned(escaped.replace("${", "\\${")),
                escaped => escaped,
            },
            Self::SignalflowString => backslashed(value, &['"', '\'']),
            Self::SqlString => Cow::Owned(value.replace('\'', "''")),
            Self::DatadogTag => plain(value, &['_', '-', ':', '.', '/']),
            Self::GraphitePath => plain(value, &['_', '-', ':', '.']),
            Self::JsonString => {
                let quoted = serde_json::Value::from(value).to_string();
                Cow::Owned(quoted[1..quoted.len() - 1].to_owned())
            }
            Self::AtlasTag => {
                let kept = |c: char| c.is_ascii_alphanumeric() || "-._~^".contains(c);
                Cow::Owned(value.replace(|c| !kept(c), "_"))
            }
            Self::NrqlString | Self::Unquoted | Self::WavefrontFilter | Self::DynatraceSelector => {
                let ends = |c: char| c.is_control() || "\"'`\\~".contains(c);
                Cow::Owned(value.replace(ends, "_"))
            }
            Self::UrlPart => utf8_percent_encode(value, NON_ALPHANUMERIC).into(),
            Self::None => Cow::Borrowed(value),
        }
    }
}

/// Whether a character ends a comment that ends with its line, in any language. InfluxDB reads a NUL as the end of the query.
pub(super) fn ends_line(c: char) -> bool {
    (c.is_control() && c != '\t') || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Whether a text could end a comment between `/*` and `*/`, or begin another one within, by itself or with what stands beside it.
fn ends_block(text: &str) -> bool {
    let marks = ['*', '/'];
    let beside = text.starts_with(marks) || text.ends_with(marks);
    beside || ["*/", "/*", "\0"].iter().any(|mark| text.contains(mark))
}

/// Whether a text is a number, the sign of its exponent included.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.starts_with(|c: char| c.is_ascii_digit()) && text.parse::<f64>().is_ok()
}

/// Whether a text is a date or time, which Flux has outside of quotes: its dashes subtract nothing.
fn is_time(text: &str) -> bool {
    let dated = text.starts_with(|c: char| c.is_ascii_digit());
    let fits = |c: char| c.is_ascii_alphanumeric() || "-+:.".contains(c);
    dated
        && text.chars().all(fits)
        && (text.parse::<jiff::Timestamp>().is_ok() || text.parse::<jiff::civil::Date>().is_ok())
}

/// Puts a backslash before backslashes and these characters, and writes a newline as `\n`.
fn backslashed<'v>(value: &'v str, special: &[char]) -> Cow<'v, str> {
    let is_special = |character| matches!(character, '\\' | '\n') || special.contains(&character);
    if !value.contains(is_special) {
        return Cow::Borrowed(value);
    }
    let mut escaped = String::with_capacity(value.len() + 8);
    for character in value.chars() {
        if is_special(character) {
            escaped.push('\\');
        }
        escaped.push(if character == '\n' { 'n' } else { character });
    }
    Cow::Owned(escaped)
}

/// Replaces what is neither a letter, a digit nor one of these characters with `_`.
fn plain<'v>(value: &'v str, kept: &[char]) -> Cow<'v, str> {
    let is_other = |character: char| !character.is_alphanumeric() && !kept.contains(&character);
    Cow::Owned(value.replace(is_other, "_"))
}
