//! Kayenta's surface: its paths, its words, its errors.

mod judge;
mod metric_sets;
mod refusal;

pub(super) use judge::*;
pub(super) use metric_sets::*;
