//! One scorecard, in the forms people and programs read it.

pub(crate) mod html;
mod junit;
mod markdown;
mod palette;
pub(crate) mod plot;
mod text;
mod wording;

pub use html::{html, html_of_run};
pub use junit::{junit, junit_without};
pub use markdown::{markdown, markdown_without};
pub use palette::Theme;
pub use plot::{Plot, plot};
pub use text::{Colour, text};
pub(crate) use wording::{change, number};
