//! When the process of a pod lives.

use crate::fault::Restarts;
use crate::{Pod, Release};

/// Seconds before its end in which a crashing process answers nothing but errors.
const AGONY: i64 = 5;

/// A process that is up in some second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Life {
    /// Unix seconds; unknown of one that has been there for long.
    pub(crate) started_at: Option<i64>,
    /// Whether it replaced an earlier process of its pod.
    pub(crate) origin: Origin,
    pub(crate) health: Health,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Deployed,
    Restarted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Health {
    Serving,
    /// About to crash.
    Dying,
}

impl Life {
    /// The process of a pod in the second that ends at `at`; none while the pod is down, and before the deployment.
    pub(crate) fn of(
        release: Release,
        pod: Pod,
        restarts: Option<Restarts>,
        at: i64,
    ) -> Option<Self> {
        let deployment = release.deployment();
        if deployment.is_some_and(|start| at <= start) {
            return None;
        }
        let Some(Restarts { every, down, apart }) = restarts else {
            return Some(Self {
                started_at: deployment,
                origin: Origin::Deployed,
                health: Health::Serving,
            });
        };
        let first = deployment.unwrap_or(0) as i128 + apart as i128 * pod.index() as i128;
        // whole seconds that the current process has behind it
        let lived = i64::try_from((at as i128 - 1 - first).rem_euclid(every as i128)).ok()?;
        let left = every - down - lived;
        let started_at = at.saturating_sub(1 + lived);
        let deployed = deployment.filter(|&deployment| deployment >= started_at);
        (left > 0).then_some(Self {
            started_at: Some(deployed.unwrap_or(started_at)),
            origin: deployed.map_or(Origin::Restarted, |_| Origin::Deployed),
            health: if down > 0 && left <= AGONY {
                Health::Dying
            } else {
                Health::Serving
            },
        })
    }
}
