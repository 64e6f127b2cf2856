//! Everything is checked from outside the crate, at fixed seeds.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do, with a panic"
)]

mod agreement;
mod determinism;
mod effects;
mod exposition;
mod marks;
mod names;
mod promtool;
mod support;
mod windows;
