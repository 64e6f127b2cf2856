//! Who may call.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Deserialize;
use serinus_adapters::SecretRef;

use crate::{
    access::{Digest, NamePattern, Proof, Role, TokenConfig},
    canary_config::Name,
};

/// Who may call.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct AccessSettings {
    /// The tokens that are valid; without any, anyone may call.
    pub tokens: Vec<TokenSettings>,
    /// Listen beyond this machine without any token: whoever reaches the service may do everything.
    pub open_to_all: bool,
}

/// One token.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Spelled")]
pub struct TokenSettings(TokenConfig);

/// One token as it is spelled.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Spelled {
    name: Name,
    sha256: Option<Digest>,
    token: Option<SecretRef>,
    roles: Vec<Role>,
    applications: Option<Vec<NamePattern>>,
    accounts: Option<Vec<NamePattern>>,
    expires: Option<Timestamp>,
}

impl TryFrom<Spelled> for TokenSettings {
    type Error = String;

    fn try_from(spelled: Spelled) -> Result<Self, String> {
        let name = spelled.name.to_string();
        let proof = match (spelled.sha256, spelled.token) {
            (Some(digest), None) => Proof::Sha256(digest),
            (None, Some(place)) => Proof::Kept(place),
            (None, None) | (Some(_), Some(_)) => {
                return Err(format!("the token {name:?} has either `sha256` or `token`"));
            }
        };
        if spelled.roles.is_empty() {
            return Err(format!("the token {name:?} needs at least one role"));
        }
        Ok(Self(TokenConfig {
            name,
            proof,
            roles: spelled.roles,
            applications: spelled.applications.into(),
            accounts: spelled.accounts.into(),
            expires: spelled.expires,
        }))
    }
}

impl AccessSettings {
    /// The tokens.
    pub fn tokens(&self) -> Vec<TokenConfig> {
        self.tokens.iter().map(|token| token.0.clone()).collect()
    }

    /// What is fine about them, with the setting and what it may be.
    pub(super) fn checks(&self) -> [(bool, &'static str, &'static str); 2] {
        let names: BTreeSet<_> = self.tokens.iter().map(|token| &token.0.name).collect();
        [
            (
                names.len() == self.tokens.len(),
                "access.tokens",
                "tokens with different names",
            ),
            (
                self.tokens.is_empty() || !self.open_to_all,
                "access.openToAll",
                "for services without tokens",
            ),
        ]
    }
}
