//! The tokens that are known.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use jiff::Timestamp;
use secrecy::ExposeSecret;
use serinus_adapters::{SecretError, SecretRef};
use subtle::{ConditionallySelectable, ConstantTimeEq};

use super::{Digest, Grant, Names, Role, grant::Holder};

/// How long what a token's file says is taken as it was read.
const READ_AGAIN: Duration = Duration::from_secs(1);
/// The fewest bytes of a token that the service reads itself: 128 bits in the shortest usual spelling.
const SHORTEST: usize = 22;
/// The most bytes of a token that is looked at.
const LONGEST: usize = 1_000;

/// One token, as the settings have it.
#[derive(Debug, Clone)]
pub struct TokenConfig {
    /// Who holds it; stands in the audit record.
    pub name: String,
    /// What it is recognised by.
    pub proof: Proof,
    /// What it may be used for.
    pub roles: Vec<Role>,
    /// The applications it is for.
    pub applications: Names,
    /// The accounts it is for.
    pub accounts: Names,
    /// When it ends to be valid.
    pub expires: Option<Timestamp>,
}

/// What a token is recognised by.
#[derive(Debug, Clone)]
pub enum Proof {
    /// Its hash.
    Sha256(Digest),
    /// The token itself, kept elsewhere.
    Kept(SecretRef),
}

/// A token can never be shown.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// It is not where it should be.
    #[error("access: the token {name:?}: {source}")]
    Unreadable {
        /// Who would hold it.
        name: String,
        /// Why.
        source: SecretError,
    },
    /// It could be guessed.
    #[error(
        "access: the token {0:?} has less than {SHORTEST} bytes; make one with `openssl rand -hex 32`"
    )]
    Guessable(String),
}

/// Nobody is known by the token that was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the token is not known, or not valid any more")]
pub struct UnknownToken;

#[derive(Debug)]
struct Known {
    holder: Arc<Holder>,
    proof: Proof,
}

/// Everybody who may call.
#[derive(Debug)]
pub struct Access {
    known: Vec<Known>,
    digests: Mutex<Digests>,
}

/// The digest of each known token; `None` for one that is not where it should be.
#[derive(Debug)]
struct Digests {
    read_at: Instant,
    digests: Vec<Option<Digest>>,
}

impl Access {
    /// Everybody who may call; without any token, anyone.
    ///
    /// # Errors
    /// A token is not where it should be, or could be guessed.
    pub fn connect(tokens: &[TokenConfig]) -> Result<Self, AccessError> {
        let known: Vec<_> = tokens
            .iter()
            .map(|token| Known {
                holder: Arc::new(Holder {
                    name: token.name.clone(),
                    roles: token.roles.clone(),
                    applications: token.applications.clone(),
                    accounts: token.accounts.clone(),
                    expires: token.expires,
                }),
                proof: token.proof.clone(),
            })
            .collect();
        let digests: Result<Vec<_>, _> = known.iter().map(Known::digest).collect();
        let digests = Digests {
            read_at: Instant::now(),
            digests: digests?.into_iter().map(Some).collect(),
        };
        Ok(Self {
            known,
            digests: Mutex::new(digests),
        })
    }

    /// Whether anyone may call, since there are no tokens.
    pub fn is_open(&self) -> bool {
        self.known.is_empty()
    }

    /// What somebody may do who calls from there and shows this token.
    ///
    /// # Errors
    /// A token was shown, and it is none.
    pub fn identify(
        &self,
        shown: Option<&str>,
        from: Option<IpAddr>,
        now: Timestamp,
    ) -> Result<Grant, UnknownToken> {
        if self.is_open() {
            return Ok(Grant::everything(from));
        }
        let Some(shown) = shown else {
            return Ok(Grant::nothing(from));
        };
        if shown.len() > LONGEST {
            return Err(UnknownToken);
        }
        let known = self.find(&Digest::of(shown)).ok_or(UnknownToken)?;
        if known.holder.expires.is_some_and(|expires| expires <= now) {
            tracing::warn!(target: TARGET, token = known.holder.name, "the token has expired");
            return Err(UnknownToken);
        }
        Ok(Grant::new(known.holder.clone(), from))
    }

