//! Storing and removing configs, so that of two writers who both know the same version one is refused.

use super::{ConfigBody, Configs, KnownConfig, Version, record::Record};
use crate::{
    canary_config::ConfigOrigin,
    store::{Body, DocumentKind, StoreError, Written},
};

/// The most configs that are stored: all of them are read to find one by what it calls itself.
const MOST_CONFIGS: usize = 1_000;
/// How large a config may be that is stored, in bytes of JSON.
const MOST_BYTES: usize = 1024 * 1024;
/// How often a change is tried against others at the same time.
const TRIES: usize = 20;

/// What a writer expects to find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Precondition {
    /// Anything: the last writer wins.
    None,
    /// Nothing.
    Absent,
    /// Something.
    Present,
    /// One of these versions.
    OneOf(Vec<String>),
}

impl Precondition {
    fn holds(&self, digest: Option<&str>) -> bool {
        match self {
            Self::None => true,
            Self::Absent => digest.is_none(),
            Self::Present => digest.is_some(),
            Self::OneOf(digests) => {
                digest.is_some_and(|digest| digests.iter().any(|expected| expected == digest))
            }
        }
    }
}

/// What became of a config that was to be stored.
#[derive(Debug)]
pub enum Changed {
    /// There was nothing under its key.
    Created(KnownConfig),
    /// There was another version.
    Replaced(KnownConfig),
    /// This version was there already.
    Kept(KnownConfig),
}

impl Changed {
    /// What is there now.
    pub fn stored(self) -> KnownConfig {
        match self {
            Self::Created(stored) | Self::Replaced(stored) | Self::Kept(stored) => stored,
        }
    }
}

/// Why a config was not stored or removed, by what the caller does next.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Name another one, or change the file.
    #[error("{name:?} is the name of a {what}, which is not changed here: take another name")]
    NameTaken {
        /// The name.
        name: String,
        /// What has it.
        what: &'static str,
    },
    /// Read it first.
    #[error("{}", match .found {
        Some(digest) => format!("the config {name:?} is not as expected: it is at version \"{digest}\""),
        None => format!("there is no config {name:?} yet"),
    })]
    Precondition {
        /// The name.
        name: String,
        /// The version there is.
        found: Option<String>,
    },
    /// Take another name.
    #[error(
        "Canary config with name '{name}' already exists in the scope of applications [{applications}]."
    )]
    Mistakable {
        /// The name.
        name: String,
        /// Applications of the config.
        applications: String,
    },
    /// Remove some.
    #[error("{MOST_CONFIGS} configs are stored, and no more are taken: delete one")]
    TooMany,
    /// Make it smaller.
    #[error("the config is too large to be stored: the limit is {MOST_BYTES} bytes")]
    TooLarge,
    /// There is nothing to remove.
    #[error("no config is stored under {0:?}")]
    Unknown(String),
    /// Try again.
    #[error("others change the config all the time")]
    Contended,
    /// Try again.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Configs {
    /// Stores a config under a key. The same as before makes no new version.
    ///
    /// # Errors
    /// See [`Refused`]; nothing has been changed then.
    pub async fn put(
        &self,
        key: &str,
        body: ConfigBody,
        expected: &Precondition,
    ) -> Result<Changed, Refused> {
        self.not_in_a_file(key)?;
        if body.size() > MOST_BYTES {
            return Err(Refused::TooLarge);
        }
        let version = Version::now(body);
        for _ in 0..TRIES {
            let found = self.record(key).await?;
            check(key, expected, found.as_ref())?;
            let known = |record| KnownConfig::of_record(key.to_owned(), record);
            let (record, at) = match found {
                Some((record, _)) if record.newest.digest == version.digest => {
                    return Ok(Changed::Kept(known(record)));
                }
                Some((record, at)) => (record.followed_by(version.clone()), at),
                None => {
                    self.room_for_one_more().await?;
                    (Record::first(version.clone()), 0)
                }
            };
            let body = Body::new(&record)?;
            let kind = DocumentKind::Config;
            if let Written::Done(_) = self.store.write_document(kind, key, at, body).await? {
                return Ok(match at {
                    0 => Changed::Created(known(record)),
                    _ => Changed::Replaced(known(record)),
                });
            }
        }
        Err(Refused::Contended)
    }

    /// Removes a stored config with all its versions: what it was.
    ///
    /// # Errors
    /// See [`Refused`]; nothing has been changed then.
    pub async fn remove(&self, key: &str, expected: &Precondition) -> Result<KnownConfig, Refused> {
        for _ in 0..TRIES {
            let found = self.record(key).await?;
            if found.is_none() {
                // Of a file it is to be said that it is one.
                self.not_in_a_file(key)?;
            }
            check(key, expected, found.as_ref())?;
            let (record, at) = found.ok_or_else(|| Refused::Unknown(super::shown(key)))?;
            let kind = DocumentKind::Config;
            if let Written::Done(_) = self.store.remove_document(kind, key, at).await? {
                return Ok(KnownConfig::of_record(key.to_owned(), record));
            }
        }
        Err(Refused::Contended)
    }

    fn not_in_a_file(&self, key: &str) -> Result<(), Refused> {
        let what = match self.library.get(key).map(|entry| entry.origin) {
            None | Some(ConfigOrigin::Stored) => return Ok(()),
            Some(ConfigOrigin::ReadyMade) => "ready-made config",
            Some(ConfigOrigin::Directory) => "file in the service's directory",
        };
        let name = super::shown(key);
        Err(Refused::NameTaken { name, what })
    }

    async fn room_for_one_more(&self) -> Result<(), Refused> {
        let stored = self.store.document_versions(DocumentKind::Config).await?;
        if stored.len() < MOST_CONFIGS {
            Ok(())
        } else {
            Err(Refused::TooMany)
        }
    }
}

fn check(key: &str, expected: &Precondition, found: Option<&(Record, u64)>) -> Result<(), Refused> {
    let digest = found.map(|(record, _)| record.newest.digest.as_str());
    if expected.holds(digest) {
        return Ok(());
    }
    Err(Refused::Precondition {
        name: super::shown(key),
        found: digest.map(str::to_owned),
    })
}
