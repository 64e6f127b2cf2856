//! Reading a config: text or JSON in, a consistent [`CanaryConfig`] or every mistake found out.

use std::fmt;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use utoipa::ToSchema;

use super::CanaryConfig;
use super::locations::{Location, Locations};
use super::strict::Strict;

/// The most mistakes of one document that are told.
const MOST_MISTAKES: usize = 100;

/// Something wrong in a document, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Mistake {
    /// A JSON pointer (RFC 6901) to the value in question; empty for the whole document.
    pub pointer: String,
    /// What is wrong with it, and what was expected.
    pub detail: String,
    /// Where it stands in the text, if it was text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
}

impl Mistake {
    /// A mistake at `pointer`.
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            detail: detail.into(),
            location: None,
        }
    }

    /// The same mistake in a document that holds this one at `prefix`.
    pub fn under(mut self, prefix: &str) -> Self {
        self.pointer.insert_str(0, prefix);
        self
    }
}

/// `LINE:COLUMN: POINTER: what is wrong`, as far as they are known.
impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(Location { line, column }) = self.location {
            write!(f, "{line}:{column}: ")?;
        }
        match self.pointer.as_str() {
            "" => f.write_str(&self.detail),
            pointer => write!(f, "{pointer}: {}", self.detail),
        }
    }
}

/// Why a config could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// The text is not YAML (or JSON) at all.
    #[error("not readable as YAML: {0}")]
    Syntax(String),
    /// The document is readable, but is not a config that makes sense.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Mistakes(Vec<Mistake>),
}

impl CanaryConfig {
    /// Reads a config from YAML or JSON text.
    ///
    /// # Errors
    /// The text is not YAML, has unknown or ill-typed fields, or is inconsistent: all of that at once, each with its place.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let document = document(text)?;
        let config = from_json_thoroughly::<Self>(document).and_then(Self::check);
        config.map_err(|mut mistakes| {
            let locations = Locations::of(text);
            for mistake in &mut mistakes {
                mistake.location = locations.find(&mistake.pointer);
            }
            mistakes.sort_by_key(|mistake| mistake.location.map(|at| (at.line, at.column)));
            ParseError::Mistakes(mistakes)
        })
    }

    /// The config itself if it is consistent, else every inconsistency found.
    ///
    /// # Errors
    /// The inconsistencies, with pointers into the config.
    pub fn check(self) -> Result<Self, Vec<Mistake>> {
        let mistakes = self.mistakes();
        if mistakes.is_empty() {
            Ok(self)
        } else {
            Err(mistakes)
        }
    }
}

/// The values of a text. JSON has characters that YAML has not, such as U+007F, and otherwise is a part of it.
fn document(text: &str) -> Result<Value, ParseError> {
    let mut json = serde_json::Deserializer::from_str(text);
    let read = Value::deserialize(Strict(&mut json)).and_then(|read| json.end().map(|()| read));
    // What is wrong as JSON is told in the words of the YAML reader, which knows the place.
    read.or_else(|_| {
        serde_saphyr::from_str(text).map_err(|error| ParseError::Syntax(error.to_string()))
    })
}

/// Reads a value of the document, with a pointer to what does not fit.
///
/// # Errors
/// The first field that is unknown or ill-typed.
pub fn from_json<T: DeserializeOwned>(document: Value) -> Result<T, Mistake> {
    serde_path_to_error::deserialize(Strict(document)).map_err(|error| {
        let pointer = pointer_of(error.path());
        let detail = error.into_inner().to_string();
        let meant = nearest(&detail).map(|word| format!("; did you mean `{word}`?"));
        Mistake::new(pointer, detail + meant.unwrap_or_default().as_str())
    })
}

/// The same, for documents that people write: reading goes on without what does not fit, to find the rest of it.
///
/// # Errors
/// Every field that is unknown or ill-typed; at most a hundred.
fn from_json_thoroughly<T: DeserializeOwned>(mut document: Value) -> Result<T, Vec<Mistake>> {
    let mut found: Vec<Mistake> = Vec::new();
    // What was taken out: a list without one of its items counts the rest anew.
    let mut removed: Vec<(String, usize)> = Vec::new();
    while found.len() < MOST_MISTAKES {
        let mut mistake = match from_json::<T>(document.clone()) {
            Ok(read) if found.is_empty() => return Ok(read),
            Ok(_) => break,
            Err(mistake) => mistake,
        };
        let Some((parent, key)) = mistake.pointer.rsplit_once('/') else {
            // The document itself; what it misses may have been taken out.
            if found.is_empty() || !mistake.detail.starts_with("missing field") {
                found.push(mistake);
            }
            break;
        };
        let (parent, key) = (parent.to_owned(), key.to_owned());
        mistake.pointer = counted_before(&mistake.pointer, &removed);
        // A field that is missing because it was wrong has been told already.
        let within = format!("{}/", mistake.pointer);
        let told = mistake.detail.starts_with("missing field")
            && found
                .iter()
                .any(|earlier| earlier.pointer.starts_with(&within));
        if !told {
            found.push(mistake);
        }
        match document.pointer_mut(&parent) {
            Some(Value::Object(fields)) => {
                let name = key.replace("~1", "/").replace("~0", "~");
                if fields.remove(&name).is_none() {
                    break;
                }
            }
            Some(Value::Array(items)) => match key.parse::<usize>() {
                Ok(index) if index < items.len() => {
                    items.remove(index);
                    removed.push((parent, index));
                }
                Ok(_) | Err(_) => break,
            },
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => {
                break;
            }
        }
    }
    Err(found)
}

/// The pointer as it was before items were taken out of lists.
fn counted_before(pointer: &str, removed: &[(String, usize)]) -> String {
    let mut pointer = pointer.to_owned();
    for (list, index) in removed.iter().rev() {
        let Some(rest) = pointer
            .strip_prefix(list.as_str())
            .and_then(|rest| rest.strip_prefix('/'))
        else {
            continue;
        };
        let (item, below) = rest
            .split_once('/')
            .map_or((rest, None), |(item, below)| (item, Some(below)));
        if let Ok(place) = item.parse::<usize>()
            && place >= *index
        {
            let below = below.map(|below| format!("/{below}")).unwrap_or_default();
            pointer = format!("{list}/{}{below}", place + 1);
        }
    }
    pointer
}

/// The word that was probably meant, of those a message says are expected.
fn nearest(detail: &str) -> Option<&str> {
    /// Words less similar than this are other words.
    const SIMILAR: f64 = 0.8;
    if !detail.starts_with("unknown ") {
        return None;
    }
    // Every second part stands between backticks; the first of these is the unknown word.
    let mut words = detail.split('`').skip(1).step_by(2);
    let given = words.next()?;
    let similarity = |word: &str| strsim::jaro_winkler(&given.to_lowercase(), &word.to_lowercase());
    words
        .map(|word| (word, similarity(word)))
        .filter(|(_, similarity)| *similarity >= SIMILAR)
        .max_by(|one, other| one.1.total_cmp(&other.1))
        .map(|(word, _)| word)
}

/// The JSON pointer for a path that serde walked.
pub(crate) fn pointer_of(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => pointer.push_str(&format!("/{}", escape_pointer(key))),
            // The variant's name is the key of the map that holds its content.
            Segment::Enum { variant } => pointer.push_str(&format!("/{}", escape_pointer(variant))),
            Segment::Unknown => {}
        }
    }
    pointer
}

/// A key as it stands in a JSON pointer (RFC 6901 section 3).
pub(crate) fn escape_pointer(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
