//! Who can be told about runs.

use std::{collections::BTreeMap, fmt};

use jiff::SignedDuration;
use secrecy::ExposeSecret;
use serde::Deserialize;
use serinus_adapters::SecretRef;

use super::{HostPattern, runs::between};
use crate::analysis::{CallbackRequest, CallbackUrl, ReceiverForm};

/// Who can be told about runs, and how hard that is tried.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CallbackSettings {
    /// Who requests can name.
    pub receivers: BTreeMap<String, ReceiverConfig>,
    /// What is told about every run, besides what its request asks for.
    pub every_run: Vec<CallbackRequest>,
    /// The hosts of addresses that requests can name instead; none unless listed.
    pub hosts: Vec<HostPattern>,
    /// What messages to such addresses are signed with, as [`ReceiverConfig::secrets`].
    pub secrets: Vec<SecretRef>,
    /// How long one attempt may take.
    pub timeout: SignedDuration,
    /// How long after a first attempt that failed comes the second; the pauses double from there, up to five minutes. Chance
    /// makes each up to twice as long.
    pub retry_after: SignedDuration,
    /// How long after the event a message is still worth an attempt.
    pub deadline: SignedDuration,
}

impl Default for CallbackSettings {
    fn default() -> Self {
        Self {
            receivers: BTreeMap::new(),
            every_run: Vec::new(),
            hosts: Vec::new(),
            secrets: Vec::new(),
            timeout: SignedDuration::from_secs(10),
            retry_after: SignedDuration::from_secs(5),
            deadline: SignedDuration::from_hours(1),
        }
    }
}

/// Somebody who can be told about runs.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReceiverConfig {
    /// Where messages go.
    pub url: Address,
    /// Their form.
    #[serde(default)]
    pub format: ReceiverForm,
    /// The secrets of Standard Webhooks (`whsec_..`) that messages are signed with, with each of them; two while one takes
    /// the other's place. Without any, messages are not signed.
    #[serde(default)]
    pub secrets: Vec<SecretRef>,
    /// The token of a service account that may read, create and write annotations; for Grafana alone.
    pub token: Option<SecretRef>,
    /// Tags that every annotation gets besides its own.
    #[serde(default)]
    pub tags: Vec<String>,
}

/// An address, or where it is kept: that of a chat's incoming webhook is a secret.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(
    untagged,
    expecting = "an address such as https://ci.example/hooks/7 (without user name, password and fragment), {env: NAME} or {file: PATH}"
)]
pub enum Address {
    /// The address itself.
    Literal(CallbackUrl),
    /// Where it is kept.
    Secret(SecretRef),
}

impl Address {
    /// The address.
    ///
    /// # Errors
    /// Why there is none, as a sentence; it never holds the address.
    pub fn resolve(&self) -> Result<CallbackUrl, String> {
        match self {
            Self::Literal(url) => Ok(url.clone()),
            Self::Secret(place) => {
                let text = place.resolve().map_err(|error| error.to_string())?;
                CallbackUrl::try_from(text.expose_secret().to_owned())
                    .map_err(|error| format!("what {} holds is no address: {error}", Shown(place)))
            }
        }
    }
}

/// The place of a secret as the settings have it.
struct Shown<'a>(&'a SecretRef);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            SecretRef::Env(name) => write!(f, "{{env: {name}}}"),
            SecretRef::File(path) => write!(f, "{{file: {}}}", path.display()),
        }
    }
}

impl CallbackSettings {
    /// Whether each value is in its range, with its name and its range.
    pub(super) fn checks(&self) -> [(bool, &'static str, &'static str); 3] {
        let millis = SignedDuration::from_millis;
        let seconds = SignedDuration::from_secs;
        [
            (
                between(self.timeout, millis(100), seconds(60)),
                "callbacks.timeout",
                "100ms to 1m",
            ),
            (
                between(self.retry_after, millis(10), seconds(600)),
                "callbacks.retryAfter",
                "10ms to 10m",
            ),
            (
                between(self.deadline, seconds(1), seconds(86_400)),
                "callbacks.deadline",
                "1s to 24h",
            ),
        ]
    }
}
