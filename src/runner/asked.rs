//! What tells one request under a key from another.

use super::digest as of;
use crate::analysis::{AnalysisRequest, Origin};

/// The digest of what is asked for.
pub(super) fn digest(request: &AnalysisRequest, origin: &Origin) -> String {
    match origin.kayenta() {
        None => of(request),
        // Configs of Kayenta's that share a name are told by their ids, and the accounts decide what a config asks.
        Some(kayenta) => of(&(
            request,
            &kayenta.config_id,
            &kayenta.metrics_account,
            &kayenta.storage_account,
            &kayenta.configuration_account,
        )),
    }
}
