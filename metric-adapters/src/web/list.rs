//! Paths to the items of a list.

use serde::Deserialize;
use serde_json::Value;
use serde_json_path::JsonPath;

use super::scalar::Scalar;
use super::steps::{self, Step};

/// A `JSONPath` to something in each item of a list, such as `$.points[*].time`.
///
/// The list itself must be there, so that an answer of another shape is not taken for one without data.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub struct ListPath {
    items: JsonPath,
    list: JsonPath,
    steps: Option<Vec<Step>>,
}

impl ListPath {
    /// What the path selects, in order; nothing where the list is not there or is no list.
    pub(super) fn select<'v>(&self, body: &'v Value) -> Option<Vec<Scalar<'v>>> {
        let list = self.list.query(body);
        let there = !list.is_empty() && list.iter().all(|node| node.is_array());
        there.then(|| {
            let items = self.items.query(body);
            items.into_iter().map(Scalar::of).collect()
        })
    }

    /// The path step by step, if it is one of names and numbers that leads into a single list, as most do.
    pub(super) fn steps(&self) -> Option<&[Step]> {
        self.steps.as_deref()
    }
}

impl TryFrom<String> for ListPath {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parse = |path: &str| {
            JsonPath::parse(path).map_err(|error| format!("`{path}` is no JSONPath: {error}"))
        };
        let items = parse(&text)?;
        let (list, _) = text.split_once("[*]").ok_or_else(|| {
            format!("`{text}` leads into no list; write it as in `$.points[*].time`")
        })?;
        Ok(Self {
            items,
            list: parse(list)?,
            steps: steps::of(&text),
        })
    }
}
