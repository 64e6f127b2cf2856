//! Black-box tests: real processes, real servers, on free ports of this machine.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "tests look at the few variants they are about"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "tests have no runner and need no limits on their client"
)]
#![expect(
    clippy::unwrap_used,
    reason = "a test that panics is a test that fails"
)]

mod access;
mod adapters_doc;
mod apart;
mod boundaries;
mod callbacks;
mod cli;
mod comparisons;
mod config_rules;
mod configs;
mod designs;
mod durable;
mod evaluate;
mod fetching;
mod fetching_once;
mod fetching_together;
mod first_minute;
mod following;
mod grafana;
mod guarded;
mod hooks;
mod http_analyses;
mod http_errors;
mod influxdb_history;
mod judgements;
mod kayenta;
mod kayenta_api;
mod keys;
mod looks;
mod openapi;
mod page;
mod prometheus_history;
mod prometheus_live;
mod ready_made;
mod redis_secured;
mod rejudging;
mod remote_judges;
mod replicas;
mod reports;
mod rollouts;
mod secrets;
mod settings;
mod shares;
mod simulate;
mod stack;
mod stages;
mod store_health;
mod stored_configs;
mod support;
mod traces;
mod vocabularies;
