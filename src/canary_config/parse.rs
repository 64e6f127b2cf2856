//! Reading a config: text or JSON in, a consistent [`CanaryConfig`] or every mistake found out.

use std::fmt;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use utoipa::ToSchema;

use super::CanaryConfig;

/// Something wrong in a document, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Mistake {
    /// A JSON pointer (RFC 6901) to the value in question; empty for the whole document.
    pub pointer: String,
    /// What is wrong with it, and what was expected.
    pub detail: String,
}

impl Mistake {
    /// A mistake at `pointer`.
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            pointer: pointer.into(),
            detail: detail.into(),
        }
    }

    /// The same mistake in a document that holds this one at `prefix`.
    pub fn under(mut self, prefix: &str) -> Self {
        self.pointer.insert_str(0, prefix);
        self
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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
    /// The text is not YAML, has an unknown or ill-typed field, or is inconsistent.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        let document: serde_json::Value =
            serde_saphyr::from_str(text).map_err(|error| ParseError::Syntax(error.to_string()))?;
        let config: Self =
            from_json(document).map_err(|mistake| ParseError::Mistakes(vec![mistake]))?;
        config.check().map_err(ParseError::Mistakes)
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

/// Reads a value of the document, with a pointer to what does not fit.
///
/// # Errors
/// The first field that is unknown or ill-typed.
pub fn from_json<T: DeserializeOwned>(document: serde_json::Value) -> Result<T, Mistake> {
    serde_path_to_error::deserialize(document).map_err(|error| {
        let pointer = pointer_of(error.path());
        Mistake::new(pointer, error.into_inner().to_string())
    })
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
