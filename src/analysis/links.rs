//! Where more about a run can be read.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where more about a run can be read. Not kept with it: links follow the service's settings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScorecardLinks {
    /// The run's page.
    pub report: String,
    /// A dashboard of Grafana over the time that was compared, where the settings name one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dashboard: Option<String>,
}
