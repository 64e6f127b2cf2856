//! What is told about an import.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::canary_config::{Mistake, escape_pointer};

/// What has been told so far, each once.
#[derive(Debug, Default)]
pub(super) struct Notes(Vec<Mistake>);

impl Notes {
    pub(super) fn add(&mut self, pointer: impl Into<String>, detail: impl Into<String>) {
        let note = Mistake::new(pointer, detail);
        if !self.0.contains(&note) {
            self.0.push(note);
        }
    }

    /// Tells of fields that have no counterpart, which is why nothing here reads them.
    pub(super) fn unread(&mut self, at: &str, rest: &BTreeMap<String, Value>) {
        for (field, value) in rest {
            if !value.is_null() {
                let pointer = format!("{at}/{}", escape_pointer(field));
                self.add(pointer, "this has no counterpart and is left out");
            }
        }
    }

    pub(super) fn into_vec(self) -> Vec<Mistake> {
        self.0
    }
}
