//! Statistics on slices of numbers; one file per concept.

pub(crate) mod autocorrelation;
pub(crate) mod mann_whitney;
pub(crate) mod normal;
pub(crate) mod percentile;
pub(crate) mod permutation;
#[cfg(test)]
mod reference;
pub(crate) mod robust;
pub(crate) mod student;
mod summary;
pub(crate) mod zeroin;

pub use summary::Summary;
pub(crate) use summary::mean;
