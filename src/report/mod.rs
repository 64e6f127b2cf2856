//! One scorecard, in the forms people and programs read it.

mod junit;
mod markdown;
mod text;
mod wording;

pub use junit::junit;
pub use markdown::markdown;
pub use text::{Colour, text};
