//! How many samples a metric needs before a judge is asked about it.

use std::num::NonZeroUsize;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How many samples each side needs before a metric is judged at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged, expecting = "expected 1 or more samples, or `none`")]
pub enum MinimumSamples {
    /// As many, and the samples must meet every other precondition too.
    #[schema(value_type = usize)]
    AtLeast(NonZeroUsize),
    /// No precondition of any kind: the metric is left to the judge's own rules.
    Unchecked(Unchecked),
}

/// The word for no precondition. Only the judge `netflix-aca` takes it, which then answers exactly as Kayenta does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Unchecked {
    /// No precondition.
    None,
}

impl MinimumSamples {
    /// No precondition of any kind.
    pub const NONE: Self = Self::Unchecked(Unchecked::None);

    /// The number in the judge's words, where 0 stands for no precondition.
    pub fn count(self) -> usize {
        match self {
            Self::AtLeast(count) => count.get(),
            Self::Unchecked(Unchecked::None) => 0,
        }
    }
}

impl Default for MinimumSamples {
    /// 10 samples.
    fn default() -> Self {
        Self::AtLeast(NonZeroUsize::MIN.saturating_add(9))
    }
}
