//! Tests of the judge through its public interface.

#![expect(
    clippy::unwrap_used,
    clippy::float_cmp,
    reason = "a test that panics has failed, and expected numbers are exact unless a tolerance is given"
)]

mod build;
mod golden;
mod looks;
mod named;
mod options;
mod preconditions;
mod properties;
mod scoring;
mod serinus;
mod serinus_reference;
mod serinus_score;
mod toolbox;
