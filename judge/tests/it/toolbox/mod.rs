//! The statistical tool box against other implementations, and what holds for all samples.

mod coverage;
mod levels;
mod others;
mod properties;
mod ranks;
mod reference;
