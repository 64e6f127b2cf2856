//! Links that show one run to whoever has them.
//!
//! A link holds a token of 256 random bits, and only its hash is kept: what is read from the store opens nothing. A fast hash is
//! enough for that, since such a token cannot be guessed.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    analysis::RunId,
    store::{Body, DocumentKind, Store, StoreError, Written},
};

/// How many links there may be at once, of all runs together.
pub const MOST_SHARES: usize = 10_000;
/// How long tokens are, in bytes.
const TOKEN: usize = 32;

/// Why there is no new link, by what the caller does next.
#[derive(Debug, thiserror::Error)]
pub enum ShareError {
    /// Revoke some.
    #[error("{MOST_SHARES} links are shared, and no more are kept")]
    TooMany,
    /// Try again.
    #[error("no random numbers can be had: {0}")]
    Random(getrandom::Error),
    /// Try again later.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A link that was shared; the link itself is known to those alone who have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Share {
    /// The run it shows.
    pub run: RunId,
    /// When it was shared.
    pub created_at: Timestamp,
    /// When it stops to work; `None` for as long as the run is kept.
    pub expires_at: Option<Timestamp>,
}

impl Share {
    fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }
}

/// A share with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The hash of its token: names it, and opens nothing.
    pub id: String,
    /// The share.
    pub share: Share,
}

/// What opens a share. It is shown once, to who asked for it.
#[derive(Debug)]
pub struct Token(pub String);

/// All shares.
#[derive(Debug, Clone)]
pub struct Shares(Arc<dyn Store>);

impl Shares {
    /// The shares of this store.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self(store)
    }

    /// Shares a run, for so long or as long as it is kept.
    ///
    /// # Errors
    /// See [`ShareError`].
    pub async fn create(
        &self,
        run: RunId,
        lifetime: Option<SignedDuration>,
    ) -> Result<(Token, Named), ShareError> {
        self.make_room().await?;
        let mut bytes = [0; TOKEN];
        getrandom::fill(&mut bytes).map_err(ShareError::Random)?;
        let token = Token(BASE64.encode(bytes));
        let now = Timestamp::now();
        let share = Share {
            run,
            created_at: now,
            expires_at: lifetime.map(|time| now.checked_add(time).unwrap_or(Timestamp::MAX)),
        };
        let id = id_of(&token.0);
        let body = Body::new(&share)?;
        let written = self
            .0
            .write_document(DocumentKind::Share, &id, 0, body)
            .await?;
        match written {
            Written::Done(_) => Ok((token, Named { id, share })),
            // Two equal tokens of 256 random bits are one broken source of random numbers.
            Written::Conflict(_) => Err(ShareError::Random(getrandom::Error::UNEXPECTED)),
        }
    }

    /// The shares of a run that still work, oldest first.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn of_run(&self, run: RunId) -> Result<Vec<Named>, StoreError> {
        let now = Timestamp::now();
        let mut shares = self.all().await?;
        shares.retain(|(named, _)| named.share.run == run && !named.share.has_expired(now));
        let mut shares: Vec<_> = shares.into_iter().map(|(named, _)| named).collect();
        shares.sort_by_key(|named| named.share.created_at);
        Ok(shares)
    }

    /// Ends a share of a run: whether there was one.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn revoke(&self, run: RunId, id: &str) -> Result<bool, StoreError> {
        let Some(document) = self.0.document(DocumentKind::Share, id).await? else {
            return Ok(false);
        };
        if document.read::<Share>()?.run != run {
            return Ok(false);
        }
        let removed = self
            .0
            .remove_document(DocumentKind::Share, id, document.version)
            .await?;
        // Shares never change, so that somebody else was faster with the same.
        Ok(matches!(removed, Written::Done(_)))
    }

    /// The run that a token opens.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn open(&self, token: &str) -> Result<Option<RunId>, StoreError> {
        let document = self.0.document(DocumentKind::Share, &id_of(token)).await?;
        let share = document
            .map(|document| document.read::<Share>())
            .transpose()?;
        Ok(share
            .filter(|share| !share.has_expired(Timestamp::now()))
            .map(|share| share.run))
    }

    async fn all(&self) -> Result<Vec<(Named, u64)>, StoreError> {
        let documents = self.0.documents(DocumentKind::Share).await?;
        let shares = documents.into_iter().map(|(id, document)| {
            let share = document.read()?;
            Ok((Named { id, share }, document.version))
        });
        shares.collect()
    }

    /// Forgets what has expired, and what showed runs that are forgotten.
    async fn make_room(&self) -> Result<(), ShareError> {
        let now = Timestamp::now();
        let all = self.all().await?;
        let mut kept = all.len();
        for (Named { id, share }, version) in &all {
            let over = share.has_expired(now)
                || (all.len() >= MOST_SHARES && self.0.get(share.run).await?.is_none());
            if over {
                let removed = self
                    .0
                    .remove_document(DocumentKind::Share, id, *version)
                    .await?;
                // Somebody else may have removed it: it is gone either way.
                let (Written::Done(_) | Written::Conflict(_)) = removed;
                kept -= 1;
            }
        }
        if kept >= MOST_SHARES {
            return Err(ShareError::TooMany);
        }
        Ok(())
    }
}

fn id_of(token: &str) -> String {
    let hash = Sha256::digest(token.as_bytes());
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
