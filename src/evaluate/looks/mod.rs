//! Measuring how runs of several looks end: how often a healthy canary fails, and how soon a bad one is caught.
//!
//! Runs are simulated: time is a number, randomness is seeded, and the same experiment always gives the same figures.

mod experiment;
mod report;
mod simulated;

pub use experiment::{Critical, Experiment, InvalidExperiment, Setting};
pub use report::{Ends, Figures, Row, table};
