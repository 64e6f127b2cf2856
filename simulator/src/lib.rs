#![doc = include_str!("../README.md")]

mod exporter;
mod exposition;
mod fault;
mod history;
mod load;
mod names;
mod random;
mod release;
mod scenario;
mod second;
mod series;
mod signal;
mod snapshot;

pub use exporter::{Exporter, MAX_CATCH_UP};
pub use history::history;
pub use names::UnknownName;
pub use release::{Release, Role};
pub use scenario::Scenario;
pub use series::{MAX_SPAN, MAX_STEP};
pub use signal::Signal;
