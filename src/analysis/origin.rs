//! Through which API a run was asked for.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Through which API a run was asked for, with what only that API has to answer.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// The service's own.
    #[default]
    Native,
    /// Kayenta's.
    Kayenta(Arc<KayentaOrigin>),
}

impl Origin {
    /// What Kayenta's API has to answer, if the run came through it.
    pub fn kayenta(&self) -> Option<&KayentaOrigin> {
        match self {
            Self::Native => None,
            Self::Kayenta(origin) => Some(origin),
        }
    }

    /// Whether the run came through the service's own API.
    pub(super) fn is_native(&self) -> bool {
        matches!(self, Self::Native)
    }
}

/// What Kayenta's API has to answer about a run beyond what a run knows, in its own form and as it was sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KayentaOrigin {
    /// The config.
    pub config: Value,
    /// The config's id, or `ad-hoc`.
    pub config_id: String,
    /// The request.
    pub request: Value,
    /// The pipeline's run.
    pub parent_pipeline_execution_id: Option<String>,
    /// The account that was asked for samples.
    pub metrics_account: Option<String>,
    /// The account for records.
    pub storage_account: Option<String>,
    /// The account for configs.
    pub configuration_account: Option<String>,
    /// Which of Kayenta's executions it is.
    #[serde(default)]
    pub kind: ExecutionKind,
}

/// Which of Kayenta's executions a run is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExecutionKind {
    /// One judgement.
    #[default]
    Canary,
    /// A standalone analysis: its looks are its judgements.
    Standalone {
        /// Who asked for it, as the request says.
        user: String,
    },
}
