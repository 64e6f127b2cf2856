//! Kayenta's API, at the root: what its clients send and read, over the same runs and configs as the native API.
//!
//! Errors are `{"message": ..}` here. What of Kayenta's behaviour is kept and what is mended is in `docs/kayenta.md`.

mod accounts;
mod again;
mod archive;
mod canary;
mod configs;
mod error;
mod executions;
mod fetch;
mod health;
mod input;
mod judge;
mod judges;
mod metric_sets;
mod pipelines;
mod refusals;
mod standalone;
mod start;

pub(super) use accounts::*;
pub(super) use again::*;
pub(super) use archive::*;
pub(super) use canary::*;
pub(super) use configs::*;
pub(super) use error::KayentaError;
pub(super) use executions::*;
pub(super) use fetch::*;
pub(super) use health::*;
pub(super) use judge::*;
pub(super) use judges::*;
pub(super) use metric_sets::*;
pub(super) use pipelines::*;
pub(super) use standalone::*;

/// The account that stands for the service's own store, where clients look for one of records or configs.
const OWN_ACCOUNT: &str = "serinus";
/// The application of runs that name none: those that a list shows which names none.
const NO_APPLICATION: &str = "ad-hoc";
