//! A stored config with its earlier versions, as it is kept.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    canary_config::{CanaryConfig, Mistake, ParseError},
    config_files::{ConfigFile, Language},
    kayenta::KayentaConfig,
    runner::digest,
};

/// The most versions of a config that are kept.
const MOST_VERSIONS: usize = 100;
/// How large the earlier versions of a config may be together, in bytes of JSON.
const MOST_HISTORY: usize = 2 * 1024 * 1024;

/// What a config says, in the language it was written in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "language", content = "config", rename_all = "kebab-case")]
pub enum ConfigBody {
    /// A native config.
    Native(Arc<CanaryConfig>),
    /// A config in Kayenta's form, as it was received.
    Kayenta(Arc<KayentaConfig>),
}

impl ConfigBody {
    /// Reads a config of either language, with what there is to know about it.
    ///
    /// # Errors
    /// The text is no config, or one that no run is possible under: every mistake found, with its place.
    pub fn parse(text: &str) -> Result<(Self, Vec<Mistake>), ParseError> {
        let ConfigFile {
            config,
            language,
            warnings,
        } = ConfigFile::parse(text)?;
        let body = match language {
            Language::Native => Self::Native(Arc::new(config)),
            Language::Kayenta(received) => Self::Kayenta(Arc::new(*received)),
        };
        Ok((body, warnings))
    }

    /// What identifies it: of a native config its own digest, else the SHA-256 of its JSON, in hex.
    pub fn digest(&self) -> String {
        match self {
            Self::Native(config) => config.digest(),
            Self::Kayenta(config) => digest(config.received()),
        }
    }

    /// How large it is, in bytes of JSON.
    pub(super) fn size(&self) -> usize {
        serde_json::to_vec(self).map_or(usize::MAX, |json| json.len())
    }
}

/// A version of a stored config.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Version {
    /// Identifies it.
    pub digest: String,
    /// When it was stored.
    pub at: Timestamp,
    /// What it says.
    #[serde(flatten)]
    pub body: ConfigBody,
}

impl Version {
    /// A version that is stored now.
    pub(super) fn now(body: ConfigBody) -> Self {
        Self {
            digest: body.digest(),
            at: Timestamp::now(),
            body,
        }
    }
}

/// A stored config with its earlier versions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) newest: Version,
    /// Newest first.
    earlier: Vec<Version>,
}

impl Record {
    pub(super) fn first(version: Version) -> Self {
        Self {
            newest: version,
            earlier: Vec::new(),
        }
    }

    /// The record with one more version. The oldest ones are forgotten beyond what is kept.
    pub(super) fn followed_by(self, version: Version) -> Self {
        let mut room = MOST_HISTORY;
        let earlier = self.into_versions().into_iter().take(MOST_VERSIONS - 1);
        let fits = |version: &Version| {
            let left = room.checked_sub(version.body.size());
            room = left.unwrap_or_default();
            left.is_some()
        };
        Self {
            newest: version,
            earlier: earlier.take_while(fits).collect(),
        }
    }

    /// All versions, newest first.
    pub(super) fn into_versions(self) -> Vec<Version> {
        let mut versions = vec![self.newest];
        versions.extend(self.earlier);
        versions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(name: &str, filling: usize) -> Version {
        let json =
            serde_json::json!({"name": name, "description": "x".repeat(filling), "classifier": {}});
        let config = KayentaConfig::from_value(json).unwrap();
        Version::now(ConfigBody::Kayenta(Arc::new(config)))
    }

    fn names(record: Record) -> Vec<String> {
        let name = |version: Version| match version.body {
            ConfigBody::Kayenta(config) => config.name().to_owned(),
            ConfigBody::Native(_) => unreachable!(),
        };
        record.into_versions().into_iter().map(name).collect()
    }

    #[test]
    fn the_oldest_versions_are_forgotten_by_count() {
        let mut record = Record::first(version("0", 0));
        for number in 1..=150 {
            record = record.followed_by(version(&number.to_string(), 0));
        }
        let kept: Vec<_> = (51..=150).rev().map(|number| number.to_string()).collect();
        assert_eq!(names(record), kept);
    }

    #[test]
    fn the_oldest_versions_are_forgotten_by_size() {
        let mut record = Record::first(version("0", 900_000));
        for number in 1..=4 {
            record = record.followed_by(version(&number.to_string(), 900_000));
        }
        assert_eq!(names(record), ["4", "3", "2"]);
    }

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let record = Record::first(version("a", 1)).followed_by(version("b", 2));
        let json = serde_json::to_string(&record).unwrap();
        assert_eq!(serde_json::from_str::<Record>(&json).unwrap(), record);
    }
}
