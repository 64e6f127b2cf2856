//! One pair of series per zone, region or other stratum.

use super::Pair;

/// The sides of one stratum.
#[derive(Clone, Debug, PartialEq)]
pub struct Stratum {
    /// What it is called: `eu-west-1`.
    pub name: String,
    /// Its series, on the time grid of all strata.
    pub pair: Pair,
}

/// Both sides, stratum by stratum, on one time grid. At least one stratum.
#[derive(Clone, Debug, PartialEq)]
pub struct Strata {
    strata: Vec<Stratum>,
    lost: Vec<String>,
    baseline_average: Vec<f64>,
    canary_average: Vec<f64>,
}

impl Strata {
    /// Joins strata.
    ///
    /// # Errors
    /// When there is none, or when they differ in their number of moments.
    pub fn new(strata: Vec<Stratum>) -> Result<Self, InvalidStrata> {
        let moments = match strata.first() {
            None => return Err(InvalidStrata::None),
            Some(first) => first.pair.baseline().len(),
        };
        if let Some(other) = strata
            .iter()
            .find(|stratum| stratum.pair.baseline().len() != moments)
        {
            return Err(InvalidStrata::UnequalGrids {
                name: other.name.clone(),
                moments: other.pair.baseline().len(),
                expected: moments,
            });
        }
        Ok(Self {
            baseline_average: average(&strata, moments, Pair::baseline),
            canary_average: average(&strata, moments, Pair::canary),
            strata,
            lost: Vec::new(),
        })
    }

    /// The same, with the names of strata in which the baseline has samples and the canary, which should, has none. They
    /// keep the metric from passing.
    #[must_use]
    pub fn without(self, lost: Vec<String>) -> Self {
        Self { lost, ..self }
    }

    /// The names of strata that the canary is missing from.
    pub fn lost(&self) -> &[String] {
        &self.lost
    }

    /// The strata.
    pub fn strata(&self) -> &[Stratum] {
        &self.strata
    }

    /// The baseline's mean over the strata at each moment, of strata that have samples on both sides then; NaN where none
    /// has.
    pub fn baseline_average(&self) -> &[f64] {
        &self.baseline_average
    }

    /// The canary's mean over the same strata at each moment.
    pub fn canary_average(&self) -> &[f64] {
        &self.canary_average
    }
}

fn average(strata: &[Stratum], moments: usize, side: fn(&Pair) -> &[f64]) -> Vec<f64> {
    (0..moments)
        .map(|moment| {
            let (sum, count) = strata
                .iter()
                .filter(|stratum| stratum.pair.is_complete(moment))
                .fold((0.0, 0.0), |(sum, count), stratum| {
                    (sum + side(&stratum.pair)[moment], count + 1.0)
                });
            sum / count
        })
        .collect()
}

/// Strata that cannot be compared with each other.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidStrata {
    /// There is no stratum.
    #[error("there is no stratum to compare")]
    None,
    /// The strata have different numbers of moments.
    #[error("stratum {name:?} has {moments} moments, the first one {expected}")]
    UnequalGrids {
        /// The stratum.
        name: String,
        /// Its moments.
        moments: usize,
        /// Those of the first one.
        expected: usize,
    },
}
