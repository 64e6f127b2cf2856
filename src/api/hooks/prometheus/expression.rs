//! The few expressions that are understood: far less than PromQL, and nothing of it differently.

use std::str::FromStr;

use jiff::SignedDuration;

use crate::canary_config::duration;

/// The longest expression, in bytes.
const LONGEST: usize = 10_000;
/// How long an ended run speaks for the present, if nothing else is said.
const WITHIN: SignedDuration = SignedDuration::from_hours(1);

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    /// `vector(1)`: a number, with which tools try whether somebody is there.
    Vector(f64),
    /// A verdict.
    Verdict(Measure, Selector),
}

/// What a run is measured by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    /// The score of a run that was decided.
    Score,
    /// 1 if it passed, 0 if it was decided otherwise.
    Pass,
    /// 1 if it failed, 0 if it has not.
    Fail,
}

impl Measure {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Score => "serinus_score",
            Self::Pass => "serinus_pass",
            Self::Fail => "serinus_fail",
        }
    }
}

/// Which run is meant: the newest that all of this fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selector {
    pub(super) application: Option<String>,
    pub(super) config: Option<String>,
    pub(super) key: Option<String>,
    /// How long ago it may have ended.
    pub(super) within: SignedDuration,
}

impl FromStr for Expression {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.len() > LONGEST {
            return Err(format!("an expression has at most {LONGEST} bytes"));
        }
        let mut reader = Reader(text);
        let name = reader.word();
        let expression = match name {
            "vector" => {
                reader.expect('(')?;
                let number = reader.until(')');
                let value = number.trim().parse();
                let value =
                    value.map_err(|_| format!("expected a number, found {:?}", number.trim()))?;
                reader.expect(')')?;
                Self::Vector(value)
            }
            _ => {
                let measure = match name {
                    "serinus_score" => Measure::Score,
                    "serinus_pass" => Measure::Pass,
                    "serinus_fail" => Measure::Fail,
                    _ => {
                        return Err(format!(
                            "expected vector(N), serinus_score{{..}}, serinus_pass{{..}} or serinus_fail{{..}}, found {:?}",
                            shown(text)
                        ));
                    }
                };
                Self::Verdict(measure, reader.selector()?)
            }
        };
        match reader.rest() {
            "" => Ok(expression),
            more => Err(format!("nothing is expected here: {:?}", shown(more))),
        }
    }
}

/// The rest of an expression.
struct Reader<'a>(&'a str);

impl<'a> Reader<'a> {
    fn rest(&mut self) -> &'a str {
        self.0 = self.0.trim_start();
        self.0
    }

    fn word(&mut self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let (word, rest) = rest.split_at(end.unwrap_or(rest.len()));
        self.0 = rest;
        word
    }

    fn until(&mut self, end: char) -> &'a str {
        let (before, rest) = self.0.split_at(self.0.find(end).unwrap_or(self.0.len()));
        self.0 = rest;
        before
    }

    fn takes(&mut self, c: char) -> bool {
        let rest = self.rest().strip_prefix(c);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn expect(&mut self, c: char) -> Result<(), String> {
        match self.takes(c) {
            true => Ok(()),
            false => Err(format!("expected {c:?} at {:?}", shown(self.0))),
        }
    }

    fn selector(&mut self) -> Result<Selector, String> {
        let (mut application, mut config, mut key, mut within) = (None, None, None, None);
        self.expect('{')?;
        while !self.takes('}') {
            let label = self.word();
            if !self.takes('=') || self.0.starts_with('~') {
                return Err("a label is compared with `=` alone".to_owned());
            }
            let value = self.text()?;
            let place = match label {
                "application" => &mut application,
                "config" => &mut config,
                "key" => &mut key,
                "within" => &mut within,
                _ => {
                    return Err(format!(
                        "expected the label application, config, key or within, found {label:?}"
                    ));
                }
            };
            if place.replace(value).is_some() {
                return Err(format!("{label} is said twice"));
            }
            if !self.takes(',') && !self.rest().starts_with('}') {
                return Err(format!("expected ',' or '}}' at {:?}", shown(self.0)));
            }
        }
        if application.is_none() && key.is_none() {
            return Err("whose verdict? Name the application or the key".to_owned());
        }
        Ok(Selector {
            application,
            config,
            key,
            within: within.map_or(Ok(WITHIN), |text| duration::parse(&text))?,
        })
    }

    /// A text in one of PromQL's quotes.
    fn text(&mut self) -> Result<String, String> {
        let mut letters = self.rest().char_indices();
        let quote = letters.next().map(|(_, quote)| quote);
        let quote = quote.filter(|quote| matches!(quote, '"' | '\'' | '`'));
        let quote =
            quote.ok_or_else(|| format!("expected a text in quotes at {:?}", shown(self.0)))?;
        let mut text = String::new();
        while let Some((at, letter)) = letters.next() {
            if letter == quote {
                self.0 = &self.0[at + letter.len_utf8()..];
                return Ok(text);
            }
            if letter != '\\' || quote == '`' {
                text.push(letter);
                continue;
            }
            match letters.next().map(|(_, escaped)| escaped) {
                Some(escaped @ ('\\' | '"' | '\'')) => text.push(escaped),
                Some('n') => text.push('\n'),
                Some('t') => text.push('\t'),
                other => {
                    return Err(format!(
                        "not an escape that is known: \\{}",
                        other.unwrap_or(' ')
                    ));
                }
            }
        }
        Err("a text does not end".to_owned())
    }
}

fn shown(text: &str) -> &str {
    &text[..text.floor_char_boundary(100)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selector(application: Option<&str>, config: Option<&str>) -> Selector {
        Selector {
            application: application.map(ToOwned::to_owned),
            config: config.map(ToOwned::to_owned),
            key: None,
            within: WITHIN,
        }
    }

    #[test]
    fn what_is_understood() {
        for (text, expected) in [
            ("vector(1)", Expression::Vector(1.0)),
            (" vector( 0.5 ) ", Expression::Vector(0.5)),
            (
                r#"serinus_score{application="shop",config="checkout"}"#,
                Expression::Verdict(Measure::Score, selector(Some("shop"), Some("checkout"))),
            ),
            (
                r"serinus_fail { application = 'a \'b\' \\', }",
                Expression::Verdict(Measure::Fail, selector(Some(r"a 'b' \"), None)),
            ),
            (
                r#"serinus_pass{key=`x\y`,within="5m"}"#,
                Expression::Verdict(
                    Measure::Pass,
                    Selector {
                        key: Some(r"x\y".to_owned()),
                        within: SignedDuration::from_mins(5),
                        ..selector(None, None)
                    },
                ),
            ),
        ] {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn all_else_is_refused() {
        for text in [
            "",
            "up",
            "vector",
            "vector(x)",
            "vector(1",
            "vector(1) + 1",
            "serinus_score",
            "serinus_score{}",
            r#"serinus_score{config="checkout"}"#,
            r#"serinus_score{application=~"shop"}"#,
            r#"serinus_score{application!="shop"}"#,
            r#"serinus_score{application="shop"}[5m]"#,
            r#"serinus_score{application="shop" config="x"}"#,
            r#"serinus_score{application="shop",application="x"}"#,
            r#"serinus_score{application="shop"#,
            r#"serinus_score{application="shop",within="soon"}"#,
            r#"serinus_score{application="shop",verdict="pass"}"#,
            r#"serinus_score{application="\q"}"#,
            r#"1 - serinus_score{application="shop"}"#,
        ] {
            assert!(text.parse::<Expression>().is_err(), "{text}");
        }
    }
}
