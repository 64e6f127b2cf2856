//! Series found by the texts of a row, so that not every row has to make its labels anew.

use std::collections::HashMap;

use crate::collect::{Collected, Place};
use crate::{Labels, QueryError};

/// The places of label sets by the texts they were made of.
#[derive(Default)]
pub(crate) struct Places {
    known: HashMap<Vec<u8>, Place>,
}

impl Places {
    /// The place of the series these texts stand for.
    ///
    /// # Errors
    /// There are too many series.
    pub(crate) fn find(
        &mut self,
        texts: &Texts,
        labels: impl FnOnce() -> Labels,
        collected: &mut Collected,
    ) -> Result<Place, QueryError> {
        if let Some(place) = self.known.get(&texts.0) {
            return Ok(*place);
        }
        let place = collected.place(labels())?;
        self.known.insert(texts.0.clone(), place);
        Ok(place)
    }
}

/// Texts one after the other, each with its length, so that no two lists of texts look the same.
#[derive(Default)]
pub(crate) struct Texts(Vec<u8>);

impl Texts {
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn push(&mut self, text: &str) {
        self.0.extend(text.len().to_le_bytes());
        self.0.extend(text.as_bytes());
    }

    /// How long the list is, for [`truncate`](Self::truncate).
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn truncate(&mut self, length: usize) {
        self.0.truncate(length);
    }
}
