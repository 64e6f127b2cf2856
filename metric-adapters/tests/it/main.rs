//! The crate from outside: against a real Prometheus, against servers that misbehave, and on files.

#![expect(
    clippy::unwrap_used,
    reason = "this binary is all test code, helpers outside of test functions included"
)]

mod accounts;
mod atlas_wire;
mod cloudwatch_wire;
mod conformance;
mod datadog_wire;
mod dynatrace_wire;
mod elasticsearch_wire;
mod file_source;
mod graphite_real;
mod influxdb_real;
mod influxdb_wire;
mod keeper;
mod loki_wire;
mod newrelic_wire;
mod prometheus_flavours;
mod prometheus_real;
mod prometheus_secured;
mod prometheus_wire;
mod secrets;
mod server;
mod signalfx_wire;
mod support;
mod template;
mod together_real;
mod victoria_metrics_real;
mod wavefront_wire;
mod web_wire;
mod wire_faults;
