//! The default judge.
//!
//! It subtracts the two sides moment by moment where they were sampled at the same times, which removes the load they
//! share; it works on a logarithmic scale where it can, so that units do not matter; it counts autocorrelated samples for
//! what they are worth; and it distinguishes a change that is excluded from one that was merely not found. A metric is
//! `high` or `low` when no change is excluded and the estimate exceeds what is allowed; it passes when it is not flagged
//! and a change that must be detected is excluded; otherwise it is inconclusive.
//!
//! Guards with small error rates of their own look for what an average hides: spikes, a change that sets in late, and one in
//! a single stratum. A config may also name the test of a metric, and set limits that the canary itself must keep.

mod before_after;
mod compare;
mod decide;
mod differences;
mod explain;
mod finding;
mod independent;
mod local_ranks;
mod memory;
mod named;
mod notes;
mod onset;
mod paired;
mod question;
mod replicas;
mod result;
mod scale;
mod settings;
mod shift;
mod spikes;
mod strata;
mod tolerance;

pub(crate) use result::{beyond_limit, result};
pub use settings::{InvalidSettings, Settings};
