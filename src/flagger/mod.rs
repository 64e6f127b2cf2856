//! Flagger's webhooks: one run watches a release from its first traffic to its promotion, and every hook asks about it.
//!
//! Flagger asks again and again while a release goes on, so the run takes several looks under the rules that keep repeated
//! asking honest, and hooks only read where it stands. Each hook has a meaning of its own ([`Hook`]).

mod book;
mod decide;
mod metadata;

pub use book::{Book, HookError, Told};
pub use decide::{Answer, Permit, Policy};

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::canary_config::{Mistake, Name};

/// Longer than any name in Kubernetes.
const LONGEST_NAME: usize = 253;

/// The hooks, as Flagger calls their types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Hook {
    /// Before anything happens: is the analysis one that can be carried out?
    ConfirmRollout,
    /// Before the first traffic: the run begins.
    PreRollout,
    /// At every interval: is there evidence against the release?
    Rollout,
    /// Before every step of traffic: has it been looked at since the last one?
    ConfirmTrafficIncrease,
    /// Before the promotion: has it passed?
    ConfirmPromotion,
    /// After the promotion or the rollback: the release is over.
    PostRollout,
    /// At every interval: has it failed? Yes rolls the release back.
    Rollback,
    /// At whatever happens in Kubernetes.
    Event,
}

/// What Flagger sends with every hook.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct Payload {
    /// The name of the `Canary`.
    #[schema(max_length = 253)]
    pub name: String,
    /// Its namespace.
    #[schema(max_length = 253)]
    pub namespace: String,
    /// Where the release stands, in Flagger's words.
    #[serde(default)]
    pub phase: String,
    /// Identifies the version that is released.
    #[serde(default)]
    #[schema(max_length = 253)]
    pub checksum: String,
    /// What the `Canary` says for this hook.
    #[serde(default)]
    pub metadata: Option<BTreeMap<String, String>>,
}

/// One version of one `Canary`: what a run belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// The application whose runs these are: others have releases of the same name for themselves.
    application: Name,
    namespace: String,
    name: String,
    checksum: String,
}

impl Release {
    /// What a payload is about.
    ///
    /// # Errors
    /// Names that cannot be Kubernetes' own.
    pub fn of(payload: &Payload) -> Result<Self, Vec<Mistake>> {
        let parts = [
            ("/name", &payload.name),
            ("/namespace", &payload.namespace),
            ("/checksum", &payload.checksum),
        ];
        let fits = |text: &str| {
            (1..=LONGEST_NAME).contains(&text.len())
                && !text.contains(|c: char| c.is_control() || c == '/')
        };
        let mut mistakes: Vec<_> = parts
            .into_iter()
            .filter(|(_, text)| !fits(text))
            .map(|(pointer, _)| {
                let detail = format!(
                    "expected 1 to {LONGEST_NAME} bytes without slashes and control characters"
                );
                Mistake::new(pointer, detail)
            })
            .collect();
        let told = (payload.metadata.as_ref()).and_then(|metadata| metadata.get("application"));
        let (pointer, application) = match told {
            Some(told) => ("/metadata/application", told),
            None => ("/name", &payload.name),
        };
        let application = Name::try_from(application.clone())
            .map_err(|detail| mistakes.push(Mistake::new(pointer, detail)));
        let (Ok(application), []) = (application, mistakes.as_slice()) else {
            return Err(mistakes);
        };
        Ok(Self {
            application,
            namespace: payload.namespace.clone(),
            name: payload.name.clone(),
            checksum: payload.checksum.clone(),
        })
    }

    /// The `Canary`, whatever version it releases.
    fn canary(&self) -> String {
        self.of_application(format!("{}/{}", self.namespace, self.name))
    }

    /// The key of its run.
    fn key(&self) -> String {
        self.of_application(format!("flagger/{self}"))
    }

    /// A name that no other application's releases have. None of its first parts holds a slash.
    fn of_application(&self, name: String) -> String {
        let application = self.application.as_str();
        if application == self.name {
            name
        } else {
            format!("{name}/{application}")
        }
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            namespace,
            name,
            checksum,
            ..
        } = self;
        write!(f, "{namespace}/{name}/{checksum}")
    }
}
