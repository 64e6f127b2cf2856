//! Plots as SVG: text that can be styled, read aloud and searched, made without fonts or a browser (docs/adr/0006).
//!
//! Every text goes through the same escaping as the pages; names that callers chose stay text.

mod axis;
mod change;
mod distribution;
mod gauge;
mod looks;
mod narrowing;
mod samples;
mod stages;
mod standalone;
mod sum;
mod time;

pub(crate) use change::{Change, ChangeScale};
pub(crate) use distribution::distribution;
pub(crate) use gauge::gauge;
pub(crate) use looks::{LookSeen, MOST_LOOKS, looks};
pub(crate) use narrowing::{ChangeSeen, narrowing};
pub(crate) use samples::{far_out, finite, removed};
pub(crate) use stages::{Step, steps};
pub use standalone::{Plot, plot};
pub(crate) use sum::sum;
pub(crate) use time::over_time;

/// How plots look, by class. Colours are custom properties of whatever they are in.
pub(crate) const STYLE: &str = include_str!("plot.css");

/// The room that a plot is made for. A page has it for both, and shows what fits: text that is scaled down cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    /// A screen, or a page of paper.
    Wide,
    /// A phone.
    Narrow,
}

/// A coordinate with two decimals: a hundredth of a pixel, so that plots of many samples stay small.
fn at(coordinate: f64) -> f64 {
    (coordinate * 100.0).round() / 100.0
}
