//! The tests a metric can be compared by.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The statistical test of a metric; read by the judge `serinus`.
///
/// A named test is that test alone: the guards against spikes and late onsets belong to `auto`. A test that does not suit
/// the arrangement of the samples leaves the metric inconclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Test {
    /// The best one for the arrangement of the samples.
    #[default]
    Auto,
    /// Mann and Whitney's rank sum, with Hodges and Lehmann's shift: whether one side tends to be higher.
    MannWhitney,
    /// Wilcoxon's signed ranks of the differences at each moment, with their pseudo-median.
    PairedRank,
    /// Permutation of stretches of time, so that neighbours stay together.
    BlockPermutation,
    /// Brunner and Munzel's: Mann-Whitney for sides of unequal spread.
    BrunnerMunzel,
    /// Kolmogorov and Smirnov's: whether the distributions differ anywhere.
    KolmogorovSmirnov,
    /// Replicas against replicas, by permutation.
    Replicas,
    /// The canary's window against how earlier windows differ from each other.
    History,
    /// Shares of counted errors.
    Proportion,
    /// The canary's level against its limits.
    Limit,
    /// Growth over the window: of the canary relative to the baseline, or of the canary where there is none.
    Trend,
}

impl Test {
    /// All tests.
    pub const ALL: [Self; 11] = [
        Self::Auto,
        Self::MannWhitney,
        Self::PairedRank,
        Self::BlockPermutation,
        Self::BrunnerMunzel,
        Self::KolmogorovSmirnov,
        Self::Replicas,
        Self::History,
        Self::Proportion,
        Self::Limit,
        Self::Trend,
    ];

    /// The name as it is written in configurations.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::MannWhitney => "mann-whitney",
            Self::PairedRank => "paired-rank",
            Self::BlockPermutation => "block-permutation",
            Self::BrunnerMunzel => "brunner-munzel",
            Self::KolmogorovSmirnov => "kolmogorov-smirnov",
            Self::Replicas => "replicas",
            Self::History => "history",
            Self::Proportion => "proportion",
            Self::Limit => "limit",
            Self::Trend => "trend",
        }
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl std::str::FromStr for Test {
    type Err = UnknownTest;

    fn from_str(name: &str) -> Result<Self, UnknownTest> {
        Self::ALL
            .into_iter()
            .find(|test| test.as_str() == name)
            .ok_or_else(|| UnknownTest(name.to_owned()))
    }
}

/// There is no test of this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no test {0:?}; known: {known}", known = Test::ALL.map(Test::as_str).join(", "))]
pub struct UnknownTest(pub String);
