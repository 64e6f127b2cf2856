//! Judging for Kayenta: what it sends its remote judge becomes a case, and what is decided a result in its words.

mod asked;

pub use asked::{Asked, Refused, Told};
