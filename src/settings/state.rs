//! Where runs are kept.

use std::path::PathBuf;

use serde::Deserialize;

use crate::store::RedisServer;

/// Where runs are kept: `memory`, `embedded: {path: ..}` or `redis: {url: ..}`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum StateSettings {
    /// In memory: gone with the process.
    Memory,
    /// In one crash-safe file, for one replica.
    #[serde(rename_all = "camelCase")]
    Embedded {
        /// The file; it is made if need be, with its folder.
        path: PathBuf,
    },
    /// In a Redis, for several replicas.
    Redis(RedisServer),
}

impl Default for StateSettings {
    fn default() -> Self {
        Self::Embedded {
            path: PathBuf::from("data/serinus.redb"),
        }
    }
}
