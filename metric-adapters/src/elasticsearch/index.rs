//! Which documents are meant.

use serde::Deserialize;

/// The name of an index, an alias or a data stream; or several, separated by commas, with `*` for any characters.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Index(String);

impl Index {
    /// The path of its search.
    pub(super) fn search(&self) -> String {
        format!("{}/_search", self.0)
    }
}

impl TryFrom<String> for Index {
    type Error = String;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        let fits = |c: char| c.is_ascii_alphanumeric() || "-_.,*:".contains(c);
        let is_api = name.starts_with(['_', '.']);
        if name.is_empty() || is_api || !name.chars().all(fits) {
            return Err(format!(
                "{name:?} is not the name of an index, such as logs-*: letters, digits and -_.,*: only, and no _ or . first"
            ));
        }
        Ok(Self(name))
    }
}
