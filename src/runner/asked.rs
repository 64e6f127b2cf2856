//! What tells one request under a key from another.

use super::digest as of;
use crate::analysis::{AnalysisRequest, Origin};

/// The digest of what is asked for.
pub(super) fn digest(request: &AnalysisRequest, origin: &Origin) -> String {
    match origin.kayenta() {
        None => of(request),
        // The request as it was sent: what was made of it can hold the time at which it came. Configs of Kayenta's that share a
        // name are told by their ids, and the accounts decide what a config asks.
        Some(kayenta) => of(&(
            &request.application,
            &request.config,
            &kayenta.request,
            &kayenta.config_id,
            &kayenta.kind,
            &kayenta.metrics_account,
            &kayenta.storage_account,
            &kayenta.configuration_account,
        )),
    }
}
