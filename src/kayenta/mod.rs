//! Kayenta's canary configs: read as they are, kept as received, lowered to the native [`CanaryConfig`].
//!
//! Kayenta takes nearly anything, so does [`KayentaConfig::parse`]: unknown fields, wrong weights, names that repeat.
//! [`KayentaConfig::lower`] says of everything that has no exact counterpart what became of it, and refuses only what
//! Kayenta itself refuses. No metric is ever left out: a query that cannot be carried over stays in as it was received, where
//! it makes a run fail rather than pass without it. `docs/kayenta.md` is the description for users.
//!
//! [`CanaryConfig`]: crate::canary_config::CanaryConfig

mod accounts;
mod books;
mod fetching;
pub mod judging;
mod lower;
mod queries;
pub mod raise;
mod request;
mod standalone;
mod warnings;
pub mod wire;

pub use accounts::{ImportedAccounts, import_accounts};
pub use books::LONGEST_ID;
pub use fetching::{FetchParameters, FetchRequest, FetchStore};
pub use lower::{Given, Lowered, REMOTE_ACCOUNT};
pub use queries::{StoreType, param_name};
pub use standalone::Watched;
pub use warnings::Warning;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::Value;

use crate::canary_config::{Mistake, from_json};

/// A canary config in Kayenta's form.
///
/// It serializes to exactly the JSON that was received.
#[derive(Debug, Clone, PartialEq)]
pub struct KayentaConfig {
    received: Value,
    config: wire::Config,
}

/// Why a text is not a canary config that Kayenta would store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KayentaError {
    /// The text is not JSON at all.
    #[error("not readable as JSON: {0}")]
    Syntax(String),
    /// A value has a type that Kayenta does not read either.
    #[error("{0}")]
    Mistake(Mistake),
}

impl KayentaConfig {
    /// Reads a config from its JSON text.
    ///
    /// # Errors
    /// The text is not JSON, or a field that is read has another type than Kayenta takes.
    pub fn parse(text: &str) -> Result<Self, KayentaError> {
        let received =
            serde_json::from_str(text).map_err(|error| KayentaError::Syntax(error.to_string()))?;
        Self::from_value(received).map_err(KayentaError::Mistake)
    }

    /// Reads a config from JSON.
    ///
    /// # Errors
    /// A field that is read has another type than Kayenta takes.
    pub fn from_value(received: Value) -> Result<Self, Mistake> {
        let config = from_json(received.clone())?;
        Ok(Self { received, config })
    }

    /// Whether a document looks like Kayenta's and not like a native config.
    pub fn recognises(document: &Value) -> bool {
        let has = |field| document.get(field).is_some();
        let typed = |metric: &Value| metric.pointer("/query/type").is_some();
        let metrics = document.get("metrics").and_then(Value::as_array);
        !has("apiVersion")
            && (has("classifier") || metrics.is_some_and(|metrics| metrics.iter().any(typed)))
    }

    /// What it calls itself; empty if it says nothing.
    pub fn name(&self) -> &str {
        self.config.name.as_deref().unwrap_or_default()
    }

    /// The JSON as it was received.
    pub fn received(&self) -> &Value {
        &self.received
    }
}

impl Serialize for KayentaConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.received.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for KayentaConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let received = Value::deserialize(deserializer)?;
        Self::from_value(received).map_err(D::Error::custom)
    }
}
