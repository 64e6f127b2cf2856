//! Serinus: automated canary analysis as a service.
//!
//! Dependencies point down: [`cli`] and [`server`] assemble; [`api`] and [`report`] are surfaces; [`runner`] drives
//! runs through [`analysis`], keeping them in a [`store`], and [`callbacks`] tells others; [`canary_config`] is what people write,
//! [`config_files`] reads it and Kayenta's, [`configs`] finds one by its name. The judge, the metric
//! adapters and the simulator are crates of their own that know none of this.

pub mod access;
pub mod analysis;
pub mod api;
pub mod archive;
pub mod audit;
pub mod callbacks;
pub mod canary_config;
pub mod cli;
pub mod config_files;
pub mod configs;
pub mod evaluate;
pub mod flagger;
pub mod grafana;
pub mod kayenta;
pub mod metrics;
pub mod migrate;
pub mod remote_judges;
pub mod report;
pub mod rollouts;
pub mod runner;
pub mod sample_lists;
pub mod server;
pub mod settings;
pub mod shares;
pub mod store;
pub mod telemetry;
pub mod vocabularies;
