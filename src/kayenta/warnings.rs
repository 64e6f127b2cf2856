//! What is said about a lowered config.

use std::{
    collections::{BTreeMap, HashSet},
    fmt,
};

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::canary_config::{Mistake, escape_pointer};

/// Something that means less, more or something else in the native config than it did in Kayenta's.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, ToSchema)]
pub struct Warning {
    /// A JSON pointer (RFC 6901) to the value in Kayenta's config; empty for the whole of it.
    pub pointer: String,
    /// What became of it.
    pub detail: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pointer.as_str() {
            "" => f.write_str(&self.detail),
            pointer => write!(f, "{pointer}: {}", self.detail),
        }
    }
}

impl From<Warning> for Mistake {
    fn from(Warning { pointer, detail }: Warning) -> Self {
        Self::new(pointer, detail)
    }
}

/// The warnings so far, each once: two uses of one variable are one thing to know.
#[derive(Debug, Default)]
pub(super) struct Warnings {
    list: Vec<Warning>,
    known: HashSet<Warning>,
}

impl Warnings {
    pub(super) fn add(&mut self, pointer: impl Into<String>, detail: impl Into<String>) {
        let warning = Warning {
            pointer: pointer.into(),
            detail: detail.into(),
        };
        if self.known.insert(warning.clone()) {
            self.list.push(warning);
        }
    }

    /// Warns of fields that are not `known`. Kayenta passes over them in silence, which hides typing errors.
    pub(super) fn unread(&mut self, at: &str, fields: &Map<String, Value>, known: &[&str]) {
        // By name: in which order a map keeps its fields is up to whatever else is built with it.
        let fields: BTreeMap<_, _> = fields.iter().collect();
        for (field, value) in fields {
            if !value.is_null() && !known.contains(&field.as_str()) {
                let pointer = format!("{at}/{}", escape_pointer(field));
                self.add(pointer, "Kayenta does not read this field; it is left out");
            }
        }
    }

    pub(super) fn into_vec(self) -> Vec<Warning> {
        self.list
    }
}
