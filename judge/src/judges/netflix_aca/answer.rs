//! What the judge answers, in Kayenta's words.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::stats::Summary;

/// Kayenta's classification of a metric, in its own spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub enum Label {
    /// No change that matters.
    Pass,
    /// The canary is higher than allowed.
    High,
    /// The canary is lower than allowed.
    Low,
    /// A side has no sample; left out of the score.
    Nodata,
    /// A side has no sample although it must; a failure.
    NodataFailMetric,
    /// Every sample is tied, so that the test has no answer; left out of the score.
    Error,
}

impl Label {
    /// Kayenta's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "Pass",
            Self::High => "High",
            Self::Low => "Low",
            Self::Nodata => "Nodata",
            Self::NodataFailMetric => "NodataFailMetric",
            Self::Error => "Error",
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The part of a classification that a Kayenta-compatible response shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// The label.
    pub classification: Label,
    /// Kayenta's reason, where it gives one.
    #[schema(required)]
    pub reason: Option<String>,
    /// Mean ratio. Null when it is not a finite number, which Kayenta writes as `"NaN"`; also null under
    /// [`Label::Error`], where Kayenta leaves it out.
    #[schema(required)]
    pub ratio: Option<f64>,
}

/// All that comes out of classifying one metric. Numbers are `None` unless finite.
#[derive(Clone, Debug, PartialEq)]
pub struct Classification {
    /// The label.
    pub label: Label,
    /// Kayenta's reason, where it gives one.
    pub reason: Option<String>,
    /// Mean of the canary over mean of the baseline; 1 where Kayenta does not compute it. `None` when a mean is 0.
    pub ratio: Option<f64>,
    /// Kayenta's `critical` of the result: a critical metric that fails by the critical effect size, or has no data.
    pub critical: bool,
    /// Lower end of the confidence interval of the shift, in the metric's unit.
    pub lower: Option<f64>,
    /// Upper end of that interval. On a nearly degenerate interval the root finder can leave it below `lower`.
    pub upper: Option<f64>,
    /// Estimated shift from baseline to canary, in the metric's unit.
    pub estimate: Option<f64>,
    /// Common-language effect size, 0 to 1; `None` when a side is empty.
    pub cles: Option<f64>,
    /// The baseline as compared: missing samples and outliers dealt with.
    pub baseline: Summary,
    /// The canary as compared.
    pub canary: Summary,
}
