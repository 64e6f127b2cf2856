//! What the tests without a browser start services with, too.

#[path = "../it/support/process.rs"]
mod process;
#[path = "../it/support/service.rs"]
mod service;

pub(crate) use process::{Process, free_port, until_ready};
pub(crate) use service::{Service, simulated_request};

/// The program under test, which `cargo build` makes.
pub(crate) const SERINUS: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/../debug/serinus");