    /// The token with this digest. All are compared, whichever it is.
    fn find(&self, shown: &Digest) -> Option<&Known> {
        let mut digests = self.digests.lock().unwrap_or_else(PoisonError::into_inner);
        if digests.read_at.elapsed() >= READ_AGAIN {
            digests.read_again(&self.known);
        }
        // One past the last stands for none.
        let mut found = u64::MAX;
        for (place, digest) in (0_u64..).zip(&digests.digests) {
            if let Some(digest) = digest {
                found.conditional_assign(&place, digest.is(shown));
            }
        }
        let none = found.ct_eq(&u64::MAX);
        let place = usize::try_from(found).ok()?;
        if none.into() {
            None
        } else {
            self.known.get(place)
        }
    }
}

/// What messages about callers are logged under.
pub(crate) const TARGET: &str = "serinus::access";

impl Digests {
    fn read_again(&mut self, known: &[Known]) {
        self.read_at = Instant::now();
        for (digest, known) in self.digests.iter_mut().zip(known) {
            if let Proof::Sha256(_) = known.proof {
                continue;
            }
            match known.digest() {
                Ok(now) => *digest = Some(now),
                Err(error) => {
                    if digest.take().is_some() {
                        tracing::error!(target: TARGET, %error, "nobody is known by this token until it is back");
                    }
                }
            }
        }
    }
}

impl Known {
    fn digest(&self) -> Result<Digest, AccessError> {
        match &self.proof {
            Proof::Sha256(digest) => Ok(*digest),
            Proof::Kept(place) => {
                let name = || self.holder.name.clone();
                let token = place.resolve().map_err(|source| AccessError::Unreadable {
                    name: name(),
                    source,
                })?;
                let token = token.expose_secret();
                if token.len() < SHORTEST {
                    return Err(AccessError::Guessable(name()));
                }
                Ok(Digest::of(token))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(name: &str, token: &str, expires: Option<&str>) -> TokenConfig {
        TokenConfig {
            name: name.to_owned(),
            proof: Proof::Sha256(Digest::of(token)),
            roles: vec![Role::Read],
            applications: Names::All,
            accounts: Names::All,
            expires: expires.map(|at| at.parse().unwrap()),
        }
    }

    fn who(access: &Access, shown: Option<&str>) -> Result<String, UnknownToken> {
        let now = "2026-06-01T00:00:00Z".parse().unwrap();
        let grant = access.identify(shown, None, now)?;
        Ok(grant.name().to_owned())
    }

    #[test]
    fn each_token_is_its_holders() {
        let access = Access::connect(&[
            token("old", "the-old-one", Some("2026-06-01T00:00:00Z")),
            token("current", "the-current-one", Some("2026-06-01T00:00:01Z")),
            token("next", "the-next-one", None),
        ])
        .unwrap();
        assert_eq!(
            who(&access, Some("the-current-one")),
            Ok("current".to_owned())
        );
        assert_eq!(who(&access, Some("the-next-one")), Ok("next".to_owned()));
        assert_eq!(who(&access, None), Ok("nobody".to_owned()));
        let long = "x".repeat(100_000);
        for wrong in [
            "",
            "the-old-one",
            "the-next-on",
            "THE-NEXT-ONE",
            "the-next-one ",
            &long,
        ] {
            assert_eq!(who(&access, Some(wrong)), Err(UnknownToken), "{wrong}");
        }
    }

    #[test]
    fn without_tokens_anyone_may_call() {
        let access = Access::connect(&[]).unwrap();
        assert!(access.is_open());
        assert_eq!(who(&access, None), Ok("anyone".to_owned()));
        assert_eq!(who(&access, Some("whatever")), Ok("anyone".to_owned()));
    }

    #[test]
    fn a_token_that_could_be_guessed_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("token");
        let kept = TokenConfig {
            proof: Proof::Kept(SecretRef::File(file.clone())),
            ..token("ci", "", None)
        };
        assert!(matches!(
            Access::connect(std::slice::from_ref(&kept)),
            Err(AccessError::Unreadable { .. })
        ));
        std::fs::write(&file, "hunter2").unwrap();
        assert!(matches!(
            Access::connect(std::slice::from_ref(&kept)),
            Err(AccessError::Guessable(_))
        ));
        std::fs::write(&file, "0123456789abcdef0123456789abcdef\n").unwrap();
        let access = Access::connect(&[kept]).unwrap();
        assert_eq!(
            who(&access, Some("0123456789abcdef0123456789abcdef")),
            Ok("ci".to_owned())
        );
    }
}
