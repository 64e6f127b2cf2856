//! Reads time series out of metric stores: query text in, timestamped series out.
//!
//! An [`AccountConfig`] says which store and with which credentials; [`AccountConfig::connect`] makes a
//! [`MetricSource`] of it, which answers a [`RangeQuery`] with an [`Answer`] or a [`QueryError`] sorted by what the
//! caller can do next. [`template`] turns a query with `${variables}` into the text a store understands.
//!
//! Samples are passed on as the store has them: nothing is filled in or averaged here. Only the names of times are made
//! the same: a sample that sums up a span of time always carries the span's end.
//! A new store is one module, one variant of [`AccountConfig`] and its tests.

mod account;
pub mod atlas;
mod bounded;
pub mod cloudwatch;
mod collect;
pub mod datadog;
pub mod dynatrace;
pub mod elasticsearch;
mod error;
pub mod file;
pub mod graphite;
pub mod http;
pub mod influxdb;
mod instant;
mod limits;
pub mod loki;
pub mod newrelic;
mod number;
mod places;
pub mod prometheus;
mod query;
mod secret;
mod series;
pub mod signalfx;
mod source;
pub mod template;
pub mod wavefront;
pub mod web;

pub use account::{AccountConfig, ConnectError};
pub use error::{QueryError, QueryErrorKind};
pub use limits::Limits;
pub use query::{Batch, RangeQuery, Step, StepError, Window, WindowError};
pub use secret::{SecretError, SecretRef};
pub use series::{Answer, Labels, Sample, Series};
pub use source::MetricSource;
pub use template::Escaping;
