//! Kayenta's surface: its paths, its words, its errors.

pub(super) mod judge;
mod refusal;
