//! Tests of the judge through its public interface.

mod build;
mod golden;
mod options;
mod preconditions;
mod properties;
mod scoring;
