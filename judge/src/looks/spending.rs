//! How much of an error rate may be spent by when (Lan and `DeMets` 1983).

use std::f64::consts::E;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::stats::distributions::{normal_above, normal_exceeded_with};

/// How soon the error rate of a run is spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Spending {
    /// Like O'Brien and Fleming's boundaries: early looks call only what is beyond doubt, and the last one is hardly stricter than
    /// that of a run with a single look.
    OBrienFleming,
    /// Like Pocock's: every look is about equally strict, so that a regression is called sooner, and the last look misses more.
    #[default]
    Pocock,
}

impl Spending {
    /// What of a two-sided error rate `alpha` may be spent when this share, 0 to 1, of the information is there.
    ///
    /// Half of it is spent on each side, as published tables for one-sided rates assume.
    pub(super) fn spent(self, alpha: f64, information: f64) -> f64 {
        let t = information.clamp(0.0, 1.0);
        if t <= 0.0 {
            return 0.0;
        }
        match self {
            Self::OBrienFleming => {
                let each_side = alpha / 2.0;
                let z = normal_exceeded_with(each_side / 2.0);
                2.0 * 2.0 * normal_above(z / t.sqrt())
            }
            Self::Pocock => alpha * (E - 1.0).mul_add(t, 1.0).ln(),
        }
    }
}
