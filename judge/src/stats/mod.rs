//! Statistics on slices of numbers; one file per concept.

pub(crate) mod mann_whitney;
pub(crate) mod normal;
pub(crate) mod percentile;
#[cfg(test)]
mod reference;
mod summary;
pub(crate) mod zeroin;

pub use summary::Summary;
pub(crate) use summary::mean;
