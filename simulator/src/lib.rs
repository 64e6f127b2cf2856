#![doc = include_str!("../README.md")]

mod exporter;
mod exposition;
mod fault;
mod fleet;
mod history;
mod life;
mod load;
mod memory;
mod names;
mod random;
mod release;
mod scenario;
mod second;
mod series;
mod signal;
mod snapshot;
mod topology;
mod truth;
mod twins;
mod weight;

pub use exporter::{Exporter, MAX_CATCH_UP};
pub use history::{History, history};
pub use names::UnknownName;
pub use release::{Release, Role};
pub use scenario::Scenario;
pub use series::{MAX_SPAN, MAX_STEP};
pub use signal::Signal;
pub use topology::{Part, Pod, Region};
pub use truth::{Mark, Truth};
pub use twins::Twins;
pub use weight::{InvalidWeight, Weight};
