//! Starting the real things.

pub(crate) mod influxdb;
mod openmetrics;
mod process;
mod prometheus;
pub(crate) mod redis;
mod service;
pub(crate) mod stand_in;

pub(crate) use openmetrics::{Scrapes, load, noise};
pub(crate) use process::{Process, free_port, until_ready};
pub(crate) use prometheus::{Prometheus, backfilled};
pub(crate) use service::{Service, simulated_request};

/// The program under test.
pub(crate) const SERINUS: &str = env!("CARGO_BIN_EXE_serinus");
