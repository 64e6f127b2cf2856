//! Where in a query a variable stands: escaping protects only between the quotes it is made for.

use super::escaping::{Escaping, ends_line};

/// Where a variable stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Outside of all quotes, where a value could be any part of the language.
    Bare,
    /// Likewise, with something right before it that a minus sign would belong to as well.
    Joined,
    /// Between two of these.
    Within(char),
    /// In a comment that ends with its line.
    Line,
    /// In a comment that ends with `*/`.
    Block,
}

/// What of a language decides about that.
#[derive(Debug, Clone, Copy)]
struct Language {
    /// What text stands between.
    quotes: &'static str,
    /// The character that takes the meaning of the next one between quotes, raw ones aside.
    escape: Option<char>,
    /// What begins a comment that ends with its line.
    line: &'static [&'static str],
    /// Whether `/* .. */` is a comment.
    blocks: bool,
    /// Whether a regular expression stands between slashes.
    regex: bool,
    /// After which characters, besides white space, a minus sign could only be that of a number.
    before_sign: &'static str,
}

/// Between these nothing is escaped, in no language.
pub(super) const RAW: char = '`';

/// Stands for the end of a comment's mark, which is no part of another one: `/*/` is not closed, and `*/*` multiplies.
const MARK: char = 'x';

impl Language {
    /// The language whose values are escaped so; `None` where values are safe, or harmless, wherever they stand.
    fn of(escaping: Escaping) -> Option<Self> {
        let plain = Self {
            quotes: "\"'",
            escape: Some('\\'),
            line: &[],
            blocks: false,
            regex: false,
            before_sign: "([{,:=<>",
        };
        Some(match escaping {
            Escaping::PromqlString => Self {
                quotes: "\"'`",
                line: &["#"],
                // A colon is part of a name: `job:-1` subtracts.
                before_sign: "([{,=<>",
                ..plain
            },
            Escaping::InfluxqlString => Self {
                line: &["--"],
                blocks: true,
                regex: true,
                ..plain
            },
            // A quote is written twice there: two texts side by side, as far as places go.
            Escaping::SqlString => Self {
                escape: None,
                line: &["--"],
                blocks: true,
                ..plain
            },
            Escaping::FluxString => Self {
                quotes: "\"",
                line: &["//"],
                regex: true,
                ..plain
            },
            Escaping::SignalflowString => Self {
                line: &["#"],
                ..plain
            },
            Escaping::JsonString => Self {
                quotes: "\"",
                ..plain
            },
            Escaping::NrqlString => Self {
                quotes: "\"'`",
                line: &["--", "//"],
                blocks: true,
                ..plain
            },
            Escaping::Unquoted | Escaping::WavefrontFilter | Escaping::DynatraceSelector => Self {
                quotes: "\"'`",
                ..plain
            },
            Escaping::DatadogTag
            | Escaping::GraphitePath
            | Escaping::AtlasTag
            | Escaping::UrlPart
            | Escaping::None => return None,
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Bare,
    Within(char),
    Line(Sure),
    Block(Sure),
}

/// Whether a comment is one for sure: it begins its line.
///
/// Regular expressions are seen by what stands before them, and not wherever the language has them, and some dialects have texts between
/// other marks: `/http:\/\//` and `$$ -- $$` could be taken for comments, and what follows for a part of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sure {
    Yes,
    No,
}

/// Reads a query and knows where it has come to.
#[derive(Debug)]
pub(super) struct Reader {
    language: Option<Language>,
    state: State,
    /// The character before.
    last: char,
    /// Whether nothing but white space stands before that one on its line.
    first: bool,
    /// Whether that one takes the meaning of the next.
    escaped: bool,
    /// Whether the last character that is no space asks for a regular expression: `=~`, `!~`.
    matches: bool,
}

impl Reader {
    pub(super) fn new(escaping: Escaping) -> Self {
        Self {
            language: Language::of(escaping),
            state: State::Bare,
            last: ' ',
            first: true,
            escaped: false,
            matches: false,
        }
    }

    /// Reads on through text of the query.
    pub(super) fn read(&mut self, text: &str) {
        let Some(language) = self.language else {
            return;
        };
        for character in text.chars() {
            self.step(language, character);
        }
    }

    /// Reads on over a value that stays where it is put.
    pub(super) fn pass(&mut self) {
        self.last = 'x';
        self.first = false;
        self.escaped = false;
        self.matches = false;
    }

    /// Where it has come to; `None` if that plays no part.
    pub(super) fn place(&self) -> Option<Place> {
        let language = self.language?;
        Some(match self.state {
            // Whatever stands before would take part in how the value is read.
            State::Within(_) if self.escaped => Place::Joined,
            State::Within(quote) => Place::Within(quote),
            State::Line(Sure::Yes) => Place::Line,
            State::Block(Sure::Yes) => Place::Block,
            State::Bare | State::Line(Sure::No) | State::Block(Sure::No) => {
                if self.stands_apart(language) {
                    Place::Bare
                } else {
                    Place::Joined
                }
            }
        })
    }

    /// Whether a minus sign here could only be that of a number.
    fn stands_apart(&self, language: Language) -> bool {
        self.last.is_whitespace() || language.before_sign.contains(self.last)
    }

    fn step(&mut self, language: Language, character: char) {
        let pair = [self.last, character];
        let is_first = self.last == '\n' || (self.first && self.last.is_whitespace());
        let mut last = character;
        match self.state {
            State::Within(_) if self.escaped => self.escaped = false,
            State::Within(quote) if character == quote => self.state = State::Bare,
            State::Within(quote) => {
                self.escaped = quote != RAW && language.escape == Some(character);
            }
            State::Line(_) if character == '\n' => self.state = State::Bare,
            // Some languages end it here as well.
            State::Line(_) if ends_line(character) => self.state = State::Line(Sure::No),
            State::Block(_) if pair == ['*', '/'] => {
                self.state = State::Bare;
                last = MARK;
            }
            State::Line(_) | State::Block(_) => {}
            State::Bare => {
                // Whether the mark of a comment ends here, and whether it is the first on its line.
                let begins = |mark: &&str| match mark.len() {
                    1 => mark.starts_with(character).then_some(is_first),
                    _ => mark.chars().eq(pair).then_some(self.first),
                };
                let sure = |first| if first { Sure::Yes } else { Sure::No };
                if language.quotes.contains(character) || self.is_regex(language, character) {
                    self.state = State::Within(character);
                } else if let Some(first) = language.line.iter().find_map(begins) {
                    self.state = State::Line(sure(first));
                } else if language.blocks && pair == ['/', '*'] {
                    self.state = State::Block(sure(self.first));
                    last = MARK;
                }
            }
        }
        self.first = is_first;
        self.last = last;
        if !character.is_whitespace() {
            self.matches = matches!(pair, ['=' | '!', '~']);
        }
    }

    fn is_regex(&self, language: Language, character: char) -> bool {
        language.regex && character == '/' && self.matches
    }
}
